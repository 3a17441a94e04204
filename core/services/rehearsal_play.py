"""Play: the cast performs on a stage, through the hub's own doors, and days pass without anybody waiting."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from typing import cast as cast_to

from core.contract.money import Money
from core.gateway.ground import Shop, Stage
from core.rules.rehearsal import CAST, Role, copies_for
from core.rules.rehearsal.role import AnswerGetsLost, Buys, Mail, Moment, SendsBack
from core.rules.terms import Terms, parse_terms
from core.services.campaigns import create_campaign, publish
from core.services.enroll import enroll
from core.services.rehearsal_played import Played, Purchase, to_be_played
from core.services.rehearsal_stage import Work, connect_places, settle, turn

BEFORE = timedelta(days=1)  # so long the copies hold already: shops stamp whole seconds
A_WHILE = timedelta(hours=1)
LOOKS = 2  # a lost answer rests, and is then looked up
QUIET = timedelta(minutes=5)
TIMES_REPEATED = 2


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
    played = to_be_played(stage, parse_terms(body), cast)
    _Play(played, body, work).run(about, mapped)
    return played


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
        self._settle()
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

    # The acts

    def _opening(self) -> None:
        usual = [one for one in self._steps(Buys, Moment.OPENING) if one[1].mail is not Mail.LATE]
        for role, step in usual:
            self._buy(role, step)
        self._settle()
        self._repeat_news()
        self._send_late_news()
        self._settle()
        self.played.given_early = self._count_given()

    def _repeat_news(self) -> None:
        for purchase in self.played.purchases:
            if any(isinstance(step, Buys) and step.mail is Mail.REPEATED for step in purchase.role.steps):
                cast_to(Shop, purchase.place).repeat_mail(purchase.order, TIMES_REPEATED)

    def _send_late_news(self) -> None:
        for shop in self.played.shops if self._late else ():
            shop.hold_mail()
        for role, step in self._late:
            self._buy(role, step)

    def _meanwhile(self) -> None:
        """Half of the hold is over, where anything happens then."""
        if self._late or self._steps(Buys, Moment.MEANWHILE) or self._steps(SendsBack, Moment.MEANWHILE):
            self._turn(self.played.terms.hold / 2 or A_WHILE)
            for shop in self.played.shops:
                shop.release_mail()
            self._settle()
            self._buy_and_send_back(Moment.MEANWHILE)
        self.played.given_early = self._count_given() if self.played.terms.hold else 0

    def _payout(self) -> None:
        loses = any(isinstance(step, AnswerGetsLost) for role in self.played.roles for step in role.steps)
        kind = next(iter(self.played.terms.rewards.values())).kind
        for shop in self.played.shops if loses else ():
            shop.lose_an_answer(kind)
        self._turn(self.played.terms.hold + BEFORE)
        self._settle()
        for _ in range(LOOKS if loses else 0):
            self._turn(QUIET)
            self._settle()

    def _afterwards(self) -> None:
        if self._steps(SendsBack, Moment.AFTERWARDS):
            self._buy_and_send_back(Moment.AFTERWARDS)
            self._turn(A_WHILE)
            self._settle()

    @property
    def _late(self) -> Sequence[tuple[Role, Any]]:
        return [one for one in self._steps(Buys, Moment.OPENING) if one[1].mail is Mail.LATE]

    def _buy_and_send_back(self, moment: Moment) -> None:
        for role, step in self._steps(Buys, moment):
            self._buy(role, step)
        for role, back in self._steps(SendsBack, moment):
            for purchase in self.played.purchases:
                if (purchase.role, purchase.who) == (role, back.who):
                    _send_back(purchase, back.pieces)
        self._settle()

    def _steps(self, kind: type[Any], moment: Moment) -> Sequence[tuple[Role, Any]]:
        return [
            (role, step)
            for role in self.played.roles
            for step in role.steps
            if isinstance(step, kind) and step.moment is moment
        ]

    def _buy(self, role: Role, step: Buys) -> None:
        spot = self.played.spots[step.kind] if step.kind else self.played.spot
        assert spot is not None  # no role is played without what it needs
        made = (step.is_left_out and spot.misfit) or spot.fitting
        base = self._too_little() if step.is_too_small else made.base
        order = spot.place.buy(
            self.played.accounts[role.key, step.who, spot.place.label],
            base.text(),
            kind=spot.kind.value,
            code=self.played.codes.get((role.key, step.code_of), ""),
            paid=step.is_paid,
            facts=made.facts,
        )
        self.played.purchases.append(Purchase(role, step.who, spot.place, spot.kind, order, base))

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
        purchase.place.cancel(purchase.order, purchase.kind.value)


def _since(now: datetime, terms: Terms) -> datetime:
    since = now - BEFORE
    return max(since, terms.starts_at) if terms.starts_at else since
