"""Killed with SIGKILL in the middle of a backup or a restore: what was there before is there still, and works."""

import os

import pytest

from core.services.failpoints import OF_BACKUPS
from tests.support.live import Scene
from tests.support.processes import KILLED


def killed(stage: Scene, point: str, *arguments: str) -> None:
    """The verb is gone at that point, with everything it had begun."""
    with stage.begun(*arguments, crash_at=point) as process:
        assert process.ended() == KILLED, process.output


@pytest.mark.parametrize("point", [name for name in OF_BACKUPS if name.startswith("backup.")])
def test_a_backup_that_was_killed_is_not_there_and_the_next_one_is(stage: Scene, point: str) -> None:
    """F62."""
    folder = stage.folder / "kept"
    folder.mkdir()
    killed(stage, point, "backup", "make", str(folder))
    assert stage.referhub("backup", "list", str(folder)) == []
    made = stage.referhub("backup", "make", str(folder / "second.backup"))
    assert stage.referhub("backup", "verify", made["path"])["sound"]
    for left in folder.iterdir():
        os.utime(left, (0, 0))
    stage.referhub("backup", "make", str(folder / "third.backup"))
    assert sorted(one.name for one in folder.iterdir()) == ["second.backup", "third.backup"]


@pytest.mark.parametrize("point", [name for name in OF_BACKUPS if name.startswith("restore.")])
def test_a_restore_that_was_killed_has_changed_nothing_and_can_be_done_again(stage: Scene, point: str) -> None:
    """F62."""
    _killed_and_done_again(stage, point)


def test_so_it_is_on_postgresql(postgres_stage: Scene) -> None:
    _killed_and_done_again(postgres_stage, "restore.before_commit")


def _killed_and_done_again(either: Scene, point: str) -> None:
    made = either.referhub("backup", "make", str(either.folder / "night.backup"))
    either.advocate()
    told = either.referhub("advocates", "list")
    either.hub.database.close()
    killed(either, point, "restore", made["path"], "--over")
    assert either.referhub("advocates", "list") == told
    assert either.referhub("check")["sound"]
    assert either.referhub("restore", made["path"], "--over")["sound"]
    assert either.referhub("advocates", "list") == []


def test_every_point_is_tried() -> None:
    assert {name.partition(".")[0] for name in OF_BACKUPS} == {"backup", "restore"}
