"""Engines: what one test compiled of a statement the next one does not compile again, as in a hub that lives long."""

from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.util import LRUCache

import core.database

MOST_STATEMENTS = 4000
_shared: dict[str, Any] = {}
_compiled: dict[str, Any] = {}


def _sharing(*arguments: Any, **named: Any) -> Any:
    """An engine as ever, whose dialect and compiled statements are those of the first one for that kind of database."""
    engine = create_engine(*arguments, **named)
    kind = engine.dialect.name
    dialect = _shared.setdefault(kind, engine.dialect)
    if not hasattr(dialect, "server_version_info"):  # its engine never connected, so it does not know its database
        dialect = _shared[kind] = engine.dialect
    engine.dialect = engine.pool._dialect = dialect
    engine._compiled_cache = _compiled.setdefault(kind, LRUCache(MOST_STATEMENTS))
    return engine


def pytest_configure(config: pytest.Config) -> None:
    """Every engine of this process is made so."""
    vars(core.database)["create_engine"] = _sharing
