"""The ground: what the database says when something goes wrong does not repeat what was to be stored."""

import pytest
from sqlalchemy.exc import IntegrityError

from core.models import Merchant
from tests.support.hub import Scene


def test_an_error_does_not_repeat_the_values_of_its_statement(bare: Scene) -> None:
    """I28: its first line goes to the page of the delivery."""
    known = bare.one(Merchant)

    def store() -> None:
        with bare.hub.database.transaction() as session:
            session.add(Merchant(id=known.id, name="anna@example.com", created_at=bare.watch.at))

    with pytest.raises(IntegrityError) as raised:
        store()
    assert "anna@example.com" not in str(raised.value)
