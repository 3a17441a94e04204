"""Verbs that keep the hub and its trail: what they do is so afterwards, and what cannot be is said in one sentence."""

import json
from pathlib import Path

import pytest

from core.contract.money import Money
from tests.support.live import Scene


def words(stage: Scene, *arguments: str, status: int = 0) -> str:
    """What the verb says to people."""
    result = stage.invoke(*arguments)
    assert result.exit_code == status, result.output
    return str(result.output)


def test_every_act_of_who_types_is_in_the_trail_by_name(stage: Scene) -> None:
    stage.referhub("connections", "disable", "shopify")
    stage.referhub("connections", "enable", "shopify")
    acts = stage.referhub("audit", "list", "--about", "connection")
    assert [act["verb"] for act in acts] == ["enable", "disable", "connect"]
    assert all(act["actor"].startswith("cli:") for act in acts)
    assert stage.referhub("audit", "list", "--who", acts[0]["actor"], "--what", "disable") == acts[1:2]
    assert stage.referhub("audit", "list", "--since", "2999-01-01") == []
    assert words(stage, "audit", "list", "--until", "2000-01-01") == "No such act is in the trail.\n"
    told = [json.loads(line) for line in stage.invoke("audit", "export").stdout.splitlines()]
    assert [act["verb"] for act in told if act["subject"] == acts[0]["subject"]] == ["connect", "disable", "enable"]


def test_a_head_is_kept_and_compared(stage: Scene) -> None:
    """I31."""
    head = words(stage, "audit", "head").splitlines()[0]
    assert head.startswith("referhub-trail ")
    stage.referhub("connections", "disable", "shopify")
    assert stage.referhub("audit", "verify", "--head", head)["whole"]
    assert "acts, whole" in words(stage, "audit", "verify")
    assert "was not signed by this hub" in words(stage, "audit", "verify", "--head", head + "0", status=1)
    later = words(stage, "audit", "head").splitlines()[0]
    with stage.hub.database.transaction() as session:
        connection = session.connection()
        for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        last = "(SELECT length FROM audit_heads WHERE chain <> 'house')"
        connection.exec_driver_sql(f"DELETE FROM audit_entries WHERE chain <> 'house' AND number = {last}")
    answer = stage.referhub("audit", "verify", "--head", later, status=1)
    assert any("was cut after" in words for words in answer["problems"])
    assert "I31" in str(stage.referhub("check", status=1)["report"])


def test_one_act_is_told_as_one(stage: Scene) -> None:
    stage.referhub("merchants", "add", "Book Shop")
    assert "Book Shop: 1 act, whole" in words(stage, "audit", "verify")


def test_a_backup_is_made_shown_verified_and_let_go(stage: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    assert words(stage, "backup", "list", str(folder)) == "No backup is in this folder.\n"
    said = words(stage, "backup", "make", str(folder))
    assert "The key file is not in it" in said
    (row,) = stage.referhub("backup", "list", str(folder))
    assert (row["database"], row["lock"], row["has_keys"]) == ("sqlite", "keys", False)
    assert "every invariant holds in it" in words(stage, "backup", "verify", row["path"])
    stage.later("40d")
    assert stage.referhub("backup", "prune", str(folder))["gone"] == [], "the newest one stays"
    newer = stage.referhub("backup", "make", str(folder))["path"]
    assert stage.referhub("backup", "prune", str(folder))["gone"] == [Path(row["path"]).name]
    assert [one["path"] for one in stage.referhub("backup", "list", str(folder))] == [newer]
    assert "at most 35 days" in words(stage, "backup", "prune", str(folder), "--keep", "90d", status=1)


def test_what_cannot_be_restored_is_said_in_one_sentence(stage: Scene, tmp_path: Path) -> None:
    made = stage.referhub("backup", "make", str(tmp_path / "night.backup"))["path"]
    assert "--over puts the backup in its place" in words(stage, "restore", made, status=1)
    (tmp_path / "photo.backup").write_bytes(b"a photo")
    assert "no backup of a hub" in words(stage, "restore", str(tmp_path / "photo.backup"), "--over", status=1)
    (tmp_path / "phrase").write_text("\n")
    phrase = ("--passphrase-file", str(tmp_path / "phrase"))
    assert "it is empty" in words(stage, "backup", "verify", made, *phrase, status=1)
    assert "give --passphrase-file" in words(stage, "backup", "make", str(tmp_path / "k"), "--with-keys", status=1)
    said = words(stage, "restore", made, "--over")
    assert "What stood here before is in" in said
    assert "Next: referhub reconcile" in said


def test_a_restore_where_no_keys_are_makes_none(stage: Scene, tmp_path: Path) -> None:
    made = stage.referhub("backup", "make", str(tmp_path / "night.backup"))["path"]
    keys = stage.folder / "secret.key"
    keys.rename(tmp_path / "elsewhere.key")
    assert "put the hub's own there first" in words(stage, "restore", made, "--over", status=1)
    assert not keys.exists()


def test_what_one_person_may_not_decide_alone_waits_for_another(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """S30."""
    stage.hub.second_person_above = {"EUR": Money(999, "EUR")}
    stage.advocate()
    stage.order(stage.friend())
    stage.settle()
    large, small = sorted(stage.referhub("rewards", "list"), key=lambda row: -row["net"]["minor"])
    said = words(stage, "rewards", "void", large["id"], "--because", "she works here")
    assert "Nothing is done yet" in said
    assert stage.referhub("rewards", "void", small["id"], "--because", "she works here")["state"] == "void"
    (waits,) = stage.referhub("proposals", "list")
    assert "void the reward" in words(stage, "proposals", "list")
    assert "a second person has to say yes" in words(stage, "proposals", "confirm", waits["id"], status=1)
    stage.referhub("proposals", "refuse", waits["id"], "--because", "typed too early")
    again = stage.referhub("rewards", "void", large["id"], "--because", "she works here")["proposal"]
    assert stage.states()["advocate"] == "held"
    monkeypatch.setattr("core.commands.proposals.cli_actor", lambda: "cli:somebody-else")
    assert stage.referhub("proposals", "confirm", again)["state"] == "done"
    assert stage.states()["advocate"] == "void"
    assert {row["state"] for row in stage.referhub("proposals", "list", "--state", "all")} == {"refused", "done"}
