"""Versions of terms: what was promised stays as it was, on each kind of database."""

from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from core.models import StoredTerms
from tests.support.hub import DAY, START, Scene


@pytest.mark.parametrize(
    "change",
    [{"body": {"campaign": {}}}, {"version": 7}, {"created_at": START - DAY}, {"effective_at": START + DAY}],
    ids=lambda change: next(iter(change)),
)
def test_a_version_of_terms_never_changes(stage: Scene, change: dict[str, Any]) -> None:
    """What somebody was promised stays what it was, whoever writes to the table."""
    with (
        pytest.raises(DBAPIError, match="a version of terms never changes"),
        stage.hub.database.transaction() as session,
    ):
        session.execute(update(StoredTerms).values(**change))
    assert stage.one(StoredTerms).version == 1
