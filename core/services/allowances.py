"""Allowances: the budget and each advocate's cap, reserved in the same transaction as the reward."""

from datetime import UTC, datetime

from sqlalchemy import select

from core.models import Allowance, Conversion, Reward, StoredOrder, StoredTerms, new_id
from core.rules.counting import terms_at
from core.rules.terms import Terms
from core.services.book import Book, terms_of

BUDGET = "budget"
# A campaign without a budget still counts what it promised.
UNBOUNDED = 2**62
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ceiling_of(terms: Terms) -> int:
    """The most that the terms let the campaign promise, minor units."""
    return terms.budget.minor if terms.budget else UNBOUNDED


class Allowances:
    """The counters a batch touches. A row exists before its first reward; a write is conditional on its version."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def reserve(
        self, reward: Reward, terms: Terms, conversion: Conversion, minor: int, *, takes_place: bool = False
    ) -> str:
        """Room for `minor` more (and a place under the cap) is taken; if there is none, the words say why."""
        budget = self._budget(reward.campaign_id, terms)
        if budget.used + minor > budget.ceiling:
            return "budget_exhausted: the campaign's budget has no room for this reward"
        cap = self._cap(reward, terms, conversion) if reward.side == "advocate" and takes_place else None
        if cap and cap.used + 1 > cap.ceiling:
            return f"cap_reached: the advocate has {cap.ceiling} rewards in these {terms.per_days} days already"
        budget.used += minor
        if cap:
            cap.used += 1
        return ""

    def reserve_budget(self, reward: Reward, terms: Terms, minor: int) -> str:
        """Room for `minor` more is taken for what an operator grants by hand; the words say why if there is none."""
        budget = self._budget(reward.campaign_id, terms)
        if budget.used + minor > budget.ceiling:
            return "budget_exhausted: the campaign's budget has no room for this reward"
        budget.used += minor
        return ""

    def release(self, reward: Reward, minor: int, *, frees_place: bool = False) -> None:
        """`minor` units of room (and the reward's place under the cap) are free again."""
        budget = self._find(reward.campaign_id, BUDGET)
        if budget:
            budget.used -= min(minor, budget.used)
        cap = self._place(reward) if frees_place and reward.side == "advocate" else None
        if cap:
            cap.used -= min(1, cap.used)

    def join_places(self, gone: str, kept: str) -> None:
        """Two advocates are one from now on, and so are the places under the cap that they took."""
        query = select(Allowance).where(Allowance.name.startswith(f"advocate:{gone}:"))
        for row in self._book.session.scalars(query):
            name = row.name.replace(gone, kept, 1)
            joined = self._find(row.campaign_id, name) or self._new(row.campaign_id, name, row.ceiling)
            joined.used += row.used
            row.used = 0

    def _place(self, reward: Reward) -> Allowance | None:
        conversion = self._book.session.get_one(Conversion, reward.conversion_id)
        terms = self._book.session.get_one(StoredTerms, conversion.terms_id)
        return self._cap(reward, terms_of(terms), conversion)

    def _budget(self, campaign_id: str, terms: Terms) -> Allowance:
        ceiling = self._ceiling(campaign_id, terms)
        budget = self._find(campaign_id, BUDGET) or self._new(campaign_id, BUDGET, ceiling)
        if budget.ceiling != ceiling:
            budget.ceiling = ceiling
        return budget

    def _ceiling(self, campaign_id: str, terms: Terms) -> int:
        """The budget of the terms in force now: a version published for later changes it only when it holds."""
        versions = next((one.versions for one in self._book.campaigns if one.row.id == campaign_id), ())
        in_force = terms_at(versions, self._book.now)
        return ceiling_of(in_force.terms if in_force else terms)

    def _cap(self, reward: Reward, terms: Terms, conversion: Conversion) -> Allowance | None:
        if terms.rewards_per_advocate is None:
            return None
        placed_at = self._book.session.get_one(StoredOrder, conversion.order_id).placed_at
        period = (placed_at - EPOCH).days // terms.per_days
        name = f"advocate:{reward.person_id}:{terms.per_days}:{period}"
        return self._find(reward.campaign_id, name) or self._new(reward.campaign_id, name, terms.rewards_per_advocate)

    def _find(self, campaign_id: str, name: str) -> Allowance | None:
        key = (campaign_id, name)
        known = self._book.allowances.get(key)
        if known is None:
            query = select(Allowance).filter_by(campaign_id=campaign_id, name=name)
            known = self._book.session.scalars(query).one_or_none()
            if known is not None:
                self._book.allowances[key] = known
        return known

    def _new(self, campaign_id: str, name: str, ceiling: int) -> Allowance:
        row = Allowance(id=new_id(), campaign_id=campaign_id, name=name, ceiling=ceiling, used=0)
        row.merchant_id = self._book.merchant.id
        self._book.session.add(row)
        self._book.allowances[campaign_id, name] = row
        return row
