"""A campaign is rehearsed: the whole cast plays on real code, nothing real is touched, and the gate opens."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.rules.rehearsal import CAST
from core.services import release
from sandbox.shopify import ShopControl
from tests.support.rehearsing import Live, at_work

# Without conditions, and with a CRM that tells of deals only. They play in test_rehearsal_of_crms.
ELSEWHERE = {"left-out", "a-lead", "unqualified", "a-contact"}
with (Path(__file__).parent / "campaign_mistakes.toml").open("rb") as _file:
    MISTAKES: list[dict[str, Any]] = tomllib.load(_file)["mistake"]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Live]:
    """A hub connected to a shop and a CRM."""
    about: dict[str, dict[str, str]] = {"shopify": {"shop": "tea.myshopify.com"}, "hubspot": {}}
    with at_work(tmp_path_factory.mktemp("live"), migrated_sqlite, about) as hub_at_work:
        yield hub_at_work


@pytest.fixture(scope="module")
def played(live: Live) -> dict[str, Any]:
    """The whole cast played; what it left, and what the live hub was before."""
    live.create("friends")
    before = live.everything(), [place.effects() for place in live.places.values()]
    result = live.said("rehearse", "friends", "--json")
    after = live.everything(), [place.effects() for place in live.places.values()]
    return {"result": result, "told": json.loads(result.stdout), "before": before, "after": after}


def test_the_whole_cast_plays_and_every_promise_holds(played: dict[str, Any]) -> None:
    report = played["told"]["report"]
    assert [one for one in report["promises"] if one["holds"] is False] == []
    assert played["result"].exit_code == 0
    assert played["told"]["passed"]
    assert {role.key for role in CAST} - {act["role"] for act in report["acts"]} == ELSEWHERE
    not_tried = {one["key"]: one["why_not"] for one in report["promises"] if one["holds"] is None}
    assert not_tried == {
        "conditions": "it takes a condition on what counts, and a stand-in that can make up something that misses it"
    }
    acts = {act["role"]: act["happened"] for act in report["acts"]}
    assert acts["honest-friend"].startswith("Ann (advocate): EUR 10.00 of EUR 10.00 store credit, pushed, holds")
    assert "the same purchase as" in acts["deal-and-order"]
    assert "EUR 15.00 of EUR 15.00" in acts["loyal-advocate"]


def test_nothing_real_is_touched(played: dict[str, Any], live: Live) -> None:
    assert played["before"] == played["after"]
    verbs = [act["verb"] for act in live.told("audit", "list", "--limit", "500")]
    assert verbs.count("rehearse") == 1


def test_what_is_played_is_kept_apart_and_knows_no_secret_of_the_live_hub(played: dict[str, Any], live: Live) -> None:
    folder = live.settings.rehearsals_folder / played["told"]["id"]
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert {"referhub.db", "secret.key"} <= {file.name for file in files}
    assert folder.stat().st_mode & 0o077 == 0
    secrets = [live.places["shopify"].settings[name] for name in ("access_token", "client_secret")]
    secrets += [
        live.places["hubspot"].settings["access_token"],
        *live.settings.secret_key_file.read_text().split()[-2:],
    ]
    raw = b"".join(file.read_bytes() for file in files)
    assert raw
    assert [one for one in secrets if one.encode() in raw] == []


def test_the_gate_opens_for_exactly_the_version_that_passed(played: dict[str, Any], live: Live) -> None:
    assert live.told("campaigns", "publish", "friends")["version"] == 1
    live.create("friends", hold={"days": 7})
    refused = live.told("campaigns", "publish", "friends", status=1)["error"]
    assert len(refused) == 1
    assert refused[0].startswith("version 2 of friends was not rehearsed yet: `referhub rehearse friends` plays it")
    live.told("campaigns", "publish", "friends", "--unrehearsed", "only the hold is shorter")
    act = next(act for act in live.told("audit", "list") if act["verb"] == "publish_unrehearsed")
    assert act["detail"] == "version 2: only the hold is shorter"


def test_a_sandbox_asks_for_no_rehearsal(live: Live) -> None:
    live.create("free")
    live.hub.must_rehearse = False
    try:
        assert live.told("campaigns", "publish", "free")["version"] == 1
    finally:
        live.hub.must_rehearse = True


def test_fifteen_campaign_mistakes_are_planted_all_rewards_in_one_account_first() -> None:
    assert len(MISTAKES) >= 15
    assert "all rewards go to one account" in MISTAKES[0]["what"]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake["name"])
def test_a_campaign_mistake_is_caught_before_it_goes_live(live: Live, mistake: dict[str, Any]) -> None:
    changes = {name: table or None for name, table in mistake["terms"].items()}
    if "promise" not in mistake:
        refused = live.create(mistake["name"], **changes) or live.told(
            "campaigns", "publish", mistake["name"], "--unrehearsed", "a test", status=1
        )
        assert any(mistake["words"] in words for words in refused["error"]), refused
        return
    assert live.create(mistake["name"], **changes) == {}
    report = live.rehearse(mistake["name"], *mistake["roles"]).report
    (broken,) = [one for one in report.promises if one.holds is False]
    assert broken.key == mistake["promise"]
    assert any(mistake["words"] in found.words for found in broken.findings), broken
    refused = live.told("campaigns", "publish", mistake["name"], status=1)
    assert "failed its rehearsal" in refused["error"][0]


def test_rewards_that_all_go_to_one_account_are_caught_first(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault: whoever is looked for, the hub finds the same account. What the target holds tells."""
    account, seen = release._account, []

    def same(*asked: Any) -> str | None:
        seen.append(account(*asked))
        return seen[0]

    monkeypatch.setattr(release, "_account", same)
    monkeypatch.setattr(release, "is_wrong_account", lambda *_asked: False)  # nor does the hub itself notice
    live.create("funnel")
    made = live.rehearse("funnel", "honest-friend", "unpaid")
    broken = [one for one in made.report.promises if one.holds is False]
    assert broken[0].key == "one_account"
    assert broken[0].findings[0].words.startswith("all rewards of 2 people went to gid://shopify/Customer/")


def test_invited_people_try_it_with_test_orders(live: Live) -> None:
    """The live hub hears of test orders and counts none; in the room they count, and Tina is paid there."""
    near = {"field": "order.country", "is": "AT"}
    live.create("tried", hold={"days": 7}, counts={"currency": "EUR", "when": near})
    tina = live.told("rehearsals", "invite", "tried", "--name", "Tina", "--email", "tina@shop.example")
    shop = ShopControl(live.places["shopify"].running.base_url)
    theo = shop.create_customer(email="theo@shop.example", first_name="Theo")
    lines = [{"title": "Pot", "price": "60.00", "quantity": 2}]
    codes = [{"code": tina["code"], "amount": "0"}]
    told = {"tax_rate": "0", "taxes_included": False, "country": "AT"}
    order = shop.create_order(customer=theo["id"], lines=lines, discount_codes=codes, test=True, paid=True, **told)
    live.told("reconcile")
    (held,) = live.told("rehearsals", "play", tina["room"])["acts"]
    assert held["title"] == order["name"]
    assert held["story"] == f"an order of EUR 120.00 with the code {tina['code']}"
    assert held["happened"] == "advocate: EUR 10.00 store credit, held; friend: EUR 6.00 gift card, held"
    shop.refund_order(order["id"], lines=[{"line": 0, "quantity": 1}])
    live.told("reconcile")
    (paid,) = live.told("rehearsals", "play", tina["room"], "--turn", "8d")["acts"]
    assert paid["story"].endswith("; half of it was sent back")
    assert paid["happened"] == "advocate: EUR 5.00 store credit, pushed; friend: EUR 3.00 gift card, pushed"
    assert live.told("rewards", "list") == []
    assert live.places["shopify"].effects() == []
    live.told("rehearsals", "feedback", tina["room"], "I did not find the code", "--code", tina["code"])
    shown = live.said("rehearsals", "show", tina["room"]).stdout
    assert f"guest: Tina passes on {tina['code']}" in shown
    assert "Tina said: I did not find the code" in shown
    assert "tina@shop.example" not in shown


def test_what_was_played_is_cleared_away_by_one_command(live: Live) -> None:
    folder = live.settings.rehearsals_folder
    assert list(folder.iterdir())
    (folder / ("0" * 32)).mkdir()  # as of a merchant who has left
    (folder / "notes").mkdir()
    live.told("rehearsals", "remove")
    assert [left.name for left in folder.iterdir()] == ["notes"]
    rows = live.told("rehearsals", "list")
    assert rows
    assert all(row["is_removed"] for row in rows)
    assert live.told("rehearsals", "remove") == {"removed": []}
