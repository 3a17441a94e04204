"""Whatever a person does is in the audit trail with their name; a new verb or button that is not fails here."""

import inspect
import json
import re
from pathlib import Path

import pytest

from core.commands.office import cli_actor
from tests.commands.test_questions import DEEDS
from tests.support.live import TERMS, Scene
from tests.support.places import ROOT
from web.dashboard.pages import ACTIONS

# Verbs that change something, and under which verb the trail has it.
NOTED = {
    "advocates add": "enroll",
    "backup make": "back_up",
    "backup prune": "prune_backups",
    "campaigns backtest": "backtest",
    "campaigns create": "create_terms",
    "campaigns pause": "pause",
    "campaigns publish": "publish",
    "campaigns resume": "resume",
    "clock": "turn_clock",
    "compare --heal": "heal",
    "connect demo": "connect",
    "connect hubspot": "connect",
    "connect salesforce": "connect",
    "connect shopify": "connect",
    "connections disable": "disable",
    "connections disconnect": "disconnect",
    "connections enable": "enable",
    "connections rotate": "rotate",
    "connections test": "test",
    "deliveries replay": "replay",
    "fields go-live": "fields_live",
    "fields map": "map_field",
    "fields off": "map_field",
    "fields retry": "retry_fields",
    "fields undo": "undo_fields",
    "fraud appeal": "appeal_fraud",
    "fraud decide": "approve_reward",
    "fraud trust": "trust",
    "keys add": "add_key",
    "keys retire": "retire_key",
    "merchants add": "add_merchant",
    "merchants remove": "remove_merchant",
    "merchants rename": "rename_merchant",
    "objectives drop": "drop_objective",
    "objectives set": "set_objective",
    "operators invite": "invite",
    "operators remove": "remove",
    "operators reset-link": "reset password",
    "operators role": "role",
    "people answered": "answer_request",
    "people consent": "consent",
    "people erase": "erase",
    "people export": "export_person",
    "people keep-apart": "keep_apart",
    "people merge": "merge_people",
    "people split": "split",
    "proposals confirm": "confirm",
    "proposals refuse": "refuse",
    "pushes resolve": "decide_push",
    "rehearsals feedback": "give_feedback",
    "rehearsals invite": "invite_guest",
    "rehearsals play": "play_room",
    "rehearsals remove": "remove_rehearsal",
    "rehearse": "rehearse",
    "restore": "restore",
    "orders reattribute": "reattribute",
    "rewards approve": "approve_reward",
    "rewards grant": "grant_reward",
    "rewards void": "void_reward",
}
# Why the others leave none.
ONLY_ASK = {
    "campaigns forecast",
    "audit export", "backup list", "backup verify",
    "campaigns check", "campaigns simulate", "fields drift", "fields preview", "fields show",
    "fraud measure", "fraud show", "proposals list",
    "rehearsals list", "rehearsals show",
}  # fmt: skip
NOBODYS_ACT = {
    "demo", "init", "keys reseal", "reconcile", "sandbox hubspot", "sandbox salesforce", "sandbox shopify", "serve",
    "worker", "operators welcome",
}  # fmt: skip
BUTTONS = {"retry": "fields retry", "confirm_proposal": "proposals confirm", "refuse_proposal": "proposals refuse"}


def test_every_verb_that_does_something_is_noted_or_says_why_not() -> None:
    """A new verb fails here until it leaves an act behind."""
    assert sorted(set(DEEDS) - NOTED.keys() - ONLY_ASK - NOBODYS_ACT) == []
    assert set(BUTTONS.values()) <= NOTED.keys()


def test_every_button_does_what_a_noted_verb_does() -> None:
    assert sorted({name for _path, name, *_rest in ACTIONS} - BUTTONS.keys()) == []


def test_every_noted_verb_is_one_that_the_services_write() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "core" / "services").glob("*.py"))
    unwritten = {verb for verb in NOTED.values() if not re.search(rf'"{re.escape(verb)}"', source)}
    assert unwritten - {"approve_reward", "void_reward", "add_key", "retire_key"} == set(), "the last are put together"


def test_what_is_typed_is_noted_at_once_and_by_name(stage: Scene, tmp_path: Path) -> None:
    """A story of many verbs: each leaves its act, by who typed it, and never less than one."""
    file = tmp_path / "spring.json"
    file.write_text(json.dumps(TERMS | {"campaign": {"slug": "spring", "name": "Spring"}}))
    deliveries = stage.referhub("deliveries", "list")
    typed = [
        ("campaigns create", str(file)),
        ("campaigns publish", "spring"),
        ("advocates add", "friends", "--email", "mia@example.com", "--code", "MIA"),
        ("advocates add", "friends", "--email", "zoe@example.com", "--code", "ZOE"),
        ("people keep-apart", "MIA", "ZOE", "--because", "sisters"),
        ("people merge", "MIA", "ZOE", "--because", "one woman after all"),
        ("people export", "MIA"),
        ("people erase", "MIA", "--because", "she asked"),
        ("connections test", "shopify"),
        ("compare --heal",),
        ("connections disable", "shopify"),
        ("connections enable", "shopify"),
        ("clock", "1m"),
        ("keys add",),
        ("backup make", str(tmp_path / "one.backup")),
        *(("deliveries replay", row["id"]) for row in deliveries[:1]),
    ]
    for words, *arguments in typed:
        before = len(stage.referhub("audit", "list", "--limit", "500"))
        stage.referhub(*words.split(), *arguments)
        acts = stage.referhub("audit", "list", "--limit", "500")
        fresh = acts[: len(acts) - before]
        assert NOTED[words] in {act["verb"] for act in fresh}, words
        assert {act["actor"] for act in fresh} == {cli_actor()}, words
    assert stage.referhub("audit", "verify")["whole"]


def test_no_variable_says_who_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "somebody-else")
    monkeypatch.setenv("USER", "somebody-else")
    assert "somebody-else" not in cli_actor()
    assert "environ" not in inspect.getsource(cli_actor)
