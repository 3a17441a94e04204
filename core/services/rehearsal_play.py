"""Play: the cast performs on a stage, through the hub's own doors, and days pass without anybody waiting."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from typing import cast as cast_to

from core.contract.errors import WrongSetting
from core.contract.events import OrderKind
from core.contract.money import Money
from core.gateway.ground import Place, Shop, Stage
from core.gateway.hub import Hub
from core.rules.rehearsal import CAST, Fitting, Role, copies_for, fit
from core.rules.rehearsal.cast import LOYAL_FRIENDS, AnswerGetsLost, Buys, Mail, Moment, Need, SendsBack, Where
from core.rules.terms import Terms, parse_terms
from core.services.campaigns import create_campaign, publish
from core.services.connections import connect, webhook_url
from core.services.enroll import enroll
from core.services.field_verbs import go_live, map_field
from core.services.turn_clock import turn_forward

Work = Callable[[Hub], int]
BEFORE = timedelta(days=1)  # so long the copies hold already: shops stamp whole seconds
A_WHILE = timedelta(hours=1)
LOOKS = 2  # a lost answer rests, and is then looked up
QUIET = timedelta(minutes=5)
TIMES_REPEATED = 2
EVERYWHERE = frozenset({"honest-friend", "a-deal", "deal-and-order"})


@dataclass(frozen=True, slots=True)
class Purchase:
    """One purchase as it was played."""

    role: Role
    who: str
    place: Place
    order: str
    base: Money


@dataclass
class Played:
    """What was done on the stage, and by whom: what the facts are gathered by."""

    stage: Stage
    terms: Terms
    fitting: Fitting
    roles: list[Role]
    copies: dict[str, Terms] = field(default_factory=dict)  # by role
    accounts: dict[tuple[str, str, str], str] = field(default_factory=dict)  # by role, who and place
    people: dict[str, tuple[Role, str]] = field(default_factory=dict)
    codes: dict[tuple[str, str], str] = field(default_factory=dict)
    purchases: list[Purchase] = field(default_factory=list)
    given_early: int = 0

    @property
    def shops(self) -> list[Shop]:
        """The places that sell."""
        return [cast_to(Shop, place) for place in self.stage.places.values() if place.sells]

    @property
    def has_orders(self) -> bool:
        """True when somebody's order can count."""
        return bool(self.shops) and OrderKind.ORDER in self.terms.kinds

    @property
    def has_deals(self) -> bool:
        """True when somebody's deal can count."""
        return bool(self.crms) and OrderKind.DEAL in self.terms.kinds

    def is_known_at(self, role: Role, place: Place) -> bool:
        """True when the people of that role are known there: in shops, which pay, and where they buy or are shown."""
        return place.sells or role.key in EVERYWHERE or not self.has_orders

    @property
    def crms(self) -> list[Place]:
        """The places that tell of deals and show fields."""
        return [place for place in self.stage.places.values() if not place.sells]


def play(
    stage: Stage,
    body: Mapping[str, Any],
    about: Mapping[str, Mapping[str, str]],
    mapped: Mapping[str, Mapping[str, str | None]],
    work: Work,
    cast: Sequence[Role] = CAST,
) -> Played:
    """Every role of the cast that these terms and places allow was played to its end.

    `about` are the live connections' settings by label, `mapped` where their fields go; `work` does what is due.
    """
    terms = parse_terms(body)
    played = Played(stage, terms, fit(terms), [])
    played.roles = [role for role in cast if all(_is_there(played, need) for need in role.needs)]
    _Play(played, body, work).run(about, mapped)
    return played


def connect_places(
    stage: Stage, about: Mapping[str, Mapping[str, str]], mapped: Mapping[str, Mapping[str, str | None]]
) -> None:
    """The stage's hub hears of every place, and its fields are written there: as live, but for the addresses."""
    for label, place in stage.places.items():
        row, _account, _findings = connect(stage.hub, place.kind, label, {**about[label], **place.settings})
        place.hear_at(webhook_url(stage.hub, row))
        _let_fields_be_written(stage.hub, label, mapped.get(label, {}))


def settle(stage: Stage, work: Work) -> None:
    """Everything that was told has been heard, and everything that is due is done."""
    for place in stage.places.values():
        place.settle()
    while work(stage.hub):
        for place in stage.places.values():
            place.settle()


def turn(stage: Stage, by: timedelta) -> None:
    """It is later, for the hub and at every place."""
    turn_forward(stage.hub, by)
    for place in stage.places.values():
        place.turn(by.total_seconds())


def _is_there(played: Played, need: Need) -> bool:
    terms = played.terms
    is_there: Mapping[Need, bool] = {
        Need.BUYING: played.has_orders or played.has_deals,
        Need.ORDERS: played.has_orders,
        Need.DEALS: played.has_deals,
        Need.HOLD: bool(terms.hold),
        Need.MINIMUM: bool(terms.minimum.get(terms.currency)),
        Need.BUDGET: terms.budget is not None,
        Need.CAP: terms.limits.rewards_per_advocate is not None,
        Need.STEPS: any(number <= LOYAL_FRIENDS for number in _steps_of(terms)),
    }
    return is_there[need]


def _steps_of(terms: Terms) -> list[int]:
    """The numbers of the friends with whom something changes."""
    rewards = terms.rewards.values()
    tiers = [tier.from_number for reward in rewards for tier in reward.tiers if tier.from_number > 1]
    return tiers + [milestone.at for reward in rewards for milestone in reward.milestones]


class _Play:
    """The evening from the first curtain to the last."""

    def __init__(self, played: Played, body: Mapping[str, Any], work: Work) -> None:
        self.played, self.body = played, body
        self.hub, self.places = played.stage.hub, played.stage.places
        self._work = work

    def run(self, about: Mapping[str, Mapping[str, str]], mapped: Mapping[str, Mapping[str, str | None]]) -> None:
        self._set_the_scene(about, mapped)
        self._opening()
        self._meanwhile()
        self._payout()
        self._afterwards()

    # Before the curtain

    def _set_the_scene(
        self, about: Mapping[str, Mapping[str, str]], mapped: Mapping[str, Mapping[str, str | None]]
    ) -> None:
        connect_places(self.played.stage, about, mapped)
        self._wait_for_the_beginning()
        self._offer()
        self._work(self.hub)
        for role in self.played.roles:
            self._introduce(role)

    def _wait_for_the_beginning(self) -> None:
        begins = self.played.terms.starts_at
        if begins is not None and begins > self.hub.now():
            self._turn(begins - self.hub.now() + A_WHILE)

    def _offer(self) -> None:
        """Every copy of the campaign holds already."""
        bodies = copies_for(self.played.roles, self.body, self.played.terms)
        for body in {one["campaign"]["slug"]: one for one in bodies.values()}.values():
            campaign, _version = create_campaign(self.hub, body)
            publish(self.hub, campaign.slug, effective_at=_since(self.hub.now(), self.played.terms))
        self.played.copies = {key: parse_terms(body) for key, body in bodies.items()}

    def _introduce(self, role: Role) -> None:
        """Everybody is known where they buy and are paid, and whoever recommends has a code."""
        for who in role.people:
            for place in self.places.values():
                if self.played.is_known_at(role, place):
                    account = place.meet(who, role.email(who))
                    self.played.accounts[role.key, who, place.label] = account
        for who in role.advocates:
            made = enroll(self.hub, self.played.copies[role.key].slug, email=role.email(who), name=who)
            self.played.codes[role.key, who] = made.code
            self.played.people[made.person_id] = role, who

    def _facts(self, place: Place) -> dict[str, Any]:
        return {name: value for name, value in self.played.fitting.facts.items() if name in place.plays}

    # The acts

    def _opening(self) -> None:
        late = [step for step in self._steps(Buys, Moment.OPENING) if step[1].mail is Mail.LATE]
        for role, step in self._steps(Buys, Moment.OPENING):
            if step.mail is not Mail.LATE:
                self._buy(role, step)
        self._settle()
        for purchase in self.played.purchases:
            if any(isinstance(step, Buys) and step.mail is Mail.REPEATED for step in purchase.role.steps):
                cast_to(Shop, purchase.place).repeat_mail(purchase.order, TIMES_REPEATED)
        for shop in self.played.shops:
            shop.hold_mail()
        for role, step in late:
            self._buy(role, step)
        self._work(self.hub)
        self.played.given_early = self._count_given()

    def _meanwhile(self) -> None:
        self._turn(self.played.terms.hold / 2 or A_WHILE)
        for shop in self.played.shops:
            shop.release_mail()
        self._settle()
        self._buy_and_send_back(Moment.MEANWHILE)
        self.played.given_early = self._count_given() if self.played.terms.hold else 0

    def _payout(self) -> None:
        if any(isinstance(step, AnswerGetsLost) for role in self.played.roles for step in role.steps):
            kind = next(iter(self.played.terms.rewards.values())).kind
            for shop in self.played.shops:
                shop.lose_an_answer(kind)
        self._turn(self.played.terms.hold + BEFORE)
        self._look_after_lost_answers()

    def _afterwards(self) -> None:
        self._buy_and_send_back(Moment.AFTERWARDS)
        self._turn(A_WHILE)
        self._settle()

    def _look_after_lost_answers(self) -> None:
        for _ in range(LOOKS):
            self._settle()
            self._turn(QUIET)
        self._settle()

    def _buy_and_send_back(self, moment: Moment) -> None:
        for role, step in self._steps(Buys, moment):
            self._buy(role, step)
        for role, back in self._steps(SendsBack, moment):
            for purchase in self.played.purchases:
                if (purchase.role, purchase.who) == (role, back.who):
                    _send_back(purchase, back.pieces)
        self._settle()

    def _steps(self, kind: type[Any], moment: Moment) -> Iterable[tuple[Role, Any]]:
        return [
            (role, step)
            for role in self.played.roles
            for step in role.steps
            if isinstance(step, kind) and step.moment is moment
        ]

    def _buy(self, role: Role, step: Buys) -> None:
        is_deal = step.where is Where.CRM or not self.played.has_orders
        place = (self.played.crms if is_deal else self.played.shops)[0]
        base = self._too_little() if step.is_too_small else self.played.fitting.base
        order = place.buy(
            self.played.accounts[role.key, step.who, place.label],
            base.text(),
            code=self.played.codes.get((role.key, step.code_of), ""),
            paid=step.is_paid,
            facts=self._facts(place),
        )
        self.played.purchases.append(Purchase(role, step.who, place, order, base))

    def _too_little(self) -> Money:
        minimum = self.played.terms.minimum[self.played.terms.currency]
        return Money(max(minimum.minor // 4 * 2, 2), minimum.currency)

    def _settle(self) -> None:
        settle(self.played.stage, self._work)

    def _turn(self, by: timedelta) -> None:
        turn(self.played.stage, by)

    def _count_given(self) -> int:
        return sum(len(place.effects()) for place in self.places.values())


def _send_back(purchase: Purchase, pieces: int) -> None:
    if purchase.place.sells:
        cast_to(Shop, purchase.place).refund(purchase.order, pieces)
    else:
        purchase.place.cancel(purchase.order)


def _since(now: datetime, terms: Terms) -> datetime:
    since = now - BEFORE
    return max(since, terms.starts_at) if terms.starts_at else since


def _let_fields_be_written(hub: Hub, label: str, mapped: Mapping[str, str | None]) -> None:
    """Fields go where they go live; a source that takes none is left alone."""
    try:
        for ours, theirs in mapped.items():
            map_field(hub, label, ours, theirs)
        go_live(hub, label)
    except WrongSetting:
        return
