"""The story of one order: what was heard, decided by which rule, promised, given and booked."""

from typing import Any

import pytest

from core.contract.money import Money
from core.models import Connection, Reward
from core.queries.ledger import postings_of
from core.queries.reward_story import reward_story
from core.queries.timeline import timeline
from core.queries.trace import Trace, trace
from core.queries.walk import walk
from tests.support.full_hub import MET, tell
from tests.support.story import DAY, NOW, Story


@pytest.fixture
def hero(story: Story) -> dict[str, Any]:
    """A full hub; order #1001 is the one everything happened to."""
    return tell(story)


def _trace(story: Story, order_id: str) -> Trace:
    found = trace(story.session, order_id)
    assert found is not None
    return found


def test_the_trace_holds_all_that_was_heard_decided_and_done(story: Story, hero: dict[str, Any]) -> None:
    found = _trace(story, hero["order"].id)
    assert (found.order.name, found.order.base, found.order.connection) == (
        "#1001",
        Money(8000, "EUR"),
        "Tea shop",
    )
    assert [one.id for one in found.deliveries] == [hero["delivery"].id]
    assert [(one.kind, one.value) for one in found.evidence] == [
        ("code", "mira-10"),
        ("landing_ref", "MIRA-10"),
    ]
    assert [one.amount for one in found.refunds] == [Money(2000, "EUR")]
    assert [(one.base, one.cause) for one in found.reversals] == [(Money(2000, "EUR"), "refund-0001")]
    assert [story_.reward.side for story_ in found.rewards] == ["advocate", "friend"]
    assert [push.receipt for push in found.rewards[0].pushes] == ["transaction/9001"]
    assert [posting.number for posting in found.rewards[0].postings] == [1, 2, 3, 4]
    assert trace(story.session, "f" * 32) is None


def test_every_rule_is_told_under_the_terms_that_decided(story: Story, hero: dict[str, Any]) -> None:
    (decision,) = _trace(story, hero["order"].id).decisions
    assert (decision.campaign, decision.terms_version, decision.counts) == ("Bring a friend", 3, True)
    assert [(rule.rule, rule.passed, rule.words) for rule in decision.rules] == [tuple(rule.values()) for rule in MET]


def test_an_order_nobody_brought_says_why_not(story: Story) -> None:
    merchant = story.merchant()
    reason = {"rule": "friend", "passed": False, "words": "the order names no customer"}
    order = story.order(story.connection(merchant), "#2", Money(100, "EUR"), reasons={"*": [reason]})
    found = _trace(story, order.id)
    (decision,) = found.decisions
    assert (decision.campaign, decision.counts, decision.terms_version) == ("Every campaign", False, None)
    assert found.order.friend is None
    stops = walk(found)
    assert [(stop.name, stop.state) for stop in stops[:3]] == [
        ("Heard", "done"),
        ("Decided", "stopped"),
        ("Promised", "ahead"),
    ]
    assert stops[1].words == "the order names no customer"


def test_a_withdrawn_conversion_does_not_count(story: Story) -> None:
    merchant = story.merchant()
    campaign = story.campaign(merchant)
    friend = story.person(merchant)
    order = story.order(story.connection(merchant), "#2", Money(100, "EUR"), reasons={campaign.slug: [dict(MET[0])]})
    later = {"rule": "cancelled", "passed": False, "words": "the order is cancelled"}
    code = story.code(story.person(merchant), campaign, "MIRA")
    story.conversion(order, code, friend, state="withdrawn", reasons=[later])
    found = _trace(story, order.id)
    (decision,) = found.decisions
    assert (decision.counts, [rule.words for rule in decision.rules]) == (False, ["the order is cancelled"])
    assert walk(found)[1].state == "stopped"


def test_campaigns_of_another_merchant_with_the_same_slug_stay_out(story: Story) -> None:
    mine, theirs = story.merchant("Mine"), story.merchant("Theirs")
    campaign, other = story.campaign(mine, "My offer"), story.campaign(theirs, "Their offer")
    other.slug = campaign.slug
    story.session.flush()
    order = story.order(story.connection(mine), "#1", Money(100, "EUR"), reasons={campaign.slug: [dict(MET[0])]})
    assert [decision.campaign for decision in _trace(story, order.id).decisions] == ["My offer"]


def test_a_transaction_that_touches_two_rewards_is_told_with_both(story: Story, hero: dict[str, Any]) -> None:
    given, refused = hero["given"], hero["refused"]
    posting = story.posting("set_off", given, "due", "netted", 100)
    story.entry(posting, refused, "receivable:abc", -100)
    story.entry(posting, refused, "programme", 100)
    found = postings_of(story.session, [given.id, refused.id])
    assert found[given.id][-1] == found[refused.id][-1]
    assert len(found[refused.id][-1].lines) == 4
    assert list(postings_of(story.session, [refused.id])) == [refused.id]


def test_a_reward_tells_when_its_hold_ends_when_it_was_released_and_when_pushed(
    story: Story, hero: dict[str, Any]
) -> None:
    hero["given"].due_at = NOW + 3 * DAY  # the next attempt has nothing to do with the hold
    story.push(hero["given"], gives=False, confirmed_at=NOW)
    given, refused = (reward_story(story.session, hero[name].id) for name in ("given", "refused"))
    assert given is not None
    assert refused is not None
    assert given.reward.release_at == hero["conversion"].release_at == NOW - 6 * DAY
    release = next(posting for posting in given.postings if posting.what == "release")
    assert (given.released_at, given.pushed_at) == (release.posted_at, hero["push"].confirmed_at)
    assert (refused.released_at, refused.pushed_at) == (None, None)


def test_a_reward_tells_who_touched_it(story: Story, hero: dict[str, Any]) -> None:
    story.act(f"push:{hero['push'].id}", "resolved", detail="seen in the shop")
    story.act("reward:" + "f" * 32, "approved")
    given, refused = (reward_story(story.session, hero[name].id) for name in ("given", "refused"))
    assert given is not None
    assert refused is not None
    assert [(act.verb, act.detail) for act in given.acts] == [("resolved", "seen in the shop")]
    assert [act.verb for act in refused.acts] == ["looked at"]
    assert reward_story(story.session, "f" * 32) is None


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("order", ["Order X was placed; EUR 80.00 of it can count", "Order X was cancelled"]),
        ("deal", ["Deal X was closed; EUR 80.00 of it can count", "Deal X was not won, or no longer is"]),
        ("lead", ["Lead X was qualified; EUR 80.00 of it can count", "Lead X is no longer qualified"]),
    ],
)
def test_each_kind_of_purchase_is_called_by_its_name(
    story: Story, hero: dict[str, Any], kind: str, told: list[str]
) -> None:
    connection = story.session.get_one(Connection, hero["order"].connection_id)
    row = story.order(connection, "X", Money(80_00, "EUR"), kind=kind, cancelled_at=story.now)
    story.session.flush()
    assert [one.words for one in timeline(_trace(story, row.id)) if one.topic == "order"] == told


def test_the_timeline_runs_forwards_and_names_every_amount(story: Story, hero: dict[str, Any]) -> None:
    moments = timeline(_trace(story, hero["order"].id))
    assert [one.at for one in moments] == sorted(one.at for one in moments)
    words = [one.words for one in moments]
    assert words[:4] == [
        "Order #1001 was placed; EUR 80.00 of it can count",
        "Tea shop sent orders/paid; stored, then acknowledged",
        "The orders/paid delivery was read",
        "It counts in Bring a friend: the code MIRA-10 brought this friend; the hold ends 2026-11-18 12:30 UTC",
    ]
    for part in (
        "EUR 10.00 as store credit was promised to the advocate",
        "EUR 20.00 of the base no longer counts (refund-0001)",
        "Read again at the source: the order still stands",
        "Giving EUR 7.50 (the advocate): the shop confirmed transaction/9001",
        "Booked as no. 3: EUR 7.50 due, the hold is over",
        "Booked as no. 4: EUR 7.50 pushed",
        "Ada looked at: plan upgrade asked for",
    ):
        assert part in words


WALKS = [
    ([], "Promised", "next"),
    (["held", "held"], "Held", "next"),
    (["void", "withdrawn"], "Held", "stopped"),
    (["review", "held"], "Held", "next"),
    (["due", "held"], "Verified", "next"),
]
VERIFIED_WALKS = [
    (["due", "due"], "Pushed", "next", "0 of 2"),
    (["pushed", "due"], "Pushed", "next", "1 of 2"),
    (["pushed", "rejected"], "Pushed", "stopped", "1 of 2"),
    (["pushed", "review"], "Pushed", "stopped", "1 of 2"),
    (["pushed", "netted"], "Booked", "next", "0 ledger transactions"),
]


def _walked(story: Story, states: list[str], **told: Any) -> Trace:
    merchant = story.merchant()
    campaign = story.campaign(merchant)
    friend = story.person(merchant)
    code = story.code(story.person(merchant), campaign, "MIRA")
    order = story.order(story.connection(merchant), "#1", Money(100, "EUR"))
    conversion = story.conversion(order, code, friend, **told)
    for side, state in zip(("advocate", "friend"), states, strict=False):
        story.reward(conversion, friend.id, side, state=state)
    return _trace(story, order.id)


@pytest.mark.parametrize(("states", "name", "state"), WALKS)
def test_the_walk_stands_at_the_first_stop_that_is_not_done(
    story: Story, states: list[str], name: str, state: str
) -> None:
    stops = walk(_walked(story, states))
    current = next(stop for stop in stops if stop.state != "done")
    assert (current.name, current.state) == (name, state)
    after = stops[stops.index(current) + 1 :]
    assert {stop.state for stop in after} == {"ahead"}


@pytest.mark.parametrize(("states", "name", "state", "words"), VERIFIED_WALKS)
def test_the_walk_after_the_check_at_the_source(
    story: Story, states: list[str], name: str, state: str, words: str
) -> None:
    stops = walk(_walked(story, states, verified_at=NOW))
    current = next(stop for stop in stops if stop.state != "done")
    assert (current.name, current.state, current.words) == (name, state, words)


def test_the_walk_ends_when_everything_is_given_and_booked(story: Story) -> None:
    told = _walked(story, ["pushed"], verified_at=NOW - 2 * DAY)
    reward = story.session.get_one(Reward, told.rewards[0].reward.id)
    story.posting("push", reward, "due", "pushed", 1000)
    stops = walk(_trace(story, told.order.id))
    assert [stop.state for stop in stops] == ["done"] * 7
    assert (stops[-1].words, stops[-1].at) == ("1 ledger transaction", NOW - DAY)
