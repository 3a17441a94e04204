"""Ids and times, as every table has them."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import DateTime, select, text
from sqlalchemy.exc import StatementError

from core.database import Database
from core.models import Merchant, new_id
from tests.support.hub import Scene


def test_an_id_is_a_uuid_of_version_7_of_this_moment() -> None:
    before, made, after = time.time_ns() // 1_000_000, new_id(), time.time_ns() // 1_000_000
    assert len(made) == 32
    assert before <= int(made[:12], 16) <= after
    assert made[12] == "7"
    assert made[16] in "89ab"


def test_ids_never_repeat_over_threads() -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: new_id(), range(20_000)))
    assert len(set(made)) == 20_000


def test_a_forked_process_draws_other_ids() -> None:
    """What was drawn in advance must not be drawn again by the child."""
    new_id()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, b"".join(new_id()[13:].encode() for _ in range(70)))
        os._exit(0)
    ours = {new_id()[13:] for _ in range(70)}
    told = os.read(reading, 70 * 19)
    os.waitpid(child, 0)
    theirs = {told[start : start + 19].decode() for start in range(0, len(told), 19)}
    assert len(theirs) == 70
    assert not ours & theirs


@pytest.mark.parametrize("microseconds", [0, 1, 999_999])
def test_a_time_comes_back_in_utc_as_it_was(bare: Scene, microseconds: int) -> None:
    written = datetime(2026, 3, 29, 1, 30, 0, microseconds, tzinfo=timezone(timedelta(hours=-7)))
    with bare.hub.database.transaction() as session:
        session.add(Merchant(id=new_id(), name="elsewhere", created_at=written))
    with bare.hub.database.reading() as session:
        found = session.scalars(select(Merchant.created_at).filter_by(name="elsewhere")).one()
        same = session.scalars(select(Merchant.name).where(Merchant.created_at == written)).all()
    assert found == written
    assert found.tzinfo is UTC
    assert same == ["elsewhere"]


def test_sqlite_times_are_spelt_as_sqlalchemy_spells_them(sqlite_url: str) -> None:
    """So that a database written by either is read, sorted and compared alike."""
    database = Database(sqlite_url)
    moment = datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)
    with database.transaction() as session:
        session.add(Merchant(id=new_id(), name="elsewhere", created_at=moment))
        spelt = DateTime().dialect_impl(database.engine.dialect).bind_processor(database.engine.dialect)
        assert spelt is not None
        session.flush()
        stored = session.scalar(text("SELECT created_at FROM merchants WHERE name = 'elsewhere'"))
        assert stored == spelt(moment.replace(tzinfo=None)) == "2026-03-01 12:00:00.000005"
    database.close()


def test_a_time_without_a_zone_is_refused(bare: Scene) -> None:
    with pytest.raises(StatementError, match="has no time zone"), bare.hub.database.transaction() as session:
        session.add(Merchant(id=new_id(), name="elsewhere", created_at=datetime(2026, 3, 1)))  # noqa: DTZ001
