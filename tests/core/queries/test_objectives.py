"""The numbers of objectives are those of the rows: counted once more in plain Python, on made-up histories."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from core.contract.money import Money
from core.database import Database
from core.models import (
    Campaign,
    Code,
    Connection,
    Conversion,
    Merchant,
    Objective,
    Person,
    Referral,
    Reward,
    StoredOrder,
)
from core.queries.objectives import ObjectiveRow, objectives
from core.rules.objectives import Counted
from tests.support.story import DAY, NOW, Story

SINCE, UNTIL = NOW - 60 * DAY, NOW + 30 * DAY
STATES = ("qualified", "qualified", "qualified", "pending", "reversed", "withdrawn")
CASES = ("clear", "observed", "open", "approved", "blocked", "voided", "timed_out")
REFUSED = ("blocked", "voided", "timed_out")
REWARDS = ("held", "due", "pushed", "review", "void", "withdrawn", "rejected", "clawed_back")


@dataclass
class History:
    """Two campaigns in one shop, and everything that happened, as rows."""

    story: Story
    merchant: Merchant
    shop: Connection
    codes: dict[str, Code]
    friends: list[Person]
    orders: list[StoredOrder] = field(default_factory=list)
    conversions: list[Conversion] = field(default_factory=list)
    rewards: list[Reward] = field(default_factory=list)
    cases: dict[str, str] = field(default_factory=dict)
    referrals: dict[tuple[str, str], Referral] = field(default_factory=dict)

    def campaign_id(self, code: str = "ONE") -> str:
        return self.codes[code].campaign_id

    def order(self, friend: Person | None, placed_at: datetime, minor: int = 5000, **told: Any) -> StoredOrder:
        told = {"placed_at": placed_at, "friend_id": friend.id if friend else None, **told}
        amount = Money(minor, told.pop("currency", "EUR"))
        self.orders.append(self.story.order(self.shop, f"#{len(self.orders)}", amount, **told))
        return self.orders[-1]

    def convert(self, order: StoredOrder, friend: Person, code: str = "ONE", **told: Any) -> Conversion:
        """The order counts; a friend whom the campaign knows is not brought once more."""
        row = self.story.conversion(order, self.codes[code], friend, **told) if self._is_new(code, friend) else None
        if row is None:
            row = self._again(order, friend, code, **told)
        self.referrals.setdefault((code, friend.id), self.story.session.get_one(Referral, row.referral_id))
        self.conversions.append(row)
        return row

    def _is_new(self, code: str, friend: Person) -> bool:
        return (code, friend.id) not in self.referrals

    def _again(self, order: StoredOrder, friend: Person, code: str, **told: Any) -> Conversion:
        known = self.referrals[code, friend.id]
        first = next(one for one in self.conversions if one.referral_id == known.id)
        told = {"state": "qualified", "reasons": [], "reversed_minor": 0, "verified_at": None, **told}
        keys = ("merchant_id", "campaign_id", "terms_id", "connection_id", "referral_id")
        of_order: dict[str, Any] = {
            "order_id": order.id,
            "order_source_id": order.source_id,
            "currency": order.currency,
        }
        of_order |= {"base_minor": order.base_minor, "converted_at": order.placed_at, "release_at": order.placed_at}
        row = Conversion(id=self.story.id(), **{key: getattr(first, key) for key in keys}, **of_order, **told)
        return self.story.add(row)

    def judge(self, conversion: Conversion, state: str) -> None:
        self.story.assessment(conversion, state)
        self.cases[conversion.id] = state

    def reward(self, conversion: Conversion, person_id: str, side: str, **told: Any) -> None:
        self.rewards.append(self.story.reward(conversion, person_id, side, **told))

    def objective(self, measure: str, target: int = 100, code: str = "ONE", **changes: Any) -> Objective:
        told: dict[str, Any] = {"currency": "EUR" if measure in ("revenue", "cost_per_new") else ""}
        told |= {"starts_at": SINCE, "due_at": UNTIL, "created_at": NOW} | changes
        row = Objective(
            id=self.story.id(),
            merchant_id=self.merchant.id,
            campaign_id=self.campaign_id(code),
            measure=measure,
            target=target,
            **told,
        )
        return self.story.add(row)

    def told(self, measure: str) -> ObjectiveRow:
        return next(row for row in objectives(self.story.session, NOW) if row.measure == measure)


@pytest.fixture
def history(database_url: str) -> Iterator[History]:
    database = Database(database_url)
    with database.transaction() as session:
        story = Story(session)
        merchant = story.merchant()
        shop, mira = story.connection(merchant), story.person(merchant)
        campaigns: list[Campaign] = [story.campaign(merchant), story.campaign(merchant, "Another")]
        codes = {name: story.code(mira, one, name) for name, one in zip(("ONE", "TWO"), campaigns, strict=True)}
        yield History(story, merchant, shop, codes, [story.person(merchant) for _ in range(70)])
    database.close()


def _made_up(history: History, chance: Random) -> None:
    """Orders of every kind, whether or not such a history could come about."""
    for _ in range(150):
        friend = chance.choice(history.friends)
        placed_at = NOW - timedelta(hours=chance.randrange(-48, 70 * 24))
        told: dict[str, Any] = {
            "kind": chance.choice(("order", "order", "deal", "lead")),
            "is_paid": chance.random() < 0.9,
            "is_test": chance.random() < 0.05,
            "cancelled_at": placed_at if chance.random() < 0.1 else None,
            "currency": chance.choice(("EUR", "EUR", "USD")),
        }
        order = history.order(friend, placed_at, chance.randrange(100, 20_000), **told)
        if len(history.orders) > 1 and chance.random() < 0.1:
            order.same_as_id = chance.choice(history.orders[:-1]).id
        if chance.random() < 0.85:
            _counted(history, chance, order, friend)
    chance.choice(history.friends).is_returning = True
    history.story.session.flush()


def _counted(history: History, chance: Random, order: StoredOrder, friend: Person) -> None:
    state = chance.choice(STATES)
    taken = order.base_minor if state == "reversed" else chance.choice((0, 0, order.base_minor // 3))
    conversion = history.convert(order, friend, chance.choice(("ONE", "TWO")), state=state, reversed_minor=taken)
    if chance.random() < 0.5:
        history.judge(conversion, chance.choice(CASES))
    for side in chance.sample(("advocate", "friend"), chance.randrange(3)):
        granted = chance.randrange(100, 2000)
        back = chance.choice((0, granted // 4))
        reward_state = chance.choice(REWARDS)
        history.reward(conversion, friend.id, side, granted_minor=granted, reversed_minor=back, state=reward_state)


class Plain:
    """The definitions of docs/objectives.md once more, row by row."""

    def __init__(self, history: History, since: datetime) -> None:
        self.history = history
        self.since = since
        self.by_id = {order.id: order for order in history.orders}

    def _is_in(self, at: datetime) -> bool:
        return self.since <= at <= NOW

    def standing(self) -> list[Conversion]:
        ours = [one for one in self.history.conversions if one.campaign_id == self.history.campaign_id()]
        counting = [one for one in ours if one.state == "qualified" and self.history.cases.get(one.id) not in REFUSED]
        return [one for one in counting if self._is_in(self.by_id[one.order_id].placed_at)]

    def customers(self, whole: "Plain") -> int:
        """Who came in this time, and not earlier in the whole period."""
        first: dict[str | None, datetime] = {}
        for one in whole.standing():
            order = self.by_id[one.order_id]
            first[order.friend_id] = min(order.placed_at, first.get(order.friend_id, NOW))
        return len([at for at in first.values() if self._is_in(at)])

    def revenue(self) -> int:
        return sum(one.base_minor - one.reversed_minor for one in self.standing() if one.currency == "EUR")

    def newcomers(self) -> set[str]:
        """The ids of orders with which somebody became a customer."""
        bought = [
            one
            for one in self.history.orders
            if one.is_paid and not one.is_test and not one.cancelled_at and one.kind != "lead" and not one.same_as_id
        ]
        first: dict[str | None, StoredOrder] = {}
        for one in sorted(bought, key=lambda order: (order.placed_at, order.id)):
            first.setdefault(one.friend_id, one)
        returning = {one.id for one in self.history.friends if one.is_returning}
        return {one.id for friend, one in first.items() if friend not in returning and self._is_in(one.placed_at)}

    def brought(self) -> int:
        return len([one for one in self.standing() if one.order_id in self.newcomers()])

    def cost(self) -> int:
        conversions = {one.id: one for one in self.history.conversions}
        counted = [
            one
            for one in self.history.rewards
            if one.campaign_id == self.history.campaign_id()
            and one.currency == "EUR"
            and one.state not in ("void", "withdrawn", "rejected")
            and self._is_in(self.by_id[conversions[one.conversion_id or ""].order_id].placed_at)
        ]
        return sum(one.granted_minor - one.reversed_minor for one in counted)


@pytest.mark.parametrize("seed", [1, 4])
def test_every_number_is_that_of_the_rows(history: History, seed: int) -> None:
    _made_up(history, Random(seed))
    for measure in ("customers", "revenue", "new_share", "cost_per_new"):
        history.objective(measure)
    whole, lately = Plain(history, SINCE), Plain(history, NOW - 28 * DAY)
    told = {row.measure: (row.so_far, row.lately) for row in objectives(history.story.session, NOW)}
    assert told == {
        "customers": (Counted(whole.customers(whole)), Counted(lately.customers(whole))),
        "revenue": (Counted(whole.revenue()), Counted(lately.revenue())),
        "new_share": (
            Counted(whole.brought(), len(whole.newcomers())),
            Counted(lately.brought(), len(lately.newcomers())),
        ),
        "cost_per_new": (Counted(whole.cost(), whole.brought()), Counted(lately.cost(), lately.brought())),
    }
    assert all(one.top > 0 for pair in told.values() for one in pair), "the history tells nothing"


def test_a_period_holds_its_first_moment_and_not_its_last(history: History) -> None:
    until = NOW - 10 * DAY
    for number, placed_at in enumerate((SINCE - timedelta(seconds=1), SINCE, until - timedelta(seconds=1), until)):
        history.convert(history.order(history.friends[number], placed_at), history.friends[number])
    history.objective("customers", 2, due_at=until)
    row = history.told("customers")
    assert (row.so_far, row.state) == (Counted(2), "reached")


def test_of_two_purchases_of_one_moment_one_is_the_first(history: History) -> None:
    friend, at = history.friends[0], NOW - 2 * DAY
    for _ in range(2):
        history.convert(history.order(friend, at), friend)
    history.objective("new_share")
    assert history.told("new_share").so_far == Counted(1, 1)


def test_what_was_granted_by_hand_costs_on_its_day(history: History) -> None:
    conversion = history.convert(history.order(history.friends[0], NOW - 2 * DAY), history.friends[0])
    reward = history.story.reward(conversion, history.friends[0].id, granted_minor=700)
    reward.conversion_id, reward.created_at = None, NOW - 90 * DAY
    history.story.session.flush()
    history.objective("cost_per_new", 1000)
    assert history.told("cost_per_new").so_far == Counted(0, 1)
    reward.created_at = NOW - DAY
    history.story.session.flush()
    assert history.told("cost_per_new").so_far == Counted(700, 1)


def test_objectives_are_told_with_their_campaign_the_next_one_due_first(history: History) -> None:
    history.objective("customers", 50)
    history.objective("revenue", 50_000, "TWO", due_at=NOW + DAY)
    rows = objectives(history.story.session, NOW)
    assert [(row.campaign, row.measure) for row in rows] == [("Another", "revenue"), ("Bring a friend", "customers")]
    (only,) = objectives(history.story.session, NOW, slug=rows[1].slug)
    assert (only.target, only.by) == ("50", f"{UNTIL.day} {UNTIL:%B %Y}")
