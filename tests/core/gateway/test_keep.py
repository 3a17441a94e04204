"""What connectors keep: sealed, shared by processes, and changed by one at a time."""

import threading
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.clock import system_clock
from core.contract.errors import TryLater
from core.contract.keep import Keep, Memory
from core.gateway import keep as kept
from core.models import KeptText
from tests.support.hub import Scene, scene


@pytest.fixture
def shop(database_url: str) -> Scene:
    """Any connection."""
    return scene(database_url)


def keep_of(shop: Scene) -> Keep:
    """The keep as one process has it."""
    return shop.hub.keep_of(shop.connection.id)


def test_what_one_process_writes_another_reads(shop: Scene) -> None:
    assert keep_of(shop).get("token") is None
    assert keep_of(shop).change("token", lambda known: f"{known} then t1") == "None then t1"
    assert keep_of(shop).get("token") == "None then t1"


def test_the_open_connector_has_the_shared_keep(shop: Scene) -> None:
    shop.hub.connector(shop.connection).keep.change("token", lambda _: "secret-token")
    assert keep_of(shop).get("token") == "secret-token"


def test_it_lies_sealed_in_the_table_and_each_connection_has_its_own(shop: Scene) -> None:
    keep_of(shop).change("token", lambda _: "secret-token")
    with shop.hub.database.reading() as session:
        row = session.get_one(KeptText, (shop.connection.id, "token"))
    assert row.text is not None
    assert b"secret-token" not in row.text
    assert shop.hub.keep_of("0" * 32).get("token") is None


def test_what_is_put_there_holds_whoever_is_about_to_change_it(shop: Scene) -> None:
    """A new agreement: what another process is just being given for the old one must not replace it."""
    keep = shop.hub.keep_of(shop.connection.id)

    def work(_known: str | None) -> str:
        with shop.hub.database.transaction() as session:
            keep.put(session, "token", "of the new agreement")
        return "of the old agreement"

    with pytest.raises(TryLater, match="changed by another process"):
        keep.change("token", work)
    assert keep.get("token") == "of the new agreement"


def test_a_failed_change_changes_nothing_and_lets_the_next_one_in(shop: Scene) -> None:
    keep_of(shop).change("token", lambda _: "old")

    def fail(_known: str | None) -> str:
        raise ValueError("the source is down")

    with pytest.raises(ValueError, match="down"):
        keep_of(shop).change("token", fail)
    assert keep_of(shop).change("token", lambda known: f"{known}+") == "old+"


@pytest.mark.parametrize("is_shared", [True, False], ids=["shared", "in memory"])
def test_eight_at_once_each_build_on_the_last(shop: Scene, is_shared: bool) -> None:
    memory = Memory()

    def count() -> None:
        keep: Keep = keep_of(shop) if is_shared else memory
        keep.change("count", lambda known: str(int(known or 0) + 1))

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (keep_of(shop) if is_shared else memory).get("count") == "8"


def test_a_turn_of_a_process_that_died_ends_by_itself(shop: Scene) -> None:
    keep_of(shop).change("token", lambda _: "old")
    with shop.hub.database.transaction() as session:
        row = session.get_one(KeptText, (shop.connection.id, "token"))
        row.owner, row.until_at = "dead", system_clock() - timedelta(seconds=1)
    assert keep_of(shop).change("token", lambda known: f"{known}+") == "old+"


def test_nobody_waits_for_ever(shop: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "PATIENCE_SECONDS", 0.1)
    keep_of(shop).change("token", lambda _: "old")
    with shop.hub.database.transaction() as session:
        row = session.get_one(KeptText, (shop.connection.id, "token"))
        row.owner, row.until_at = "busy", system_clock() + timedelta(minutes=1)
    with pytest.raises(TryLater, match="another process is busy with token"):
        keep_of(shop).change("token", lambda _: "new")
    assert keep_of(shop).get("token") == "old"


def test_whoever_took_too_long_does_not_overwrite_the_next_ones_text(shop: Scene) -> None:
    def slowly(_known: str | None) -> str:
        with shop.hub.database.transaction() as session:
            session.get_one(KeptText, (shop.connection.id, "token")).until_at = system_clock()
        keep_of(shop).change("token", lambda _: "of the next one")
        return "late"

    with pytest.raises(TryLater, match="changed by another process"):
        keep_of(shop).change("token", slowly)
    assert keep_of(shop).get("token") == "of the next one"


def test_what_was_made_is_kept_though_the_database_is_locked_for_a_while(
    shop: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source has rotated the token already: the new one exists nowhere else."""
    database = shop.hub.database
    work = database.transaction
    fails = [OperationalError("UPDATE", {}, Exception("database is locked"))] * 3

    def locked() -> AbstractContextManager[Session]:
        if fails:
            raise fails.pop()
        return work()

    def rotate(_known: str | None) -> str:
        monkeypatch.setattr(database, "transaction", locked)
        return "new"

    assert keep_of(shop).change("token", rotate) == "new"
    assert fails == []
    assert keep_of(shop).get("token") == "new"


def test_a_database_that_stays_away_is_told(shop: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "PATIENCE_SECONDS", -1.0)
    monkeypatch.setattr(kept, "GLANCE_SECONDS", 0.0)

    def locked() -> AbstractContextManager[Session]:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    def rotate(_known: str | None) -> str:
        monkeypatch.setattr(shop.hub.database, "transaction", locked)
        return "new"

    with pytest.raises(OperationalError, match="locked"):
        keep_of(shop).change("token", rotate)
