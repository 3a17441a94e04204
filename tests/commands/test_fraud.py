"""Verbs about fraud: what waits is shown and decided by a person, and the rules can be measured by anybody."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app import serve
from config.settings import load_settings
from core.commands import cli
from core.commands.office import Office
from core.contract.events import OrderPaid
from core.contract.signals import Signal, SignalKind
from tests.support.databases import copy_sqlite
from tests.support.hub import DAY, HOUR, Scene, friend, order, scene
from tests.support.verbs import office

BROWSER = (Signal(SignalKind.BROWSER, "cookie-1"),)


@pytest.fixture
def told(migrated_sqlite: Any, tmp_path: Path) -> Iterator[Scene]:
    """Mira and Anna used one browser."""
    one = scene(copy_sqlite(migrated_sqlite, tmp_path)).campaign()
    one.advocate()
    mira = replace(order("0900", code=None, buyer=friend("customer-mira"), placed=-DAY), signals=BROWSER)
    one.tell(OrderPaid(mira), OrderPaid(replace(order(), signals=BROWSER)))
    one.work()
    yield one
    one.hub.database.close()


def said(told: Scene, *words: str) -> str:
    """What a verb answers."""
    settings = load_settings(database_url=told.hub.database.url, environment="sandbox")
    office = Office(lambda: settings, lambda _: told.hub, lambda _: told.hub, serve)
    result = CliRunner().invoke(cli, ["fraud", *words], obj=office)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_a_case_is_listed_shown_refused_appealed_against_and_approved(told: Scene) -> None:
    (row,) = json.loads(said(told, "list", "--json"))
    assert "#1001" in said(told, "list")
    story = said(told, "show", row["id"])
    assert "advocate and friend used the same browser (same_device, hold, 60 points)" in story
    assert "order #0900 of" in story
    assert "Decided: void." in said(told, "decide", row["id"], "void", "--because", "one person")
    assert set(told.states().values()) == {"void"}
    assert "  advocate: EUR 10.00, void (" in said(told, "show", row["id"])
    assert "): one person\n" in said(told, "show", row["id"])
    assert "an appeal opens it again" in said(told, "decide", row["id"], "approve", "--because", "no")
    assert "It waits for a person." in said(told, "appeal", row["id"], "--because", "she called")
    assert json.loads(said(told, "decide", row["id"], "approve", "--because", "sisters", "--json"))["proposals"] == []
    assert set(told.states().values()) == {"held"}
    assert said(told, "list") == "No case waits.\n"
    assert [one["state"] for one in json.loads(said(told, "list", "--state", "all", "--json"))] == ["approved"]


def test_what_waits_for_long_is_marked(told: Scene) -> None:
    told.watch.forward(7 * DAY)
    assert "7d!!" in said(told, "list")
    told.watch.forward(7 * DAY + HOUR)
    assert "14d!!!" in said(told, "list")


def test_a_case_that_is_none_and_a_campaign_that_is_none_are_said_so(told: Scene) -> None:
    assert "there is no case 'nothing'" in said(told, "show", "nothing")
    assert "there is no campaign 'nothing'" in said(told, "rules", "nothing")


def test_an_advocate_is_trusted_and_no_more(told: Scene) -> None:
    assert "own pace" in said(told, "trust", "MIRA", "--because", "a teacher")
    assert "like everybody" in said(told, "trust", "MIRA", "--no-more", "--because", "left")


def test_the_rules_are_measured_on_a_made_up_town() -> None:
    result = CliRunner().invoke(cli, ["fraud", "measure", "--people", "400", "--json"], obj=office())
    found = json.loads(result.output)
    assert found["recall"] >= 0.9
    assert found["innocent_blocked"] == 0
    assert {one["name"] for one in found["archetypes"] if one["is_cheat"]} >= {"farm", "patient_pair"}
    words = CliRunner().invoke(cli, ["fraud", "measure", "--people", "400"], obj=office()).output
    assert f"recall of what rules can see {found['recall']:.1%}" in words
