"""Text from strangers stays text, on every page that shows it."""

import re

import pytest
from flask.testing import FlaskClient
from markupsafe import escape

from core.contract.money import Money
from core.models import Assessment, Backtest, Conversion, Rehearsal
from core.rules.rehearsal import Act, Finding, Kept, Report
from tests.support.dashboard import LookedAtHub
from tests.support.story import DAY, Story

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "abc\u202egnp.exe",
    "zero\u200bwidth",
)
TOKEN = re.compile(r'value="[0-9a-f]{64}"')


def _write(hub: LookedAtHub, text: str) -> dict[str, str]:
    """A hub in which every text that comes from outside is hostile."""
    reason = {"rule": text, "passed": False, "words": text}
    with hub.story() as story:
        merchant = story.merchant(text)
        campaign = story.campaign(merchant, text)
        story.terms(campaign, 4, story.now, {"counts": {"currency": "EUR"}, text: {text: [text]}})
        shop = story.connection(
            merchant,
            text,
            status="needs_attention",
            hint=text,
            account={"name": text, "missing_rights": [text], "warnings": [text]},
            usage={"used": 1, "limit": 2, "words": text},
            refused_count=1,
            refused_at=story.now,
            refused_reason=text,
            source_id=text,
            connector=text,
        )
        advocate, friend = story.person(merchant, text, text), story.person(merchant, text)
        code = story.code(advocate, campaign, text)
        story.collision(advocate, friend, shop).why = text
        story.field_sync(shop, problems={text: text}, hint=text, due_at=story.now + DAY)
        story.synced_record(shop, friend, source_id=text, is_parked=True, reason=text)
        story.identity(friend, text, scope=shop.id, kind="contact", lookup=text)
        delivery = story.delivery(
            shop, text, text.encode(), key=text, state="unreadable", reason=text, headers={text: text}
        )
        order = story.order(
            shop,
            text,
            Money(8000, "EUR"),
            friend_id=friend.id,
            source_id=text,
            channel=text,
            evidence=[{"kind": text, "value": text}],
            reasons={campaign.slug: [reason], "*": [reason]},
            delivery_id=delivery.id,
        )
        story.refund(order, Money(100, "EUR"), story.now)
        conversion = story.conversion(order, code, friend, reasons=[reason])
        story.reversal(conversion, text, 100, story.now)
        reward = story.reward(conversion, advocate.id, kind=text, state="review", reason=text, recipient=text)
        told = [{"at": story.now.isoformat(), "words": text}]
        push = story.push(reward, "parked", recipient=text, story=told, remote_id=text, moved_minor=1)
        push.shown = story.vault.seal(text.encode(), f"pushes.shown:{push.id}")
        story.posting(text, reward, text, "b", 1)
        story.act(f"reward:{reward.id}", text, actor=text, detail=text)
        story.fact("last_check_at", story.now.isoformat())
        story.fact("pushing_stopped", text)
        trials = _trials(story, conversion, order.id, text)
    return {
        **trials,
        "campaign": campaign.id,
        "order": order.id,
        "reward": reward.id,
        "delivery": delivery.id,
        "connection": shop.id,
    }


def _trials(story: Story, conversion: Conversion, order_id: str, text: str) -> dict[str, str]:
    """What fraud rules found, and what was tried, in hostile words."""
    found = {"rule": text, "words": text, "mode": text, "points": 1, "orders": [order_id], "on_trial": True}
    owned = {"merchant_id": conversion.merchant_id, "campaign_id": conversion.campaign_id}
    case = Assessment(id=story.id(), conversion_id=conversion.id, state="open", points=1, findings=[found], **owned)
    case.created_at = case.opened_at = story.now
    differs = {"order_id": order_id, "name": text, "placed_at": story.now.isoformat(), "before": text, "after": text}
    side = {"conversions": 1, "reversed": 0, "rewards": 1, "refused": 0, "cost": {}, "liability": {}}
    summary = {"orders": 1, "differ": 1, "before": side, "after": side, "words": [text]}
    tried = Backtest(id=story.id(), terms={}, orders=[differs | {"words": text}], summary=summary, **owned)
    tried.since = tried.until = tried.ran_at = story.now
    kept, act = Kept(text, text, False, (Finding(text, text, text),)), Act(text, text, text, text, text, False)
    report = Report((kept,), (act,), (text,), (text,)).stored()
    played = Rehearsal(id=story.id(), terms_id=conversion.terms_id, kind="cast", state="failed", **owned)
    played.summary, played.note, played.began_at = report, text, story.now
    for row in (case, tried, played):
        story.add(row)
    return {"case": case.id, "backtest": tried.id, "rehearsal": played.id}


def _pages(client: FlaskClient, ids: dict[str, str], text: str) -> dict[str, str]:
    paths = [
        *(
            "",
            "deliveries",
            "conversions",
            "rewards",
            "pushes",
            "pushes?state=all",
            "campaigns",
            "advocates",
            "connections",
            "people",
            "audit",
            "leaderboard",
            f"campaigns/{ids['campaign']}",
            "fraud",
            f"fraud/{ids['case']}",
            f"backtests/{ids['backtest']}",
            f"rehearsals/{ids['rehearsal']}",
            f"connections/{ids['connection']}",
        ),
        f"orders/{ids['order']}",
        f"rewards/{ids['reward']}",
        f"deliveries/{ids['delivery']}",
    ]
    pages = {path: client.get(f"/dashboard/{path}") for path in paths}
    pages["search"] = client.get("/dashboard/orders", query_string={"q": f"no {text}"})
    assert {answer.status_code for answer in pages.values()} == {200}
    return {path: answer.text for path, answer in pages.items()}


@pytest.mark.parametrize("text", HOSTILE[:2])
def test_markup_from_strangers_is_shown_as_text(hub: LookedAtHub, client: FlaskClient, text: str) -> None:
    for path, page in _pages(client, _write(hub, text), text).items():
        assert text not in page, path
        assert str(escape(text)) in page, path
        assert page.count("<script") == 2, path


def test_a_template_from_strangers_is_never_run(hub: LookedAtHub, client: FlaskClient) -> None:
    text = "{{7*7}}{% raw %}${7*7}"
    for path, page in _pages(client, _write(hub, text), text).items():
        assert text in page, path
        assert "49" not in TOKEN.sub("", page), path


@pytest.mark.parametrize("text", HOSTILE[-2:])
def test_letters_nobody_can_see_are_shown_by_their_numbers(hub: LookedAtHub, client: FlaskClient, text: str) -> None:
    unseen = next(letter for letter in text if not letter.isascii())
    pages = _pages(client, _write(hub, text), text)
    assert unseen not in pages.pop("search")
    for path, page in pages.items():
        assert unseen not in page, path
        assert f"U+{ord(unseen):04X}" in page, path


def test_a_value_whose_key_is_missing_is_said_to_be_sealed(hub: LookedAtHub, client: FlaskClient) -> None:
    with hub.story() as story:
        merchant = story.merchant()
        person = story.person(merchant, "Mira")
        person.name = story.vault.seal(b"Mira", "people.name:somebody else")
        story.code(person, story.campaign(merchant), "MIRA")
        row = story.delivery(story.connection(merchant))
        row.body = b"\x01broken"
    assert "sealed (its key is missing)" in client.get("/dashboard/advocates").text
    assert "cannot be opened" in client.get(f"/dashboard/deliveries/{row.id}").text
