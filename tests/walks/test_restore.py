"""Yesterday's hub comes back after a busy fortnight, beside a shop that remembers all of it (F62)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.live import Scene, scene

TWO_MUGS = [{"title": "Mug", "price": "40.00", "quantity": 2}]


@pytest.fixture
def stage(tmp_path: Path, sqlite_url: str) -> Iterator[Scene]:
    """Connected and listening; the erasure journal outlives the database."""
    with scene(tmp_path, sqlite_url, erasure_journal=str(tmp_path / "erasures.log")) as made, made.door():
        yield made


def believed(stage: Scene) -> dict[str, list[Any]]:
    """What the hub believes about money, but for when a reward came to be due."""
    facts: dict[str, list[Any]] = stage.referhub("export", "digest")["facts"]
    return facts | {"rewards": [row[:-1] for row in facts["rewards"]]}


def come_to_rest(stage: Scene) -> None:
    """Time enough for two looks and what follows from them."""
    for _ in range(3):
        stage.settle()
        stage.later("3m")
    stage.settle()


def test_a_fortnight_is_lost_and_nothing_is_done_twice(stage: Scene) -> None:
    """F62: pays, refunds and erasures since the backup are found, heard of, and done again; no reward is paid twice."""
    alice, bob, carl, dora = (
        stage.advocate(),
        stage.friend(),
        stage.friend("carl@example.com"),
        stage.friend("d@example.com"),
    )
    stage.advocate("zoe@example.com", "ZOE-4K7M")
    refunded = stage.order(dora, lines=TWO_MUGS)
    stage.settle()
    stage.later("15d")
    stage.settle()  # dora's order is paid for, and refunded once the backup is made
    stage.order(bob)
    stage.settle()
    made = stage.referhub("backup", "make", str(stage.folder / "night.backup"))
    assert stage.referhub("backup", "verify", made["path"])["sound"]
    stage.order(carl)
    stage.desk.refund_order(refunded["id"], lines=[{"line": 0, "quantity": 1}])
    stage.referhub("people", "erase", "zoe@example.com", "--because", "she asked")
    stage.settle()
    stage.later("15d")
    stage.settle()
    before, truth = believed(stage), stage.desk.balances()
    moves = {one["email"]: stage.moves(one) for one in (alice, bob, carl, dora)}
    assert moves == {
        "alice@example.com": ["10.00", "-5.00", "10.00", "10.00"],
        "bob@example.com": ["4.00"],
        "carl@example.com": ["4.00"],
        "d@example.com": ["4.00", "-2.00"],
    }

    came = stage.referhub("restore", made["path"], "--over")
    assert came["sound"]
    assert came["restored"]["erased_again"] == 1
    stage.referhub("reconcile")
    come_to_rest(stage)

    assert stage.desk.balances() == truth
    assert {one["email"]: stage.moves(one) for one in (alice, bob, carl, dora)} == moves
    assert {(row["gives"], row["state"]) for row in stage.rows("pushes")} == {(True, "confirmed"), (False, "confirmed")}
    assert believed(stage) == before
    stage.assert_sound()
    stage.referhub("people", "show", "zoe@example.com", status=1)
    assert stage.referhub("audit", "verify")["whole"]
    (entry, *_) = stage.referhub("audit", "list", "--what", "restore")
    assert "from the backup of" in entry["detail"]


def test_a_hub_comes_back_on_another_machine(stage: Scene, tmp_path: Path) -> None:
    """Nothing is left but the backup and a passphrase: the keys come out of it, and the credentials open."""
    alice, bob = stage.advocate(), stage.friend()
    stage.order(bob)
    stage.settle()
    (tmp_path / "phrase").write_text("correct horse battery staple\n")
    phrase = ("--passphrase-file", str(tmp_path / "phrase"))
    made = stage.referhub("backup", "make", str(tmp_path), *phrase, "--with-keys")
    new = tmp_path / "new"
    new.mkdir()
    moved = Scene(new, f"sqlite:///{new / 'hub.db'}", stage.shop, port=stage.port, connection_id=stage.connection_id)
    (new / "secret.key").unlink()  # the scene made a hub there; the machine of the story is empty
    moved.hub.database.close()
    (new / "hub.db").unlink()
    with moved.begun("restore", made["path"], *phrase) as restored:
        assert restored.ended() == 0, restored.output
    assert (new / "secret.key").read_bytes() == (stage.folder / "secret.key").read_bytes()
    assert (new / "secret.key").stat().st_mode & 0o777 == 0o600
    moved.hub = moved.another_hub()
    moved.later("15d")
    come_to_rest(moved)
    assert (moved.moves(alice), moved.moves(bob)) == (["10.00"], ["4.00"])
    moved.assert_sound()
    moved.hub.database.close()
