"""Allowances: the budget and everybody's caps, reserved in the same transaction as the reward."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.contract.money import Money
from core.models import Allowance, Conversion, Referral, Reward, StoredOrder, StoredTerms, new_id
from core.rules.counting import terms_at
from core.rules.limits import (
    BUDGET_REFUSED,
    UNBOUNDED,
    Asked,
    Claim,
    Counter,
    counters,
    pace_name,
    refusal,
    why_pause,
)
from core.rules.terms import Limits, Terms
from core.services.book import Book, terms_of
from core.services.pausing import pause_by_itself

# What belongs to a person in the names of counters.
OWNED = ("advocate", "friend", "milestone", "amount")


class Allowances:
    """The counters a batch touches. A row exists before its first reward; a write is conditional on its version."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self.friends: dict[str, str] = {}  # by conversion, while their referrals are not written yet

    def reserve(
        self, reward: Reward, terms: Terms, conversion: Conversion, minor: int, *, takes_place: bool = False
    ) -> str:
        """Room for `minor` more (and a place under the caps) is taken; if there is none, the words say why."""
        in_force = self._in_force(reward.campaign_id, terms)
        claim = self._claim(reward, conversion, terms, minor)
        asked = counters(claim, terms.limits, in_force, takes_place=takes_place)
        why = self._take(reward.campaign_id, asked, in_force)
        if takes_place:  # one that only grows was promised, whatever becomes of the rest
            reward.refused_by = [self._stored(reward.campaign_id, one) for one in asked] if why else []
        return why

    def reserve_budget(self, reward: Reward, terms: Terms, minor: int) -> str:
        """Room for `minor` more is taken for what an operator grants by hand; the words say why if there is none."""
        in_force = self._in_force(reward.campaign_id, terms)
        return self._take(reward.campaign_id, counters(self._by_hand(reward, minor), Limits(), in_force), in_force)

    def release(self, reward: Reward, minor: int, *, frees_place: bool = False) -> None:
        """`minor` units of room (and the reward's place under the caps) are free again."""
        for counter in self._taken(reward, minor, frees_place=frees_place):
            row = self._find(reward.campaign_id, counter.name)
            if row:
                row.used -= min(counter.takes, row.used)

    def has_given(self, campaign_id: str, person_id: str, milestone: int) -> bool:
        """True when that person's milestone is taken already."""
        row = self._find(campaign_id, f"milestone:{person_id}:{milestone}")
        return row is not None and row.used > 0

    def join_places(self, gone: str, kept: str) -> None:
        """Two people are one from now on, and so are the places under the caps that they took."""
        for row in self._owned_by(gone):
            name = row.name.replace(gone, kept, 1)
            joined = self._find(row.campaign_id, name) or self._new(row.campaign_id, name, row.ceiling)
            joined.used += row.used
            row.used = 0

    def _owned_by(self, person_id: str) -> Iterable[Allowance]:
        for what in OWNED:
            query = select(Allowance).where(Allowance.name.startswith(f"{what}:{person_id}:"))
            yield from self._book.session.scalars(query).all()

    def _take(self, campaign_id: str, asked: list[Counter], in_force: Limits) -> str:
        rows = {counter.name: self._row(campaign_id, counter) for counter in asked}
        why = refusal(asked, lambda name: rows[name].used)
        for counter in asked if not why else ():
            rows[counter.name].used += counter.takes
        self._watch(campaign_id, asked[0], in_force, why)
        return why

    def _watch(self, campaign_id: str, budget: Counter, in_force: Limits, refused: str) -> None:
        """The campaign stops by itself where its terms say so: its budget is used up, or burns too fast."""
        currency, promised = budget.name.partition(":")[2], 0
        if in_force.pause_when_burning is not None and not refused:
            name = pace_name(currency, self._book.now)
            pace = self._find(campaign_id, name) or self._new(campaign_id, name, UNBOUNDED)
            pace.used += budget.takes
            promised = pace.used
        because = why_pause(in_force, currency, promised, is_refused=refused.startswith(BUDGET_REFUSED))
        if because:
            pause_by_itself(self._book, campaign_id, because)

    def _stored(self, campaign_id: str, one: Counter) -> dict[str, Any]:
        """How a counter stands that was asked, for whoever asks later what would have been enough."""
        return Asked(one.name, one.takes, one.ceiling, self._row(campaign_id, one).used).stored()

    def _taken(self, reward: Reward, minor: int, *, frees_place: bool) -> list[Counter]:
        """What a reward takes room in, by the terms under which its order counts."""
        if reward.conversion_id is None:
            return counters(self._by_hand(reward, minor), Limits(), Limits())
        conversion = self._book.session.get_one(Conversion, reward.conversion_id)
        terms = terms_of(self._book.session.get_one(StoredTerms, conversion.terms_id))
        claim = self._claim(reward, conversion, terms, minor)
        return counters(claim, terms.limits, terms.limits, takes_place=frees_place)

    def _by_hand(self, reward: Reward, minor: int) -> Claim:
        """What an operator grants rests on no order, and takes room in the budget alone."""
        return Claim(reward.side, reward.person_id, "", Money(minor, reward.currency), self._book.now)

    def _claim(self, reward: Reward, conversion: Conversion, terms: Terms, minor: int) -> Claim:
        """Whose friend and when is asked only where a cap asks for it."""
        limits, amount = terms.limits, Money(minor, reward.currency)
        friend = self._friend_of(conversion) if limits.rewards_per_friend is not None else ""
        has_periods = limits.rewards_per_advocate is not None or limits.amount_per_advocate
        placed_at = self._placed_at(conversion) if has_periods else self._book.now
        return Claim(reward.side, reward.person_id, friend, amount, placed_at, reward.milestone)

    def _placed_at(self, conversion: Conversion) -> datetime:
        return self._book.session.get_one(StoredOrder, conversion.order_id).placed_at

    def _friend_of(self, conversion: Conversion) -> str:
        known = self.friends.get(conversion.id)
        if known is None:
            known = self._book.session.get_one(Referral, conversion.referral_id).friend_id
        return self._book.living(known)

    def _in_force(self, campaign_id: str, terms: Terms) -> Limits:
        """Those of the terms in force now: a version published for later changes the budget only when it holds."""
        versions = next((one.versions for one in self._book.campaigns if one.row.id == campaign_id), ())
        found = terms_at(versions, self._book.now)
        return found.terms.limits if found else terms.limits

    def _row(self, campaign_id: str, counter: Counter) -> Allowance:
        row = self._find(campaign_id, counter.name) or self._new(campaign_id, counter.name, counter.ceiling)
        if row.ceiling != counter.ceiling:
            row.ceiling = counter.ceiling
        return row

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
