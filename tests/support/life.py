"""A life: a made-up history of a shop and a CRM, told to a hub at random but always the same for the same seed."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from sqlalchemy import select

from core.contract.events import (
    Contact,
    ContactsMerged,
    Event,
    Evidence,
    EvidenceKind,
    Order,
    OrderCancelled,
    OrderPaid,
    OrderPlaced,
    Refund,
)
from core.contract.money import Money
from core.models import Assessment, Code, Reward, StoredOrder
from core.queries.standing import REFUSED
from core.rules.states import OPEN_REWARD, IllegalChange
from core.services import pauses
from core.services.book import open_book
from core.services.campaigns import create_campaign, publish
from core.services.grant import BadGrant, Gift, grant
from core.services.judge_reward import void_reward
from core.services.reattribute import BadRuling, reattribute
from core.services.refusing import follow_refusal
from core.services.review import appeal, decide_case
from core.services.reward import void
from core.services.second_person import Who
from tests.support.hub import DAY, HOUR, MINUTE, START, Scene, contact, customer, deal, email, order, refunded, terms

CODES = ("MIRA", "ZOE", "ANNA-ALSO")
BUYERS = ("anna", "ben", "carla", "dora")
AMOUNTS = ("9.00", "20.00", "33.33", "100.00", "100.01", "250.00")

# What may happen, and how often beside the others.
HAPPENINGS: Mapping[str, int] = {
    "buys": 10,
    "changes": 6,
    "gives_back": 3,
    "says_it_again": 3,
    "tells_in_the_crm": 2,
    "merges": 1,
    "is_paid_out": 1,
    "is_made_void": 1,
    "is_ruled": 1,
    "is_given_by_hand": 1,
    "new_terms": 1,
    "rests": 1,
    "switches_a_code": 1,
}
# The same with rules and people who refuse orders as fraud.
WITH_FRAUD: Mapping[str, int] = {**HAPPENINGS, "is_refused": 4, "is_heard": 4}
# The same where a shop finds out later whose order it was.
WITH_OTHER_BUYERS: Mapping[str, int] = {**HAPPENINGS, "turns_out_to_be_anothers": 5}


@dataclass
class Life:
    """Goes on step by step; `told` are the events that a shop could tell again."""

    stage: Scene
    chance: Random
    campaign: Mapping[str, Any]
    orders: dict[str, Order] = field(default_factory=dict)
    told: list[Event] = field(default_factory=list)
    crm: Scene | None = None
    happenings: Mapping[str, int] = field(default_factory=lambda: HAPPENINGS)

    def go_on(self, steps: int) -> None:
        """So many things happen."""
        names, weights = zip(*self.happenings.items(), strict=True)
        for name in self.chance.choices(names, weights, k=steps):
            self.stage.watch.forward(self.chance.choice((MINUTE, HOUR, 7 * HOUR)))
            getattr(self, name)()

    def buys(self) -> None:
        """Somebody buys, with a code or without."""
        number = str(1001 + len(self.orders))
        told = order(
            number,
            self.chance.choice(AMOUNTS),
            code=self.chance.choice((*CODES, None)),
            buyer=self._buyer(),
            placed=self.stage.watch() - START - self.chance.choice((0, 0, 1, 9)) * DAY,
            is_paid=self.chance.random() < 0.8,
        )
        self._tell(told)

    def changes(self) -> None:
        """An order is edited, paid, not paid any more, cancelled, or gets a code."""
        told = self._known()
        if told is None:
            return
        told = replace(told, updated_at=told.updated_at + MINUTE)
        match self.chance.randrange(4):
            case 0:
                told = replace(told, base=Money.parse(self.chance.choice(AMOUNTS), "EUR"))
            case 1:
                told = replace(told, is_paid=not told.is_paid)
            case 2:
                told = replace(told, cancelled_at=None if told.cancelled_at else told.updated_at)
            case _:
                code = Evidence(EvidenceKind.CODE, self.chance.choice(CODES))
                told = replace(told, evidence=tuple(dict.fromkeys((*told.evidence, code))))
        self._tell(told)

    def turns_out_to_be_anothers(self) -> None:
        """The shop moves an order to another customer."""
        if told := self._known():
            self._tell(replace(told, friend=self._buyer(), updated_at=told.updated_at + MINUTE))

    def gives_back(self) -> None:
        """Some or all of an order is refunded."""
        told = self._known()
        if told is None:
            return
        amount = Money(told.base.minor // self.chance.choice((1, 2, 3)), "EUR")
        number = f"{told.source_id}-{self.chance.randrange(3)}"
        event = refunded(told.source_id, Refund(source_id=number, amount=amount, refunded_at=self.stage.watch()))
        self._hear(event)

    def says_it_again(self) -> None:
        """What was told is told once more, late."""
        if self.told:
            self.stage.tell(*self.chance.choices(self.told, k=2))

    def tells_in_the_crm(self) -> None:
        """Somebody enters an order into the CRM as a deal."""
        told = self._known()
        if told is None:
            return
        if self.crm is None:
            self.crm = self.stage.beside("The CRM", "crm")
        buyer = Contact(identities=(contact(f"c-{told.source_id}"), *told.friend.identities[1:]))
        code, placed = self.chance.choice((*CODES, None)), told.placed_at - START + HOUR
        more: dict[str, Any] = {"buyer": buyer, "placed": placed, "references": (told.name,)}
        self.crm.tell(OrderPaid(deal(f"d{told.source_id}", told.base.text(), code=code, **more)))

    def merges(self) -> None:
        """Two customers turn out to be one."""
        one, other = self.chance.sample((*BUYERS, "customer-mira", "customer-zoe"), 2)
        self._hear(ContactsMerged(kept=customer(one), gone=customer(other)))

    def is_paid_out(self) -> None:
        """What is due leaves the hub."""
        self.stage.stands(*self.orders.values())
        self.stage.watch.forward(15 * DAY)
        self.stage.work()

    def is_made_void(self) -> None:
        """An operator makes a reward void."""
        open_ones = [one for one in self.stage.all(Reward) if one.state in (*OPEN_REWARD[:3], "pushed") and one.net]
        if open_ones:
            void_reward(self.stage.hub, self.chance.choice(open_ones).id, "a test", second="somebody else")

    def is_refused(self) -> None:
        """A fraud rule blocks an order that has counted, whatever is paid by then."""
        cases = [one for one in self.stage.all(Assessment) if one.state not in REFUSED]
        if cases:
            self.refuse(self.chance.choice(cases))

    def refuse(self, case: Assessment) -> None:
        """What is owed for its order is void, and it counts nowhere."""
        with self.stage.hub.database.transaction() as session:
            book = open_book(self.stage.hub, session, case.merchant_id)
            waits = select(Reward).where(Reward.conversion_id == case.conversion_id, Reward.state.in_(OPEN_REWARD[:2]))
            for reward in session.scalars(waits.order_by(Reward.side)).all():
                void(book, reward, "blocked: a test")
            follow_refusal(book, session.get_one(Assessment, case.id), "blocked")

    def is_heard(self) -> None:
        """Somebody objects to a refusal, and a person decides."""
        cases = [one for one in self.stage.all(Assessment) if one.state in REFUSED]
        if cases:
            case = self.chance.choice(cases)
            appeal(self.stage.hub, case.id, "a test", actor="somebody")
            with suppress(IllegalChange):
                decide_case(self.stage.hub, case.id, self.chance.choice(("approve", "void")), "a test", Who("a", "A"))

    def is_ruled(self) -> None:
        """An operator says who brought an order."""
        orders = self.stage.all(StoredOrder)
        if orders:
            to = self.chance.choice((*CODES, "nobody", "evidence"))
            with suppress(BadRuling):
                reattribute(self.stage.hub, self.chance.choice(orders).id, to, "a test", second="somebody else")

    def is_given_by_hand(self) -> None:
        """An operator grants something."""
        person = self.stage.one(Code, text=self.chance.choice(CODES)).advocate_id
        with suppress(BadGrant):
            grant(self.stage.hub, Gift(self.stage.slug, person, "7.00"), "a test", second="somebody else")

    def new_terms(self) -> None:
        """Other terms hold from now on."""
        changed = {**self.campaign, "counts": {**self.campaign.get("counts", {}), "minimum": "25.00"}}
        create_campaign(self.stage.hub, terms(**self.chance.choice((changed, self.campaign))))
        publish(self.stage.hub, self.stage.slug)

    def rests(self) -> None:
        """The campaign is paused, or goes on."""
        try:
            pauses.pause(self.stage.hub, self.stage.slug, "a test")
        except pauses.NotPaused:
            pauses.resume(self.stage.hub, self.stage.slug, "a test")

    def switches_a_code(self) -> None:
        """A code is switched off, or on."""
        text = self.chance.choice(CODES)
        with self.stage.hub.database.transaction() as session:
            row = session.get_one(Code, self.stage.one(Code, text=text).id)
            row.is_active = not row.is_active

    def _buyer(self) -> Contact:
        name = self.chance.choice(BUYERS)
        return Contact(identities=(customer(name), email(f"{name}@example.com")))

    def _known(self) -> Order | None:
        return self.orders[self.chance.choice(sorted(self.orders))] if self.orders else None

    def _tell(self, told: Order) -> None:
        self.orders[told.source_id] = told
        self._hear((OrderCancelled if told.cancelled_at else OrderPaid if told.is_paid else OrderPlaced)(told))

    def _hear(self, event: Event) -> None:
        self.told.append(event)
        self.stage.tell(event)
