"""What cannot be done is said in one sentence, with a status that a script can read, and never as a traceback."""

import errno
import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from core.commands.office import Office, verb
from core.services.connections import test_connection as ask_the_source
from tests.support.live import Scene

UNKNOWN = [
    (("why", "#9999"), "nothing here is called '#9999'"),
    (("deliveries", "show", "nonsense"), "there is no delivery 'nonsense'"),
    (("deliveries", "replay", "nonsense"), "there is no delivery 'nonsense'"),
    (("rewards", "show", "nonsense"), "there is no reward 'nonsense'"),
    (("rewards", "approve", "nonsense", "--because", "x"), "there is no reward 'nonsense'"),
    (("rewards", "void", "nonsense", "--because", "x"), "there is no reward 'nonsense'"),
    (("pushes", "resolve", "nonsense", "--not-given", "--because", "x"), "there is no push 'nonsense'"),
    (("people", "show", "nonsense"), "nobody here has the id, code or address 'nonsense'"),
    (("people", "merge", "nonsense", "x", "--because", "x"), "nobody here has the id, code or address 'nonsense'"),
    (("people", "keep-apart", "nonsense", "x", "--because", "x"), "nobody here has the id, code or address"),
    (("people", "split", "nonsense", "--because", "x"), "there is no identity 'nonsense'"),
    (("campaigns", "show", "nonsense"), "there is no campaign 'nonsense': there are friends"),
    (("campaigns", "publish", "nonsense"), "there is no campaign 'nonsense'"),
    (("advocates", "add", "nonsense", "--email", "a@example.com"), "there is no campaign 'nonsense'"),
    (("connections", "test", "nonsense"), "no connection is called 'nonsense'; connected: shopify"),
    (("connections", "enable", "nonsense"), "no connection is called 'nonsense'"),
    (("connections", "disable", "nonsense"), "no connection is called 'nonsense'"),
    (("reconcile", "--connection", "nonsense"), "no connection is called 'nonsense'"),
]
IMPOSSIBLE = [
    (("advocates", "add", "friends"), "an advocate needs an e-mail address, a customer id or"),
    (("advocates", "add", "friends", "--email", "no address"), "'no address' is not an e-mail address"),
    (("advocates", "add", "friends", "--customer", "7"), "add --connection"),
    (("advocates", "add", "friends", "--email", "b@example.com", "--code", "ä"), "code"),
    (("clock", "100000d"), "ten years"),
    (("people", "merge", "ALICE-8F2K", "alice@example.com", "--because", "x"), "one person already"),
]
MISTYPED = [
    ("clock", "tomorrow"),
    ("clock", "15 d"),
    ("export", "nonsense"),
    ("deliveries", "list", "--state", "nonsense"),
    ("deliveries", "list", "--limit", "0"),
    ("rewards", "list", "--state", "nonsense"),
    ("rewards", "void", "x"),
    ("people", "merge", "x", "y"),
    ("people", "split", "--because", "x"),
    ("people", "review", "--state", "nonsense"),
    ("pushes", "list", "--state", "nonsense"),
    ("pushes", "resolve", "x", "--because", "neither"),
    ("pushes", "resolve", "x", "--given", "1", "--not-given", "--because", "both"),
    ("campaigns", "publish", "friends", "--from", "tomorrow"),
    ("campaigns", "create", "no-such-file.toml"),
    ("connect", "nonsense"),
    ("connect", "shopify"),
    ("worker", "--engine", "nonsense"),
    ("worker", "--engine", "procrastinate"),
]


def _words(value: tuple[str, ...] | str) -> str:
    return "says" if isinstance(value, str) else " ".join(value)


@pytest.mark.parametrize(("words", "sentence"), UNKNOWN + IMPOSSIBLE, ids=_words)
def test_what_cannot_be_done_is_one_sentence_and_status_one(told: Scene, words: tuple[str, ...], sentence: str) -> None:
    result = told.invoke(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(("words", "sentence"), UNKNOWN + IMPOSSIBLE, ids=_words)
def test_with_json_the_sentence_is_json(told: Scene, words: tuple[str, ...], sentence: str) -> None:
    (said,) = told.referhub(*words, status=1)["error"]
    assert sentence in said


@pytest.mark.parametrize("words", MISTYPED, ids=" ".join)
def test_what_was_mistyped_gets_the_usage_and_status_two(told: Scene, words: tuple[str, ...]) -> None:
    result = told.invoke(*words)
    assert result.exit_code == 2
    assert result.stderr.startswith("Usage: ")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("not [ toml", ["cannot be read"]),
        ('[campaign]\nslug = "x"', ["campaign.name", "counts.currency", "advocate: nobody gets anything"]),
        ("", ["campaign.slug", "campaign.name", "counts.currency"]),
    ],
)
def test_every_mistake_in_a_campaign_is_named_with_its_place(
    told: Scene, tmp_path: Path, text: str, places: list[str]
) -> None:
    file = tmp_path / "offer.toml"
    file.write_text(text)
    result = told.invoke("campaigns", "create", str(file))
    assert result.exit_code == 1
    assert [place for place in places if place not in result.stderr] == []
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[" * 5000, b'{"a": 1e1000000}', b"[]", b"null"])
def test_a_campaign_file_of_nonsense_is_told_in_words(told: Scene, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "offer.json"
    file.write_bytes(content)
    result = told.invoke("campaigns", "create", str(file))
    assert result.exit_code == 1
    assert result.stderr.strip()
    assert "Traceback" not in result.stderr


def test_a_campaign_that_nobody_could_pay_is_not_published(stage: Scene, tmp_path: Path) -> None:
    file = tmp_path / "offer.toml"
    file.write_text(
        '[campaign]\nslug="yen"\nname="Yen"\n[counts]\ncurrency="JPY"\n[friend]\nkind="demo_credit"\namount="5"\n'
    )
    stage.referhub("campaigns", "create", str(file))
    result = stage.invoke("campaigns", "publish", "yen")
    assert result.exit_code == 1
    assert "friend.kind: no connected source can pay demo_credit" in result.stderr
    assert "counts.currency: no connected source sells in JPY; write EUR" in result.stderr


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("shop", "demo.example.com"),
        ("api-base", "http://shop.example.com"),
        ("api-version", "newest"),
        ("count-test-orders", "perhaps"),
    ],
)
def test_a_connection_with_a_wrong_setting_is_refused_and_not_stored(stage: Scene, setting: str, value: str) -> None:
    given = {"shop": "demo.myshopify.com", "client-id": "x", "client-secret": "hush"} | {setting: value}
    result = stage.invoke(
        "connect", "shopify", "--label", "second", *[p for k, v in given.items() for p in (f"--{k}", v)]
    )
    assert result.exit_code == 1
    assert setting.replace("-", "_") in result.stderr
    assert repr(value) in result.stderr
    assert [row["label"] for row in stage.referhub("connections", "list")] == ["shopify"]


def test_wrong_credentials_are_told_without_being_shown(stage: Scene) -> None:
    given = ("--shop", "demo.myshopify.com", "--client-id", stage.shop.client_id, "--client-secret", "not-the-secret")
    result = stage.invoke("connect", "shopify", *given, "--api-base", stage.shop.base_url, "--label", "second")
    assert result.exit_code == 1
    assert "not-the-secret" not in result.output
    assert len(stage.referhub("connections", "list")) == 1


def test_a_shop_that_does_not_answer_is_one_sentence(stage: Scene) -> None:
    given = ("--shop", "demo.myshopify.com", "--client-id", "x", "--client-secret", "hush", "--label", "second")
    result = stage.invoke("connect", "shopify", *given, "--api-base", "http://127.0.0.1:9")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1


def test_a_revoked_token_makes_the_connection_ask_for_a_person(stage: Scene) -> None:
    stage.desk.fate("401", count=5)
    result = stage.invoke("connections", "test", "shopify")
    assert result.exit_code == 1
    assert "reconnect" in result.stderr
    (row,) = stage.referhub("connections", "list")
    assert row["hint"] in result.stderr
    stage.desk.clear_fates()
    assert ask_the_source(stage.hub, "shopify").missing_rights == ()
    (row,) = stage.referhub("connections", "list")
    assert row["hint"] == ""


def test_a_reward_that_was_paid_cannot_be_approved(told: Scene) -> None:
    paid = told.referhub("rewards", "list")[0]["id"]
    (said,) = told.referhub("rewards", "approve", paid, "--because", "x", status=1)["error"]
    assert "pushed" in said


def test_a_push_that_waits_for_nobody_cannot_be_decided(told: Scene) -> None:
    push = told.referhub("pushes", "list")[0]["id"]
    (said,) = told.referhub("pushes", "resolve", push, "--not-given", "--because", "x", status=1)["error"]
    assert "the push is confirmed" in said


def test_no_answer_of_any_list_shows_a_secret(told: Scene) -> None:
    secrets = [told.shop.client_secret, told.shop.access_token]
    said = "".join(
        told.invoke(*words, *flag).output
        for words in (("connections", "list"), ("connections", "test", "shopify"), ("init",), ("pushes", "list"))
        for flag in ((), ("--json",))
    )
    assert json.dumps(said)
    assert [secret for secret in secrets if secret in said] == []


def test_a_reader_that_has_seen_enough_is_no_complaint() -> None:
    @click.command()
    @verb
    def told(office: Office) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    office = Office(load_settings=_unasked, create_hub=_unasked, open_hub=_unasked, serve=_unasked)
    assert CliRunner().invoke(told, obj=office).output == ""


def _unasked(*_: object) -> None:
    raise AssertionError("nothing is asked for")
