"""Reapply: whoever was erased stays erased when an older database takes the place of the present one."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.contract.events import ContactForgotten, DealWon, OrderPaid, PersonErased, SourceErased
from core.database import Database
from core.gateway.erasure_journal import LONGEST, Erased, ErasureJournal
from core.models import (
    AuditEntry,
    Connection,
    ConnectionStatus,
    ErasedMark,
    Erasure,
    Identity,
    Merchant,
    Person,
    Rehearsal,
)
from core.services.erase import erase_person
from core.services.judge_people import person_named
from core.services.merchants import remove
from core.services.reapply import reapply_erasures
from tests.core.services.test_erase import BOB, BYTES, laid, open_texts, paid
from tests.core.services.test_room_ends import room
from tests.support.hub import DAY, START, Scene, contact, deal, friend, order


@pytest.fixture
def backup(stage: Scene, tmp_path: Path) -> Iterator[Scene]:
    """The hub on a copy of the database from before: Bob is in it. Both hubs share the journal."""
    paid(stage)
    laid(stage, '{"email": "bob.builder@outlook.com"}')
    stage.hub.journal = ErasureJournal(tmp_path / "erasures.log")
    path = tmp_path / "older.db"
    source, copy = sqlite3.connect(stage.hub.database.url.removeprefix("sqlite:///")), sqlite3.connect(path)
    with copy:
        source.backup(copy)
    for one in (source, copy):
        one.close()
    older = replace(stage.hub, database=Database(f"sqlite:///{path}", pool_size=2))
    yield replace(stage, hub=older)
    older.database.close()


def person_erased(stage: Scene) -> PersonErased:
    return PersonErased(contact=BOB, asked_at=stage.watch.at)


def test_a_restored_backup_does_not_bring_the_erased_back(stage: Scene, backup: Scene) -> None:
    """F62."""
    digest = backup.digest()
    stage.tell(person_erased(stage))
    stage.work()
    assert BYTES[0] in open_texts(backup)
    assert reapply_erasures(backup.hub) == 1
    backup.work()
    assert BYTES[0] not in open_texts(backup)
    assert (backup.digest(), backup.violations()) == (digest, {})
    assert backup.one(Erasure).id == stage.one(Erasure).id
    assert {row.mark for row in backup.all(ErasedMark)} == {row.mark for row in stage.all(ErasedMark)}
    assert reapply_erasures(backup.hub) == 0, "once, however often the hub starts"


def test_a_room_in_which_the_erased_were_is_not_brought_back(stage: Scene, backup: Scene, tmp_path: Path) -> None:
    backup.hub.rehearsals_folder = tmp_path / "rehearsals"
    backup.hub.rehearsals_folder.mkdir()
    room(backup, heard="5500001")
    stage.tell(person_erased(stage))
    reapply_erasures(backup.hub)
    backup.work()
    assert backup.one(Rehearsal).removed_at is not None
    assert list(backup.hub.rehearsals_folder.iterdir()) == []


def test_what_the_sweep_imports_again_brings_nobody_back(stage: Scene, backup: Scene) -> None:
    """F62: the order came after the backup, and the sources tell of it once more."""
    late = order("5500008", buyer=BOB, placed=DAY)
    stage.tell(OrderPaid(late), person_erased(stage))
    reapply_erasures(backup.hub)
    backup.tell(OrderPaid(late))
    assert backup.order("5500008").friend_id is None


def test_a_person_whom_an_operator_erased_is_erased_again_at_every_source(stage: Scene, backup: Scene) -> None:
    erase_person(stage.hub, person_named(stage.hub, "bob.builder@outlook.com"), "he asked")
    reapply_erasures(backup.hub)
    backup.work()
    assert BYTES[0] not in open_texts(backup)
    assert backup.one(Identity, lookup="7000000000002").is_blocked


def test_who_was_imported_again_before_the_journal_was_read_is_erased_by_the_account(
    stage: Scene, backup: Scene
) -> None:
    """After the backup Carol bought and was erased; the restored hub knows her under another id of its own."""
    carol = friend("7000000000055", "carol.canary@example.com")
    for one in (stage, backup):
        one.tell(OrderPaid(order("5500055", buyer=carol)))
    stage.tell(PersonErased(contact=carol, asked_at=stage.watch.at))
    reapply_erasures(backup.hub)
    assert backup.one(Identity, lookup="7000000000055").is_blocked
    assert "carol.canary" not in open_texts(backup)


def test_somebody_who_began_anew_under_the_erased_address_is_left_alone(stage: Scene, backup: Scene) -> None:
    stage.tell(person_erased(stage))
    anew = replace(BOB, identities=(replace(BOB.identities[0], value="7000000000099"), BOB.identities[1]))
    stage.tell(OrderPaid(order("5500009", buyer=anew, placed=20 * DAY)))
    assert reapply_erasures(stage.hub) == 0
    assert not stage.one(Identity, lookup="7000000000099").is_blocked


def test_a_forgotten_contact_is_forgotten_again_and_blocks_nothing_else(stage: Scene, backup: Scene) -> None:
    crm = stage.beside("The CRM", "crm")
    buyer = replace(BOB, identities=(contact("c-88888"), BOB.identities[1]))
    crm.tell(DealWon(deal("d77777", buyer=buyer)), ContactForgotten(contact("c-88888")))
    reapply_erasures(backup.hub)
    assert not backup.one(Identity, lookup="7000000000002").is_blocked
    assert backup.one(Person, id=person_of(backup, "7000000000002")).name is None
    addresses = [row for row in backup.all(ErasedMark) if row.is_address]
    assert addresses == []


def person_of(stage: Scene, account: str) -> str:
    found: str = stage.one(Identity, lookup=account).person_id
    return found


def test_a_source_that_was_erased_is_erased_again(stage: Scene, backup: Scene) -> None:
    stage.tell(SourceErased(asked_at=stage.watch.at))
    reapply_erasures(backup.hub)
    backup.work()
    connection = backup.one(Connection)
    assert connection.status == ConnectionStatus.REMOVED
    assert backup.hub.config_of(connection) == {}
    assert BYTES[0] not in open_texts(backup)
    assert reapply_erasures(backup.hub) == 0


def test_a_source_that_was_connected_anew_is_not_erased_again(stage: Scene, backup: Scene) -> None:
    stage.hub.journal.add(Erased("f" * 32, stage.connection.merchant_id, START - DAY, source=stage.connection.id))
    assert reapply_erasures(backup.hub) == 1
    assert backup.one(Connection).status == ConnectionStatus.ACTIVE
    assert reapply_erasures(backup.hub) == 0


def test_a_torn_line_is_passed_over_and_the_next_one_is_whole(stage: Scene, tmp_path: Path) -> None:
    journal = ErasureJournal(tmp_path / "erasures.log")
    first, second = (Erased(letter * 32, "m", START, people=("p",)) for letter in "ab")
    journal.add(first)
    with (tmp_path / "erasures.log").open("ab") as file:
        file.write(b'{"id": "torn", "merch')
    journal.add(second)
    assert journal.lines() == [first, second]


def test_the_journal_is_the_owners_alone_and_does_not_grow_for_ever(tmp_path: Path) -> None:
    journal = ErasureJournal(tmp_path / "kept" / "erasures.log")
    old, new = Erased("a" * 32, "m", START), Erased("b" * 32, "m", START + timedelta(days=2))
    journal.add(old)
    journal.add(new)
    assert journal.path is not None
    assert journal.path.stat().st_mode & 0o077 == 0
    assert journal.forget_before(START + LONGEST + timedelta(days=1)) == 1
    assert journal.lines() == [new]


def test_a_merchant_who_was_removed_does_not_come_back_with_an_older_backup(stage: Scene, backup: Scene) -> None:
    """F62, and once: what is left is what the house itself knows."""
    merchant = stage.one(Merchant)
    remove(stage.hub, merchant.id, merchant.name)
    assert stage.all(Merchant) == []
    assert backup.one(Merchant).id == merchant.id
    assert reapply_erasures(backup.hub) == 1
    for model in (Merchant, Person, Identity, Connection):
        assert backup.all(model) == []
    acts = [(act.verb, act.subject) for act in backup.all(AuditEntry)]
    assert acts == [("remove_merchant", f"merchant:{merchant.id}")]
    assert reapply_erasures(backup.hub) == 0


def test_whoever_died_between_the_journal_and_the_table_removes_at_the_next_start(stage: Scene, backup: Scene) -> None:
    merchant = stage.one(Merchant)
    stage.hub.journal.add(Erased("1", merchant.id, START, is_of_merchant=True))
    assert reapply_erasures(stage.hub) == 1
    assert stage.all(Merchant) == []


def test_a_journal_that_cannot_be_written_removes_nobody(stage: Scene, backup: Scene) -> None:
    merchant, journal = stage.one(Merchant), stage.hub.journal.path
    assert journal is not None
    journal.mkdir()
    with pytest.raises(OSError, match="directory"):
        remove(stage.hub, merchant.id, merchant.name)
    assert stage.one(Merchant).id == merchant.id
