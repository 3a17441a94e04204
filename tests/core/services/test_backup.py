"""Backup: one file that is whole or not there, opens only with the right key, and is kept as long as was asked."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from core.contract.events import OrderPaid
from core.gateway.backup_plan import BackupPlan, BadKeep, Keep
from core.gateway.strongbox import BoxBroken, Lock
from core.gateway.vault import Keys, Vault
from core.models import AuditEntry, Balance
from core.services.backup import BadBackup, back_up, kept_backup, kept_backups, last_backup, prune
from core.services.backup_chore import back_up_due
from core.services.restore import keys_inside, restore, verify
from tests.support.hub import DAY, HOUR, START, Scene, friend, order

OTHER = Vault(Keys(root=b"o" * 32, seals={b"\0\0\0\1": b"k" * 32}))
MARKER = "marker-8f2k"


def test_a_backup_tells_from_outside_when_it_was_made_and_nothing_else(stage: Scene, tmp_path: Path) -> None:
    stage.tell(OrderPaid(order(buyer=friend(MARKER, f"{MARKER}@example.com"))))
    made = back_up(stage.hub, tmp_path, Lock(stage.hub.vault))
    assert made.path == tmp_path / "referhub-20260301-120000.backup"
    told = kept_backup(made.path)
    assert (told.made_at, told.lock, told.has_keys, told.size) == (START, "keys", False, made.path.stat().st_size)
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert MARKER.encode() not in made.path.read_bytes()
    assert [name for name in os.listdir(tmp_path) if ".part" in name] == []
    entry = stage.one(AuditEntry, verb="back_up")
    assert (entry.detail, entry.merchant_id) == (made.path.name, None)


def test_a_backup_is_verified_without_touching_the_hub(stage: Scene, tmp_path: Path) -> None:
    stage.pay(order())
    made = back_up(stage.hub, tmp_path, Lock(stage.hub.vault))
    before = len(stage.all(AuditEntry))
    found = verify(made.path, Lock(stage.hub.vault))
    assert (found.is_sound, found.digest, found.made_at) == (True, stage.digest(), made.made_at)
    assert sum(found.rows.values()) == made.rows
    assert found.rows["pushes"] == 2
    assert len(stage.all(AuditEntry)) == before


def test_what_is_out_of_order_in_a_backup_is_named(stage: Scene, tmp_path: Path) -> None:
    stage.pay(order())
    with stage.hub.database.transaction() as session:
        session.execute(update(Balance).values(amount_minor=Balance.amount_minor + 1))
    found = verify(back_up(stage.hub, tmp_path, Lock(stage.hub.vault)).path, Lock(stage.hub.vault))
    assert not found.is_sound
    assert "I17" in found.violations


def test_only_the_right_key_opens_it(stage: Scene, tmp_path: Path) -> None:
    by_keys = back_up(stage.hub, tmp_path / "keys.backup", Lock(stage.hub.vault)).path
    by_phrase = back_up(stage.hub, tmp_path / "phrase.backup", Lock(stage.hub.vault, "a long phrase")).path
    assert verify(by_phrase, Lock(None, "a long phrase")).is_sound
    for path, lock, words in (
        (by_keys, Lock(OTHER), "another hub's key"),
        (by_keys, Lock(None, "a long phrase"), "put the key file in its place"),
        (by_phrase, Lock(stage.hub.vault), "give it with --passphrase-file"),
        (by_phrase, Lock(stage.hub.vault, "a wrong phrase"), "another passphrase"),
    ):
        with pytest.raises(BoxBroken, match=words):
            verify(path, lock)


def test_a_backup_of_another_hub_is_not_put_in(stage: Scene, tmp_path: Path) -> None:
    """With a passphrase it opens; but what is sealed in it would stay closed for ever."""
    file = back_up(stage.hub, tmp_path / "phrase.backup", Lock(stage.hub.vault, "a long phrase")).path
    digest, stage.hub.vault = stage.digest(), OTHER
    with pytest.raises(BadBackup, match="another key file"):
        restore(stage.hub, file, Lock(OTHER, "a long phrase"), over=True)
    assert stage.digest() == digest


def test_keys_travel_only_behind_a_passphrase(stage: Scene, tmp_path: Path) -> None:
    with pytest.raises(BadBackup, match="passphrase"):
        back_up(stage.hub, tmp_path / "bare.backup", Lock(stage.hub.vault), keys_text="root abc")
    lock = Lock(stage.hub.vault, "a long phrase")
    file = back_up(stage.hub, tmp_path / "whole.backup", lock, keys_text="root abc").path
    assert kept_backup(file).has_keys
    assert b"root abc" not in file.read_bytes()
    assert keys_inside(file, Lock(None, "a long phrase")) == "root abc"


def test_a_backup_never_writes_over_a_file(stage: Scene, tmp_path: Path) -> None:
    (tmp_path / "old.backup").write_text("precious")
    with pytest.raises(BadBackup, match="is there already"):
        back_up(stage.hub, tmp_path / "old.backup", Lock(stage.hub.vault))
    assert (tmp_path / "old.backup").read_text() == "precious"
    with pytest.raises(BadBackup, match="there is no folder"):
        back_up(stage.hub, tmp_path / "nowhere" / "new.backup", Lock(stage.hub.vault))


def test_a_backup_is_of_the_whole_hub(stage: Scene, tmp_path: Path) -> None:
    own = stage.hub.within(stage.connection.merchant_id)
    with pytest.raises(BadBackup, match="whole hub"):
        back_up(own, tmp_path, Lock(own.vault))


def test_other_files_are_no_backups(tmp_path: Path) -> None:
    for number, told in enumerate((b"", b"PK\3\4", b"referhub backup 1\n", b'referhub backup 1\n{"lock": 7}\n' * 2)):
        file = tmp_path / f"{number}.backup"
        file.write_bytes(told)
        with pytest.raises(BoxBroken):
            kept_backup(file)
        with pytest.raises(BoxBroken):
            verify(file, Lock(OTHER))
    assert kept_backups(tmp_path) == []


@contextmanager
def busy(stage: Scene) -> Iterator[list[int]]:
    """Orders are told all the while; how many so far."""
    told, ended = [0], threading.Event()

    def tell() -> None:
        while not ended.is_set():
            told[0] += 1
            stage.tell(OrderPaid(order(f"o{told[0]}", buyer=friend(f"f{told[0]}"))))

    thread = threading.Thread(target=tell)
    thread.start()
    try:
        yield told
    finally:
        ended.set()
        thread.join()


def test_a_backup_is_one_moment_while_the_hub_works_on(stage: Scene, tmp_path: Path) -> None:
    """Every invariant holds in it, whatever was being written; and nobody waited for it to end."""
    with busy(stage) as told:
        files = [back_up(stage.hub, tmp_path / f"{one}.backup", Lock(stage.hub.vault)).path for one in range(3)]
    assert told[0] > 0
    assert all(verify(file, Lock(stage.hub.vault)).is_sound for file in files)


def kept(folder: Path, *ages: float) -> None:
    """Files as they would lie there: outsides of backups of those ages in days."""
    for number, age in enumerate(ages):
        made = (START - timedelta(days=age)).isoformat()
        label = f'{{"made_at": "{made}", "version": "1", "database": "sqlite", "has_keys": false, '
        label += '"lock": {"kind": "keys", "salt": "00"}}'
        (folder / f"{number:02}.backup").write_text(f"referhub backup 1\n{label}\n")


def left(folder: Path, keep: str) -> list[int]:
    prune(folder, Keep.read(keep), START)
    return sorted(int(one.path.name[:2]) for one in kept_backups(folder))


def test_old_backups_go_and_one_of_each_week_stays(tmp_path: Path) -> None:
    kept(tmp_path, 0, 1, 6.9, 7.5, 8, 12, 14, 20, 30, 34, 36, 50)
    (tmp_path / "notes.backup").write_text("not ours")
    # 1 March 2026 is a Sunday: 7.5, 8 and 12 days ago were in one week, 14 and 20 in another, 30 and 34 in a third.
    assert left(tmp_path, "7d/4w") == [0, 1, 2, 3, 6, 8]
    assert left(tmp_path, "1d") == [0, 1]
    assert (tmp_path / "notes.backup").exists()


def test_the_newest_backup_stays_however_old(tmp_path: Path) -> None:
    kept(tmp_path, 90, 100)
    assert left(tmp_path, "7d/4w") == [0]


@pytest.mark.parametrize("said", ["", "7", "4w", "36d", "8d/4w", "7d/5w", "-1d", "7d/4w "])
def test_no_backup_is_kept_longer_than_thirty_five_days(said: str) -> None:
    with pytest.raises(BadKeep, match="35 days"):
        Keep.read(said)


def test_regular_backups_are_made_when_due_and_once(stage: Scene, tmp_path: Path) -> None:
    plan = BackupPlan(tmp_path / "backups", timedelta(hours=24))
    assert [back_up_due(stage.hub, plan) for _ in range(3)] == [True, False, False]
    stage.watch.forward(23 * HOUR)
    assert not back_up_due(stage.hub, plan)
    stage.watch.forward(HOUR)
    assert back_up_due(stage.hub, plan)
    assert len(kept_backups(plan.folder)) == 2
    with stage.hub.database.reading() as session:
        told = last_backup(session)
    assert (told["at"], Path(told["file"]).parent) == (stage.watch.at.isoformat(), plan.folder)
    stage.watch.forward(40 * DAY)
    assert back_up_due(stage.hub, plan)
    assert len(kept_backups(plan.folder)) == 1


def test_a_regular_backup_that_failed_says_so_and_is_tried_again_soon(stage: Scene, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    plan = BackupPlan(tmp_path / "file" / "backups", timedelta(hours=24))
    assert back_up_due(stage.hub, plan)
    with stage.hub.database.reading() as session:
        assert "problem" in last_backup(session)
    assert not back_up_due(stage.hub, plan)
    stage.watch.forward(HOUR)
    assert back_up_due(stage.hub, BackupPlan(tmp_path / "backups"))
    with stage.hub.database.reading() as session:
        assert "problem" not in last_backup(session)
