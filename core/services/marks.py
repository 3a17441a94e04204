"""Marks: the keyed hashes by which an erased identity is known again, and names nobody."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from core.contract.events import SHARED_KINDS, IdentityClaim
from core.gateway.keeping import LATE
from core.gateway.vault import Vault
from core.models import ErasedMark, Identity, new_id
from core.rules.identities import canonical
from core.services.book import Book


def mark_of(vault: Vault, merchant_id: str, connection_id: str, claim: IdentityClaim) -> str | None:
    """The hash of what a source claims; None for what can name nobody."""
    value = canonical(claim)
    if value is None:
        return None
    if claim.kind in SHARED_KINDS:
        return vault.lookup(f"{claim.kind}:{value}", merchant_id)
    return vault.lookup(f"{connection_id}:{claim.kind}:{value}")


def mark_of_account(vault: Vault, row: Identity) -> str:
    """The hash of an account that the tables know."""
    return vault.lookup(f"{row.scope}:{row.kind}:{row.lookup}")


def mark_of_person(vault: Vault, person_id: str) -> str:
    """The hash of a person's own id, by which a restored backup knows them."""
    return vault.lookup(f"person:{person_id}")


class Marks:
    """The marks that a batch touches. While nobody was ever erased this costs one short question."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._rows: dict[str, ErasedMark] = {}
        self._is_any: bool | None = None

    def load(self, claims: Iterable[tuple[str, IdentityClaim]]) -> None:
        """The marks of these (connection id, claim) pairs are at hand."""
        if not self._has_any():
            return
        wanted = {mark for connection_id, claim in claims if (mark := self._mark(connection_id, claim))}
        self._rows |= {row.mark: row for row in self._book.rows(ErasedMark.mark, wanted - self._rows.keys())}

    def forbid(self, connection_id: str, claim: IdentityClaim, at: datetime | None) -> bool:
        """True when news of `at` that names this identity is news of somebody erased; an account's always is."""
        row = self._found(connection_id, claim)
        if row is None:
            return False
        return not row.is_address or (at is not None and at <= row.erased_at)

    def remember(self, connection_id: str, claim: IdentityClaim) -> bool:
        """True when who begins anew under this identity was a customer before, and the merchant wants to know."""
        row = self._found(connection_id, claim)
        return row is not None and row.is_remembered and (row.until_at is None or row.until_at > self._book.now)

    def add(self, marks: Iterable[str], *, is_address: bool, erased_at: datetime) -> None:
        """From now on these name nobody (an address only until then)."""
        remembered = self._book.hub.keeping.erased_people if is_address else None
        until = self._book.now + max(LATE, remembered) if remembered is not None else None
        wanted = set(marks)
        known = {row.mark: row for row in self._book.rows(ErasedMark.mark, wanted)} | self._rows
        for mark in sorted(wanted):
            row = known.get(mark) or self._new(mark, is_address, erased_at)
            row.erased_at, row.until_at, row.is_remembered = max(row.erased_at, erased_at), until, bool(remembered)
            self._rows[mark] = row
        self._is_any = True

    def _new(self, mark: str, is_address: bool, erased_at: datetime) -> ErasedMark:
        merchant = self._book.merchant.id
        row = ErasedMark(id=new_id(), merchant_id=merchant, mark=mark, is_address=is_address, erased_at=erased_at)
        self._book.session.add(row)
        return row

    def _found(self, connection_id: str, claim: IdentityClaim) -> ErasedMark | None:
        if not self._rows:
            return None
        return self._rows.get(self._mark(connection_id, claim) or "")

    def _mark(self, connection_id: str, claim: IdentityClaim) -> str | None:
        return mark_of(self._book.hub.vault, self._book.merchant.id, connection_id, claim)

    def _has_any(self) -> bool:
        if self._is_any is None:
            query = select(ErasedMark.id).where(ErasedMark.merchant_id == self._book.merchant.id).limit(1)
            self._is_any = self._book.session.scalar(query) is not None
        return self._is_any
