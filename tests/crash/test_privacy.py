"""Killed while keys change or a person is erased: run again, all is readable, and nothing of the person is left."""

import pytest
from sqlalchemy import select

from core.gateway.vault import SealBroken
from core.models import Erasure, Identity
from core.services.failpoints import OF_PRIVACY
from core.services.people import identity_context
from core.services.reseal import sealed_with
from tests.support.live import Scene
from tests.support.processes import KILLED

RESEALING = [name for name in OF_PRIVACY if name.startswith("reseal.")]
ERASING = [name for name in OF_PRIVACY if not name.startswith("reseal.")]


def bought(stage: Scene) -> None:
    with stage.door():
        stage.advocate()
        stage.order(stage.friend())
        stage.settle()


def killed(stage: Scene, point: str, *arguments: str) -> None:
    with stage.begun(*arguments, crash_at=point) as process:
        assert process.ended() == KILLED, f"{point} was never reached: {process.output}"
    stage.restart()


@pytest.mark.parametrize("point", [f"{RESEALING[0]}:4", *RESEALING[1:]])
def test_keys_that_were_being_changed_are_changed_by_the_next_run(stage: Scene, point: str) -> None:
    """S32: the crash sweep of a rotation."""
    bought(stage)
    old = stage.referhub("keys", "list")[0]["id"]
    stage.referhub("keys", "add")
    killed(stage, point, "keys", "reseal")
    assert stage.referhub("people", "show", "bob@example.com")["row"]["orders"] == 1, "both keys open meanwhile"
    assert stage.referhub("keys", "reseal")["closed"] == []
    assert sealed_with(stage.hub, old) == {}
    with stage.door():
        stage.later("15d")
        stage.settle()
    assert set(stage.states().values()) == {"pushed"}
    stage.assert_sound()


@pytest.mark.parametrize("point", ERASING)
def test_a_person_who_was_being_erased_is_erased_by_whoever_comes_next(stage: Scene, point: str) -> None:
    """F62, I30: whatever the journal says is done, however far the tables were."""
    bought(stage)
    before = stage.referhub("export", "digest")["digest"]
    killed(stage, point, "people", "erase", "bob@example.com", "--because", "he asked")
    stage.drain()
    assert "bob@example.com" not in opened_addresses(stage)
    assert [one["body"] for one in shown(stage) if "bob@example.com" in one["body"]] == []
    assert stage.referhub("export", "digest")["digest"] == before
    with stage.hub.database.reading() as session:
        assert all(row.swept_at for row in session.scalars(select(Erasure)))
    stage.assert_sound()


def opened_addresses(stage: Scene) -> set[str]:
    with stage.hub.database.reading() as session:
        rows = [row for row in session.scalars(select(Identity)) if row.sealed]
    try:
        return {stage.hub.vault.open(row.sealed or b"", identity_context(row.id)).decode() for row in rows}
    except SealBroken as problem:
        raise AssertionError("a value was lost") from problem


def shown(stage: Scene) -> list[dict[str, str]]:
    return [stage.referhub("deliveries", "show", row["id"]) for row in stage.referhub("deliveries", "list")]
