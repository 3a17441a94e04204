"""People: finds or makes the person behind the identities a source claims, and makes one of two."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from core.contract.events import SHARED_KINDS, Contact, IdentityClaim, IdentityKind
from core.models import Code, Conversion, Identity, Person, Referral, Reward, StoredOrder, SyncedRecord, new_id
from core.rules.identities import canonical
from core.services.allowances import Allowances
from core.services.audit import HUB, OPERATOR, note
from core.services.book import Book
from core.services.collisions import Collisions
from core.services.marks import Marks
from core.services.showing import join_consents
from core.services.tell import tell_merge
from core.services.trusting import join_trust

EVERYWHERE = "*"
# A form that is filled in twice makes two leads: unlike two accounts, that makes nobody two people.
LOOSE_KINDS = frozenset({IdentityKind.LEAD})
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """A claim in the form in which it is looked up."""

    key: Key
    claim: IdentityClaim

    @property
    def is_account(self) -> bool:
        """True for the source's own id of a person, which outweighs an address."""
        return self.key[0] != EVERYWHERE


class People:
    """Everybody a batch speaks of, loaded in one statement. `asks` is False when an operator says who is who."""

    def __init__(self, book: Book, *, asks: bool = True) -> None:
        self._book = book
        self._asks = asks
        self._identities: dict[Key, Identity] = {}
        self._spelt: dict[tuple[str, IdentityClaim], Known | None] = {}
        self.collisions = Collisions(book)
        self.marks = Marks(book)
        self.touched: set[str] = set()

    def load(self, claims: Iterable[tuple[str, IdentityClaim]]) -> None:
        """The identities among these (connection id, claim) pairs are at hand."""
        told = list(claims)
        self.marks.load(told)
        lookups = [known.key[2] for connection_id, claim in told if (known := self._known(connection_id, claim))]
        rows = self._book.rows(Identity.lookup, lookups, Identity.merchant_id == self._book.merchant.id)
        self._identities |= {(row.scope, row.kind, row.lookup): row for row in rows}
        self._book.load_people(row.person_id for row in rows)

    def person_of(
        self, connection_id: str, contact: Contact, *, make: bool = True, at: datetime | None = None
    ) -> str | None:
        """The person's id, made if nobody is known (and `make`); None for an anonymous or a forgotten contact.

        `at` is when that happened of which the contact is told: what is older than an erasure is the erased one's.

        An account's own id is decisive. An address joins it to a person only if that person has no other
        account in this connection: shared mailboxes are common, and two accounts are two people.
        """
        known = self._naming(connection_id, contact)
        if self._is_blocked(connection_id, known, at):
            return None
        # An erased address is not learnt again from old news of an account that is somebody's still.
        known = [one for one in known if not self._forbids(connection_id, one, at)]
        owners = [(one, self._owner(one.key)) for one in known]
        person_id = next((owner for one, owner in owners if owner and one.is_account), None)
        for one, owner in owners:
            if owner and owner != person_id and not one.is_account:
                person_id = self._joined(connection_id, person_id, owner, known)
        if person_id is None:
            if not known or not make:
                return None
            person_id = self.new_person()
            self._book.person(person_id).is_returning = self._are_remembered(connection_id, known)
        for one in known:
            self._attach(one, person_id)
        return person_id

    def find(self, connection_id: str, claim: IdentityClaim) -> Identity | None:
        """The identity row of a claim, if there is one."""
        known = self._known(connection_id, claim)
        return self._identities.get(known.key) if known else None

    def identity_of(self, connection_id: str, contact: Contact) -> Identity | None:
        """The identity by which `person_of` finds the person: the account, or else the first address."""
        known = self._naming(connection_id, contact)
        return self._identities.get(known[0].key) if known else None

    def is_forgotten(self, connection_id: str, contact: Contact, at: datetime | None = None) -> bool:
        """True when the contact names somebody who was forgotten for privacy's sake (as `person_of` takes `at`)."""
        return self._is_blocked(connection_id, self._naming(connection_id, contact), at)

    def _is_blocked(self, connection_id: str, known: Sequence[Known], at: datetime | None) -> bool:
        rows = [self._identities[one.key] for one in known if one.key in self._identities]
        accounts = [one for one in known if one.is_account]
        if any(row.is_blocked for row in rows) or any(self._forbids(connection_id, one, at) for one in accounts):
            return True
        is_somebodys = any(row.scope != EVERYWHERE for row in rows)
        return not is_somebodys and any(self._forbids(connection_id, one, at) for one in known)

    def _forbids(self, connection_id: str, one: Known, at: datetime | None) -> bool:
        return self.marks.forbid(connection_id, one.claim, at)

    def _are_remembered(self, connection_id: str, known: Sequence[Known]) -> bool:
        return any(self.marks.remember(connection_id, one.claim) for one in known)

    def drop(self, identity: Identity) -> None:
        """The identity no longer names anybody: it is not found again."""
        self._identities = {key: row for key, row in self._identities.items() if row is not identity}

    def meet(self, one: str, other: str, why: str, connection_id: str | None = None, *, asks: bool = True) -> str:
        """News says that the two are one: so they are, unless a person has to decide or has decided otherwise.

        Returns the id to go on with.
        """
        if one == other or self.collisions.is_kept_apart(one, other):
            return one
        if asks and self._asks and len(self._advocates({one, other})) > 1:
            self.collisions.add(one, other, why, connection_id)
            return one
        return self.merge(one, other, why)

    def _advocates(self, person_ids: set[str]) -> set[str]:
        self._book.session.flush()
        return {row.advocate_id for row in self._book.rows(Code.advocate_id, person_ids)}

    def merge(self, one: str, other: str, why: str) -> str:
        """Two people are one from now on: the elder remains and everything of the younger is theirs."""
        if one == other:
            return one
        kept, gone = sorted((one, other))
        session = self._book.session
        self._keep_name(kept, gone)
        session.flush()
        join_trust(self._book, kept, gone)
        self._book.person(gone).merged_into_id = kept
        self._join_referrals(kept, gone)
        for column in (
            Person.merged_into_id,
            Identity.person_id,
            StoredOrder.friend_id,
            Code.advocate_id,
            Reward.person_id,
            SyncedRecord.person_id,
            Referral.advocate_id,
        ):
            session.execute(update(column.class_).where(column == gone).values({column.key: kept}))
        self._bring_once(kept, gone)
        join_consents(session, kept, gone)
        Allowances(self._book).join_places(gone, kept)
        tell_merge(self._book, kept, gone)
        actor = HUB if self._asks else OPERATOR
        note(session, self._book.merchant.id, "merge", kept, f"{gone} is {kept}: {why}", self._book.now, actor=actor)
        self.collisions.note_merge()
        self._book.soil({kept})
        self.touched |= {kept, gone}
        return kept

    def _bring_once(self, kept: str, gone: str) -> None:
        """Who brought the younger brought them both; who brought each of them in one campaign brought them once."""
        rows = self._book.rows(Referral.friend_id, [kept, gone])
        known = {(row.campaign_id, row.advocate_id): row for row in rows if row.friend_id == kept}
        for row in [row for row in rows if row.friend_id == gone]:
            other = known.get((row.campaign_id, row.advocate_id))
            if other is None:
                row.friend_id = kept
            else:
                self._join(row, other)
        self._book.session.flush()

    def _join_referrals(self, kept: str, gone: str) -> None:
        """Whom both advocates brought, the one that remains brought."""
        rows = self._book.rows(Referral.advocate_id, [kept, gone])
        known = {(row.campaign_id, row.friend_id): row for row in rows if row.advocate_id == kept}
        for row in rows:
            other = known.get((row.campaign_id, row.friend_id))
            if row.advocate_id == gone and other is not None:
                self._join(row, other)
        self._book.session.flush()

    def _join(self, referral: Referral, other: Referral) -> None:
        """What rested on the referral rests on the other one."""
        moved = update(Conversion).where(Conversion.referral_id == referral.id).values(referral_id=other.id)
        self._book.session.execute(moved)
        self._book.session.delete(referral)

    def give(self, identity: Identity, person_id: str) -> None:
        """The identity is this person's from now on, with the orders that came by it."""
        before = self._book.living(identity.person_id)
        if before == person_id:
            return
        session = self._book.session
        session.flush()
        identity.person_id = person_id
        session.execute(update(StoredOrder).where(StoredOrder.identity_id == identity.id).values(friend_id=person_id))
        shown = SyncedRecord.connection_id == identity.scope, SyncedRecord.source_id == identity.lookup
        session.execute(update(SyncedRecord).where(*shown).values(person_id=person_id))
        self._book.soil({before, person_id})
        self.touched |= {before, person_id}

    def _keep_name(self, kept: str, gone: str) -> None:
        elder, younger = self._book.person(kept), self._book.person(gone)
        if elder.name is None and younger.name is not None:
            vault = self._book.hub.vault
            elder.name = vault.seal(vault.open(younger.name, name_context(gone)), name_context(kept))

    def _naming(self, connection_id: str, contact: Contact) -> list[Known]:
        """The claims that name the person, accounts first; a phone, which families share, only if nothing else does."""
        known = [found for claim in contact.identities if (found := self._known(connection_id, claim))]
        better = [one for one in known if one.claim.kind is not IdentityKind.PHONE]
        return sorted(better or known, key=lambda one: not one.is_account)

    def _joined(self, connection_id: str, person_id: str | None, owner: str, known: Sequence[Known]) -> str | None:
        accounts = {one.key for one in known if one.key[0] == connection_id and one.claim.kind not in LOOSE_KINDS}
        has_account = bool(accounts) or (person_id and self._has_other_account(person_id, connection_id, set()))
        if has_account and self._has_other_account(owner, connection_id, accounts):
            return person_id
        if person_id is None:
            return owner
        return self.meet(person_id, owner, "one address on both", connection_id)

    def _has_other_account(self, person_id: str, connection_id: str, accounts: set[Key]) -> bool:
        self._book.session.flush()
        is_account = Identity.scope == connection_id, Identity.kind.not_in(LOOSE_KINDS)
        rows = self._book.rows(Identity.person_id, [person_id], *is_account, Identity.is_gone.is_(False))
        return any((row.scope, row.kind, row.lookup) not in accounts for row in rows)

    def _known(self, connection_id: str, claim: IdentityClaim) -> Known | None:
        asked = (connection_id, claim)
        if asked not in self._spelt:
            self._spelt[asked] = self._comparable(connection_id, claim)
        return self._spelt[asked]

    def _comparable(self, connection_id: str, claim: IdentityClaim) -> Known | None:
        value = canonical(claim)
        if value is None:
            return None
        if claim.kind in SHARED_KINDS:
            lookup = self._book.hub.vault.lookup(f"{claim.kind}:{value}", self._book.merchant.id)
            return Known((EVERYWHERE, claim.kind, lookup), claim)
        return Known((connection_id, claim.kind, value), claim)

    def _owner(self, key: Key) -> str | None:
        row = self._identities.get(key)
        return self._book.living(row.person_id) if row else None

    def new_person(self) -> str:
        """The id of somebody of whom nothing is known yet."""
        person = Person(id=new_id(), merchant_id=self._book.merchant.id, created_at=self._book.now)
        self._book.session.add(person)
        self._book.people[person.id] = person
        return person.id

    def _attach(self, one: Known, person_id: str) -> None:
        if one.key in self._identities:
            return
        scope, kind, lookup = one.key
        row = Identity(
            id=new_id(),
            merchant_id=self._book.merchant.id,
            scope=scope,
            kind=kind,
            lookup=lookup,
            person_id=person_id,
            is_gone=False,
            is_blocked=False,
            seen_at=self._book.now,
        )
        if kind in SHARED_KINDS:
            row.sealed = self._book.hub.vault.seal(one.claim.value.encode(), identity_context(row.id))
        self._book.session.add(row)
        self._identities[one.key] = row


def identity_context(identity_id: str) -> str:
    """What a sealed identity value is bound to."""
    return f"identities.sealed:{identity_id}"


def name_context(person_id: str) -> str:
    """What a person's sealed name is bound to."""
    return f"people.name:{person_id}"
