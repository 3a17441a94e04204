"""Neighbourhood: the case that fraud rules judge, gathered around one conversion in few, bounded statements."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Select, select

from core.contract.events import SHARED_KINDS, EvidenceKind, IdentityClaim, IdentityKind
from core.contract.signals import SignalKind
from core.models import Conversion, Identity, Referral, StoredOrder, StoredSignal
from core.rules.fraud.facts import Bought, Case, Sign, Somebody
from core.rules.fraud.signs import NAME, spelt
from core.rules.fraud.strictness import Strictness
from core.rules.identities import canonical
from core.services.book import Book
from core.services.consent import operators_among
from core.services.people import EVERYWHERE, identity_context, name_context
from core.services.signs import digest_by
from core.services.trusting import is_trusted

LINKS = (EvidenceKind.SIGNED_ATTRIBUTE, EvidenceKind.LANDING_REF, EvidenceKind.LAST_VISIT, EvidenceKind.FIRST_VISIT)
# What makes people one group, and is followed from one to the next.
STRONG = (SignalKind.PAYMENT, SignalKind.BROWSER)
SHARED = tuple(str(kind) for kind in SHARED_KINDS)
# However much there is, a case looks at so much of it.
MOST_ORDERS, MOST_OF_A_KIND, STEPS = 2_000, 500, 3
LONGEST = timedelta(days=365)
Brought = tuple[Referral, Conversion]


@dataclass
class Neighbourhood:
    """Gathers the case around one conversion; `strictness` says how far back networks and codes are looked at."""

    book: Book
    strictness: Strictness
    conversion: Conversion
    order_ids: set[str] = field(default_factory=set)

    @cached_property
    def order(self) -> StoredOrder:
        """The recommended order."""
        return self.book.session.get_one(StoredOrder, self.conversion.order_id)

    @cached_property
    def referral(self) -> Referral:
        """Who brought whom."""
        return self.book.session.get_one(Referral, self.conversion.referral_id)

    def case(self) -> Case:
        """Everything the rules look at."""
        self.book.session.flush()
        advocate, friend = (self.book.living(one) for one in (self.referral.advocate_id, self.referral.friend_id))
        self._gather({advocate, friend}, advocate)
        orders = self._bought()
        own = next(one for one in orders if one.order_id == self.order.id)
        key = digest_by(self.book.hub, self.book.merchant.id)
        return Case(own, self._somebody(advocate), self._somebody(friend), tuple(orders), key)

    def _gather(self, sides: set[str], advocate: str) -> None:
        self.order_ids = {self.order.id}
        self._add(self._orders_of(sides))
        self._add(self._brought_by({advocate}))
        self._add(self._with_the_code())
        self._add(self._above(advocate))
        self._add(self._at_the_network())
        self._add(self._under_the_address())
        self._add(self._linked())

    def _add(self, found: Iterable[str]) -> None:
        self.order_ids |= set(list(found)[: MOST_ORDERS - len(self.order_ids)])

    def _ids(self, query: Select[Any], most: int = MOST_OF_A_KIND) -> list[str]:
        """Newest first, so many at most."""
        return list(self.book.session.scalars(query.limit(most)))

    def _orders_of(self, people: Collection[str]) -> list[str]:
        query = select(StoredOrder.id).where(StoredOrder.friend_id.in_(people), StoredOrder.placed_at >= self._since())
        return self._ids(query.order_by(StoredOrder.placed_at.desc()))

    def _brought_by(self, advocates: Collection[str]) -> list[str]:
        return self._ids(self._referred().where(Referral.advocate_id.in_(advocates)))

    def _with_the_code(self) -> list[str]:
        since = self.order.placed_at - timedelta(hours=self._threshold("leaked_code", "hours"))
        same = Referral.code_id == self.referral.code_id, StoredOrder.placed_at > since
        return self._ids(self._referred().where(*same, StoredOrder.placed_at <= self.order.placed_at), MOST_ORDERS)

    def _above(self, advocate: str) -> list[str]:
        """The orders by which the advocate was brought, and whoever brought them: few each, so they are followed up."""
        found: list[str] = []
        people = {advocate}
        for _ in range(self._threshold("ring", "length") - 1):
            found += self._ids(self._referred().where(Referral.friend_id.in_(people)))
            rows = self.book.session.scalars(select(Referral.advocate_id).where(Referral.friend_id.in_(people)))
            people = {self.book.living(one) for one in rows} - {advocate}
        return found

    def _at_the_network(self) -> list[str]:
        since = self.order.placed_at - timedelta(days=self._threshold("busy_network", "days"))
        here = StoredSignal.digest.in_(self._digests([self.order.id], [SignalKind.IP])), StoredSignal.seen_at > since
        return self._ids(select(StoredSignal.order_id).where(*here).order_by(StoredSignal.seen_at.desc()))

    def _under_the_address(self) -> list[str]:
        """Orders of other people under the friend's addresses and numbers."""
        known = select(Identity.lookup).where(Identity.person_id == self.order.friend_id, Identity.kind.in_(SHARED))
        digests = self._digests([self.order.id], SHARED) | set(self.book.session.scalars(known))
        signs = select(StoredSignal.order_id).where(StoredSignal.digest.in_(digests))
        everywhere = Identity.merchant_id == self.book.merchant.id, Identity.scope == EVERYWHERE
        owners = {row.person_id for row in self.book.rows(Identity.lookup, digests, *everywhere)}
        return self._ids(signs.order_by(StoredSignal.seen_at.desc())) + self._orders_of(owners)

    def _linked(self) -> set[str]:
        """Orders with the same card or browser, and those linked to these, a few steps on."""
        found, edge = set(self.order_ids), {self.order.id}
        for _ in range(STEPS):
            digests = self._digests(edge, STRONG)
            same = select(StoredSignal.order_id).where(
                StoredSignal.digest.in_(digests), StoredSignal.seen_at >= self._since()
            )
            near = set(self._ids(same.order_by(StoredSignal.seen_at.desc())))
            people = {row.friend_id for row in self.book.rows(StoredOrder.id, near) if row.friend_id}
            edge = (near | set(self._orders_of(people))) - found
            found |= edge
        return found

    def _digests(self, order_ids: Iterable[str], kinds: Collection[str]) -> set[str]:
        rows = self.book.rows(StoredSignal.order_id, order_ids, StoredSignal.kind.in_([str(kind) for kind in kinds]))
        return {row.digest for row in rows}

    def _referred(self) -> Select[Any]:
        """The orders that somebody brought, newest first."""
        query = select(StoredOrder.id).join(Conversion, Conversion.order_id == StoredOrder.id)
        query = query.join(Referral, Referral.id == Conversion.referral_id)
        stands = StoredOrder.placed_at >= self._since(), Conversion.state != "withdrawn"
        return query.where(*stands).order_by(StoredOrder.placed_at.desc())

    def _since(self) -> datetime:
        return self.order.placed_at - LONGEST

    def _threshold(self, rule: str, name: str) -> int:
        return next((one.settings[name] for one in self.strictness.rules if one.rule == rule), 1)

    def _bought(self) -> list[Bought]:
        orders = [row for row in self.book.rows(StoredOrder.id, self.order_ids) if row.friend_id]
        self.book.load_people(row.friend_id for row in orders)
        people = {row.id: self.book.living(row.friend_id) for row in orders}
        signs = self._signs([row.id for row in orders])
        known = self._known_signs(people.values())
        brought = self._referrals([row.id for row in orders])
        for row in orders:
            signs[row.id] |= known[people[row.id]]
        return [self._one(row, people[row.id], signs[row.id], brought.get(row.id)) for row in orders]

    def _one(self, row: StoredOrder, person: str, signs: set[Sign], brought: Brought | None) -> Bought:
        referral, conversion = brought or (None, None)
        is_reversed = conversion is not None and conversion.state == "reversed"
        return Bought(
            row.id,
            person,
            row.placed_at,
            frozenset(signs),
            advocate_id=self.book.living(referral.advocate_id) if referral else None,
            code_id=referral.code_id if referral else None,
            came_by_link=referral is not None and referral.evidence in LINKS,
            is_paid=row.is_paid,
            went_back=is_reversed or row.cancelled_at is not None,
        )

    def _signs(self, order_ids: Iterable[str]) -> dict[str, set[Sign]]:
        found: dict[str, set[Sign]] = defaultdict(set)
        for row in self.book.rows(StoredSignal.order_id, order_ids):
            found[row.order_id].add((row.kind, row.digest))
        return found

    def _known_signs(self, people: Iterable[str]) -> dict[str, set[Sign]]:
        """What names each person everywhere is a sign of all their orders."""
        found: dict[str, set[Sign]] = defaultdict(set)
        for row in self.book.rows(Identity.person_id, people, Identity.kind.in_(SHARED)):
            found[row.person_id].add((row.kind, row.lookup))
        return found

    def _referrals(self, order_ids: Iterable[str]) -> dict[str, Brought]:
        """Who brought each order; in this campaign, where several ran at once."""
        conversions = self.book.rows(Conversion.order_id, order_ids, Conversion.state != "withdrawn")
        referrals = {row.id: row for row in self.book.rows(Referral.id, [row.referral_id for row in conversions])}
        self.book.load_people(row.advocate_id for row in referrals.values())
        own_last = sorted(conversions, key=lambda row: (row.campaign_id == self.conversion.campaign_id, row.id))
        return {row.order_id: (referrals[row.referral_id], row) for row in own_last}

    def _somebody(self, person_id: str) -> Somebody:
        rows = self.book.rows(Identity.person_id, [person_id], Identity.kind.in_(SHARED))
        signs = {(row.kind, row.lookup) for row in rows} | self._name_of(person_id)
        return Somebody(
            person_id,
            tuple(sorted(mail for row in rows if (mail := self._mail(row)))),
            frozenset(signs),
            is_trusted=is_trusted(self.book.session, person_id),
            is_staff=bool(operators_among(self.book, [person_id])),
        )

    def _mail(self, row: Identity) -> str | None:
        if row.kind != IdentityKind.EMAIL or row.sealed is None:
            return None
        value = self.book.hub.vault.open(row.sealed, identity_context(row.id)).decode()
        return canonical(IdentityClaim(IdentityKind.EMAIL, value))

    def _name_of(self, person_id: str) -> set[Sign]:
        sealed = self.book.person(person_id).name
        if sealed is None:
            return set()
        name = self.book.hub.vault.open(sealed, name_context(person_id)).decode()
        vault, merchant_id = self.book.hub.vault, self.book.merchant.id
        return {(NAME, vault.lookup(f"{NAME}:{value}", merchant_id)) for value in spelt(NAME, name)}
