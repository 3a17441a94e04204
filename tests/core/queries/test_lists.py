"""Deliveries, orders, rewards, pushes and advocates as lists: the right rows with the right numbers."""

import pytest

from core.contract.money import Money
from core.models import Campaign, Code, Connection, Merchant, StoredOrder
from core.queries.advocates import advocate, advocates, count_advocates
from core.queries.conversions import conversions, conversions_by_state
from core.queries.deliveries import deliveries, deliveries_by_state, delivery
from core.queries.orders import count_orders, find_orders, orders, orders_that_count
from core.queries.pushes import pushes, pushes_by_state, pushes_of
from core.queries.rewards import rewards, rewards_by_state
from tests.support.story import DAY, NOW, Story


class Cast:
    """A merchant with a shop, a campaign and an advocate."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.merchant: Merchant = story.merchant()
        self.campaign: Campaign = story.campaign(self.merchant)
        self.shop: Connection = story.connection(self.merchant)
        self.advocate = story.person(self.merchant, "Mira", "mira@example.com")
        self.code: Code = story.code(self.advocate, self.campaign, "MIRA")

    def conversion(self, name: str = "#1001", **told: object):  # type: ignore[no-untyped-def]
        friend = self.story.person(self.merchant, "Jonas")
        order = self.story.order(self.shop, name, Money(8000, "EUR"), friend_id=friend.id)
        return self.story.conversion(order, self.code, friend, **told)


@pytest.fixture
def cast(story: Story) -> Cast:
    """The usual people."""
    return Cast(story)


def test_deliveries_are_narrowed_by_state_and_connection(story: Story) -> None:
    merchant = story.merchant()
    first, second = story.connection(merchant, "A"), story.connection(merchant, "B")
    wanted = story.delivery(first, state="unreadable", reason="not JSON")
    story.delivery(first, state="read")
    story.delivery(second, state="unreadable")
    (row,) = deliveries(story.session, state="unreadable", connection_id=first.id).rows
    assert (row.id, row.connection, row.reason) == (wanted.id, "A", "not JSON")
    assert deliveries_by_state(story.session) == {"unreadable": 2, "read": 1}
    assert deliveries_by_state(story.session, second.id) == {"unreadable": 1}


def test_a_body_is_opened_by_the_caller_with_the_words_it_was_sealed_for(story: Story) -> None:
    shop = story.connection(story.merchant())
    row = story.delivery(shop, body=b'{"id": 1}', key="abc")
    order = story.order(shop, "#1001", Money(100, "EUR"), delivery_id=row.id)
    shown = delivery(story.session, row.id, story.vault.open)
    assert shown is not None
    assert (shown.body, shown.orders) == (b'{"id": 1}', ((order.id, "#1001"),))
    assert delivery(story.session, "f" * 32, story.vault.open) is None


@pytest.mark.parametrize("said", ["#1001", "1001", " 1001 ", "5501", "ours"])
def test_an_order_is_found_by_every_name_it_has(story: Story, said: str) -> None:
    shop = story.connection(story.merchant())
    order = story.order(shop, "#1001", Money(8000, "EUR"), source_id="5501")
    story.order(shop, "#10010", Money(1, "EUR"), source_id="55010")
    found = find_orders(story.session, order.id if said == "ours" else said)
    assert [(one.id, one.base) for one in found] == [(order.id, Money(8000, "EUR"))]


def test_two_shops_may_use_the_same_name(story: Story) -> None:
    merchant = story.merchant()
    for label in ("A", "B"):
        story.order(story.connection(merchant, label), "#1001", Money(1, "EUR"))
    assert sorted(one.connection for one in find_orders(story.session, "1001")) == ["A", "B"]


@pytest.mark.parametrize("said", ["", "  ", "%", "#100_", "1001\0", "' or 1=1 --"])
def test_nothing_is_found_by_nothing_or_by_a_pattern(story: Story, said: str) -> None:
    story.order(story.connection(story.merchant()), "#1001", Money(1, "EUR"))
    assert find_orders(story.session, said) == []


def test_all_orders_are_listed_with_the_reason_why_one_does_not_count(cast: Cast) -> None:
    def rule(words: str, *, passed: bool) -> dict[str, object]:
        return {"rule": "any", "passed": passed, "words": words}

    small = {"*": [rule("a customer", passed=True)], "friends": [rule("too small", passed=False)]}
    cast.conversion("#1", state="pending")
    cast.conversion("#2", reasons=[rule("still owed although later", passed=False)])
    cast.conversion("#3", state="reversed")
    cast.conversion("#4", state="withdrawn", reasons=[rule("not the first", passed=False)])
    cast.story.order(cast.shop, "#5", Money(100, "EUR"), reasons=small)
    cast.story.order(cast.shop, "#6", Money(100, "EUR"), reasons={})
    session = cast.story.session
    told = [(row.name, row.state, row.reason, row.campaign) for row in orders(session).rows]
    assert told == [
        ("#6", "undecided", "", ""),
        ("#5", "not_counted", "too small", ""),
        ("#4", "withdrawn", "not the first", "Bring a friend"),
        ("#3", "reversed", "", "Bring a friend"),
        ("#2", "qualified", "", "Bring a friend"),
        ("#1", "pending", "", "Bring a friend"),
    ]
    assert [row.name for row in orders(session, counts=True).rows] == ["#2", "#1"]
    assert [row.name for row in orders(session, counts=False).rows] == ["#6", "#5", "#4", "#3"]
    assert (orders_that_count(session), count_orders(session)) == (2, 6)
    row = orders(session, counts=True, size=1).rows[0]
    assert (row.connection, row.base) == ("Tea shop", Money(8000, "EUR"))
    assert row.friend is not None
    assert row.friend.name is not None


def test_an_order_that_counts_for_one_campaign_and_not_for_another_counts(cast: Cast) -> None:
    told = cast.conversion("#1", state="withdrawn")
    other = cast.story.code(cast.advocate, cast.story.campaign(cast.merchant, "Second offer"), "TWO")
    order = cast.story.session.get_one(StoredOrder, told.order_id)
    cast.story.conversion(order, other, cast.story.person(cast.merchant))
    (row,) = orders(cast.story.session, counts=True).rows
    assert (row.state, row.campaign, row.reason) == ("qualified", "Second offer", "")
    assert orders(cast.story.session, counts=False).rows == ()
    assert orders_that_count(cast.story.session) == 1


def test_a_conversion_names_its_people_code_and_money(cast: Cast) -> None:
    cast.conversion(reversed_minor=2000)
    cast.conversion("#1002", state="withdrawn")
    (row,) = conversions(cast.story.session, state="qualified").rows
    assert (row.order_name, row.campaign, row.code, row.evidence) == (
        "#1001",
        "Bring a friend",
        "MIRA",
        "code",
    )
    assert (row.base, row.reversed) == (Money(8000, "EUR"), Money(2000, "EUR"))
    assert row.advocate.name is not None
    assert cast.story.vault.open(row.advocate.name.value, row.advocate.name.context) == b"Mira"
    assert row.advocate.email is not None
    assert cast.story.vault.open(row.advocate.email.value, row.advocate.email.context) == b"mira@example.com"
    assert row.friend.email is None
    assert conversions_by_state(cast.story.session) == {"qualified": 1, "withdrawn": 1}


def test_the_address_shown_is_the_newest_that_is_not_gone(cast: Cast) -> None:
    cast.story.identity(cast.advocate, "gone@example.com", is_gone=True, seen_at=NOW)
    cast.story.identity(cast.advocate, "new@example.com", seen_at=NOW - DAY)
    (row,) = advocates(cast.story.session).rows
    assert row.person.email is not None
    assert cast.story.vault.open(row.person.email.value, row.person.email.context) == b"new@example.com"


def test_a_reward_tells_what_is_left_and_what_is_still_to_give(cast: Cast) -> None:
    conversion = cast.conversion()
    reward = cast.story.reward(conversion, cast.advocate.id, granted_minor=1000, reversed_minor=250, netted_minor=100)
    cast.story.reward(conversion, cast.advocate.id, "friend", 500, state="due")
    (row,) = rewards(cast.story.session, state="held").rows
    assert row.id == reward.id
    assert [row.granted.minor, row.reversed.minor, row.net.minor, row.netted.minor, row.owed.minor] == [
        1000,
        250,
        750,
        100,
        650,
    ]


def test_rewards_and_their_sums_are_narrowed_to_one_person(cast: Cast) -> None:
    conversion = cast.conversion()
    other = cast.story.person(cast.merchant)
    cast.story.reward(conversion, cast.advocate.id, granted_minor=1000)
    cast.story.reward(conversion, other.id, "friend", 500)
    assert [row.granted.minor for row in rewards(cast.story.session, person_id=other.id).rows] == [500]
    (mine,) = rewards_by_state(cast.story.session, other.id)
    assert (mine.count, mine.net) == (1, (Money(500, "EUR"),))
    (all_,) = rewards_by_state(cast.story.session)
    assert (all_.count, all_.net) == (2, (Money(1500, "EUR"),))


def test_pushes_tell_their_story_and_their_receipt(cast: Cast) -> None:
    reward = cast.story.reward(cast.conversion(), cast.advocate.id)
    first = cast.story.push(reward, "rejected", created_at=NOW - 2 * DAY)
    second = cast.story.push(reward, "confirmed", remote_id="tx-1", moved_minor=900)
    cast.story.push(cast.story.reward(cast.conversion("#2"), cast.advocate.id), "parked")
    assert [row.id for row in pushes(cast.story.session, states=("rejected",)).rows] == [first.id]
    assert pushes_by_state(cast.story.session) == {"rejected": 1, "confirmed": 1, "parked": 1}
    told = pushes_of(cast.story.session, [reward.id])[reward.id]
    assert [row.id for row in told] == [first.id, second.id]
    assert (told[1].receipt, told[1].moved) == ("tx-1", Money(900, "EUR"))
    assert [(one.at, one.words) for one in told[1].story] == [(NOW - DAY, "sent to the shop")]
    assert told[0].moved is None


def test_an_advocate_is_credited_with_what_counted_and_what_was_earned(cast: Cast) -> None:
    counted = cast.conversion()
    cast.conversion("#1002", state="withdrawn")
    cast.story.reward(counted, cast.advocate.id, state="pushed", granted_minor=1000, reversed_minor=300)
    cast.story.reward(cast.conversion("#1003"), cast.advocate.id, granted_minor=20)
    cast.story.reward(cast.conversion("#1004"), cast.advocate.id, state="void", granted_minor=7000)
    friend_side = cast.story.reward(cast.conversion("#1005"), cast.advocate.id, "friend", 9000, state="pushed")
    cast.story.person(cast.merchant, "Nobody's advocate")
    (row,) = advocates(cast.story.session).rows
    assert friend_side.person_id == row.id == cast.advocate.id
    assert (row.friends, row.conversions) == (5, 4)
    assert (row.earned, row.pending) == ((Money(700, "EUR"),), (Money(20, "EUR"),))
    assert [(code.text, code.campaign, code.destination, code.is_active) for code in row.codes] == [
        ("MIRA", "Bring a friend", "https://tea.example/welcome", True)
    ]
    assert count_advocates(cast.story.session) == 1
    assert advocate(cast.story.session, cast.advocate.id) == row
    assert advocate(cast.story.session, "f" * 32) is None
