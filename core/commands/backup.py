"""Commands that keep the hub: back it up, look into backups, let old ones go, and restore one."""

import os
import sys
from pathlib import Path

import click

from core.commands.office import Office, beginning, verb
from core.gateway.backup_plan import Keep
from core.gateway.strongbox import BoxBroken, Lock
from core.services.backup import BadBackup, KeptBackup, back_up, kept_backup, kept_backups, note_pruned, prune
from core.services.check import check
from core.services.restore import Restored, keys_inside
from core.services.restore import restore as bring_back
from core.services.restore import verify as verify_backup

STAMP = "%Y-%m-%d %H:%M:%S"
BACKUP = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
passphrase_file = click.option(
    "--passphrase-file", type=BACKUP, help="File whose first line is the passphrase; else the hub's own keys lock it."
)


@click.group()
def backup() -> None:
    """The whole hub in one encrypted file."""


@backup.command("make")
@click.argument("target", type=click.Path(path_type=Path))
@passphrase_file
@click.option("--with-keys", is_flag=True, help="Put the key file inside as well; needs a passphrase.")
@verb
def make(office: Office, target: Path, passphrase_file: Path | None, with_keys: bool) -> None:
    """Back up to the new file TARGET, or under a new name into the folder TARGET, while the hub goes on."""
    keys = office.settings.secret_key_file.read_text(encoding="utf-8") if with_keys else ""
    made = back_up(office.named_or_house, target, _lock(office, passphrase_file), keys_text=keys)
    without = "" if with_keys else "The key file is not in it: keep a copy of it elsewhere, or nothing in it opens."
    office.answer(made, [f"{made.path}: {made.rows} rows, {made.size} bytes, digest {made.digest}", without])


@backup.command("list")
@click.argument("folder", type=FOLDER)
@verb
def list_all(office: Office, folder: Path) -> None:
    """The backups in FOLDER, newest first, as their files tell from outside."""
    columns = {
        "MADE": lambda row: f"{row.made_at:{STAMP}}",
        "FROM": lambda row: row.database,
        "VERSION": lambda row: row.version,
        "LOCK": lambda row: row.lock,
        "KEYS INSIDE": lambda row: "yes" if row.has_keys else "no",
        "BYTES": lambda row: row.size,
        "FILE": lambda row: row.path.name,
    }
    office.table(kept_backups(folder), columns, "No backup is in this folder.")


@backup.command("verify")
@click.argument("file", type=BACKUP)
@passphrase_file
@verb
def verify(office: Office, file: Path, passphrase_file: Path | None) -> None:
    """Read FILE to its end, put it into a database of its own, and check every invariant there."""
    found = verify_backup(file, _lock(office, passphrase_file))
    broken = [f"  {number}: {words}" for number, said in found.violations.items() for words in said]
    lines = [
        f"{file}: made {found.made_at:{STAMP}} UTC by referhub {found.version}, {sum(found.rows.values())} rows",
        "whole, and every invariant holds in it" if found.is_sound else "whole, but the hub in it is not in order:",
    ]
    office.answer({"sound": found.is_sound, "backup": found}, [*lines, *broken])
    if not found.is_sound:
        sys.exit(1)


@backup.command("prune")
@click.argument("folder", type=FOLDER)
@click.option(
    "--keep", default="7d/4w", show_default=True, help="All of so many days, then one a week; at most 35 days."
)
@verb
def prune_folder(office: Office, folder: Path, keep: str) -> None:
    """Let backups in FOLDER go that are older than they are to be kept; the newest always stays."""
    gone = prune(folder, Keep.read(keep), office.named_or_house.now())
    note_pruned(office.house, gone)
    office.answer({"gone": [path.name for path in gone]}, [f"{path.name} is gone." for path in gone] or ["All stay."])


@click.command()
@click.argument("file", type=BACKUP)
@passphrase_file
@click.option("--over", is_flag=True, help="In place of what the hub holds now, which is backed up first.")
@beginning
def restore(office: Office, file: Path, passphrase_file: Path | None, over: bool) -> None:
    """Bring back the hub as it is in FILE; what may have been paid since is looked up before it is paid."""
    lock = _lock_of(office, file, passphrase_file)
    came = bring_back(office.named_or_house, file, lock, over=over)
    report = check(office.named_or_house)
    answer = {"restored": came, "sound": report.is_sound}
    office.answer(answer, _told(came, is_sound=report.is_sound))
    if not report.is_sound:
        sys.exit(1)


def _told(came: Restored, *, is_sound: bool) -> list[str]:
    lines = [
        f"The hub is as it was at {came.made_at:{STAMP}} UTC: {came.rows} rows.",
        f"{came.pushes_to_look_up} pushes are to be looked up; {came.erased_again} erasures were done again.",
        "Whatever else was paid since is looked for before it is paid. Everybody is signed out.",
    ]
    if came.safety:
        lines.append(f"What stood here before is in {came.safety}.")
    lines.append(
        "Next: referhub reconcile, then start the hub." if is_sound else "An invariant is broken: referhub check"
    )
    return lines


def _lock(office: Office, passphrase_file: Path | None) -> Lock:
    return Lock(office.named_or_house.vault, _passphrase(passphrase_file))


def _lock_of(office: Office, file: Path, passphrase_file: Path | None) -> Lock:
    """The lock of that backup. A hub that has no key file yet takes the backup's; it never makes one for a restore."""
    told, keys = kept_backup(file), office.settings.secret_key_file
    if not keys.exists():
        _bring_keys(told, keys, Lock(passphrase=_passphrase(passphrase_file)))
    return Lock(office.named_or_house.vault, _passphrase(passphrase_file))


def _bring_keys(told: KeptBackup, keys: Path, lock: Lock) -> None:
    if not told.has_keys:
        raise BadBackup(f"there is no key file {keys}, and none in the backup: put the hub's own there first")
    text = keys_inside(told.path, lock)
    if not text:
        raise BoxBroken("the backup says that the keys are inside, and they are not")
    keys.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(keys, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _passphrase(file: Path | None) -> str:
    if file is None:
        return ""
    first = next(iter(file.read_text(encoding="utf-8").splitlines()), "")
    if not first.strip():
        raise BadBackup(f"{file}: its first line is the passphrase, and it is empty")
    return first
