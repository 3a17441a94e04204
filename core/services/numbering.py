"""Numbering: which of an advocate's conversions one is, where the terms ask for that, and then what it earns.

A number is a function of what stands, never of when it was heard: an order that comes to light late moves those behind
it, and rewards that are not paid yet follow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.contract.money import Money
from core.models import Assessment, Conversion, Referral, StoredOrder
from core.queries.order_facts import order_facts
from core.queries.standing import REFUSED
from core.rules.conditions import Facts
from core.rules.counting import TermsInForce
from core.rules.facts import facts_of
from core.rules.order_rules import as_terms_see
from core.rules.purchases import OrderFacts
from core.rules.rewarding import Counted, are_numbered, asks_for_facts, milestone_reached
from core.rules.terms import Terms
from core.services.book import SLICE, Book, OpenCampaign
from core.services.reward import Rewarder
from core.services.tell import Teller


@dataclass(frozen=True, slots=True)
class Standing:
    """A conversion whose rewards are to be what its terms promise; `order` is as these terms see it."""

    conversion: Conversion
    terms: Terms
    referral: Referral
    order: OrderFacts
    is_ruled: bool = False

    @property
    def key(self) -> tuple[datetime, str, str, str]:
        """By when its order was placed."""
        return self.order.key

    @property
    def is_own(self) -> bool:
        """True where advocate and friend have become one person: nobody refers himself."""
        return self.referral.advocate_id == self.referral.friend_id


class Numbering:
    """Settles rewards: at once where numbers do not matter, and after all is decided where they do."""

    def __init__(self, book: Book, rewarder: Rewarder, teller: Teller, people: set[str]) -> None:
        self._book = book
        self._teller = teller
        self._rewarder = rewarder
        self._numbered = {one.row.id: one for one in book.campaigns if _asks_for_numbers(one.versions)}
        self._waiting: dict[str, Standing] = {}
        self._counts: dict[tuple[str, str], int] = {}
        # Among those decided about is whoever became one with another advocate, and is numbered anew.
        self._advocates = set(people) if self._numbered else set()
        self.changed: set[str] = set()

    def touch(self, conversion: Conversion) -> None:
        """Whose it was may have fewer from now on."""
        if conversion.campaign_id in self._numbered:
            referral = self._book.session.get(Referral, conversion.referral_id)
            self._advocates |= {self._book.living(referral.advocate_id)} if referral else set()

    def settle(self, standing: Standing) -> None:
        """Its rewards follow, now or in `finish`."""
        if standing.conversion.campaign_id in self._numbered:
            self._advocates.add(standing.referral.advocate_id)
            self._waiting[standing.conversion.id] = standing
        else:
            self._settle(standing)

    def finish(self) -> None:
        """Numbers are as the conversions stand, and every reward that a number decides is as that number says."""
        if not self._advocates:
            return
        self._book.session.flush()
        found = [one for campaign in self._numbered.values() for one in self._number(campaign)]
        for one in found:
            self._drop_milestone(one)
        for one in [one for one in found if not one.is_own]:
            self._settle(one)
            self.changed |= {one.referral.advocate_id, one.referral.friend_id}

    def _number(self, campaign: OpenCampaign) -> list[Standing]:
        """Those whose rewards are to be settled, by when their orders were placed."""
        standings = self._standings(campaign)
        refused = self._refused_among(standings)
        moved: list[Standing] = []
        for one in sorted(standings, key=lambda one: one.key):
            number = None
            if one.conversion.state == "qualified" and not one.is_own and one.conversion.id not in refused:
                number = self._count(campaign.row.id, one.referral.advocate_id)
            if number != one.conversion.number or one.conversion.id in self._waiting:
                one.conversion.number = number
                moved.append(one)
        others = [one for one in moved if one.conversion.id not in self._waiting]
        self._rewarder.add(one.conversion for one in others)
        for one in others:
            marks = {campaign.row.id: self._rewarder.marks(one.conversion)}
            self._teller.mark(one.conversion.order_id, one.referral.friend_id, marks)
        return [one for one in moved if one.conversion.state in ("qualified", "reversed")]

    def _refused_among(self, standings: Sequence[Standing]) -> set[str]:
        """Whatever was refused as fraud makes no number."""
        ids = [one.conversion.id for one in standings]
        rows = self._book.rows(Assessment.conversion_id, ids, Assessment.state.in_(REFUSED))
        return {row.conversion_id for row in rows}

    def _count(self, campaign_id: str, advocate_id: str) -> int:
        """One more of the advocate's stands; how many do by now."""
        key = (campaign_id, advocate_id)
        self._counts[key] = self._counts.get(key, 0) + 1
        return self._counts[key]

    def _drop_milestone(self, one: Standing) -> None:
        conversion, advocate_id = one.conversion, one.referral.advocate_id
        standing = self._counts.get((conversion.campaign_id, advocate_id), 0)
        reached = milestone_reached(one.terms, conversion.number)
        self._rewarder.drop_milestone(conversion, advocate_id, reached, standing)

    def _standings(self, campaign: OpenCampaign) -> list[Standing]:
        versions = {one.terms_id: one.terms for one in campaign.versions}
        query = (
            select(Conversion, Referral, StoredOrder)
            .join(Referral, Referral.id == Conversion.referral_id)
            .join(StoredOrder, StoredOrder.id == Conversion.order_id)
            .where(Conversion.campaign_id == campaign.row.id)
            .where((Conversion.state == "qualified") | Conversion.number.is_not(None))
        )
        found = dict(self._of(campaign))
        wanted = sorted(self._advocates)
        for start in range(0, len(wanted), SLICE):
            some = query.where(Referral.advocate_id.in_(wanted[start : start + SLICE]))
            for conversion, referral, order in self._book.session.execute(some):
                if conversion.id not in found:
                    terms = versions[conversion.terms_id]
                    seen = as_terms_see(order_facts(order, self._book.connections[order.connection_id]), terms)
                    found[conversion.id] = Standing(conversion, terms, referral, seen)
        return list(found.values())

    def _of(self, campaign: OpenCampaign) -> Sequence[tuple[str, Standing]]:
        return [item for item in self._waiting.items() if item[1].conversion.campaign_id == campaign.row.id]

    def _settle(self, one: Standing) -> None:
        conversion = one.conversion
        people = {"advocate": one.referral.advocate_id, "friend": one.referral.friend_id}
        facts = facts_of(one.order) if asks_for_facts(one.terms) else Facts()
        counted = Counted(Money(conversion.base_minor, conversion.currency), facts, conversion.number)
        self._rewarder.settle(conversion, one.terms, people, counted, is_ruled=one.is_ruled)


def _asks_for_numbers(versions: Sequence[TermsInForce]) -> bool:
    return any(are_numbered(one.terms) for one in versions)
