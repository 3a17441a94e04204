"""Consent: what one person may not decide alone is not done before a second one said yes."""

from collections.abc import Iterable

from sqlalchemy import select

from core.contract.events import IdentityClaim, IdentityKind
from core.contract.money import Money
from core.gateway.hub import Hub
from core.models import Identity, Membership, Operator
from core.rules.identities import canonical
from core.services.book import Book


class SecondPersonNeeded(RuntimeError):
    """Nothing was done: this is more than one person may decide alone.

    `amount` is what it would move; `not_by` are the operators it would be for, who cannot be the second person.
    """

    def __init__(self, words: str, amount: Money, not_by: Iterable[str] = ()) -> None:
        super().__init__(words)
        self.amount = amount
        self.not_by = tuple(sorted(not_by))


def require_consent(hub: Hub, amount: Money, second: str) -> None:
    """Nothing happens where one person is enough, or `second` names the other one. Raises `SecondPersonNeeded`."""
    if needs_consent(hub, amount) and not second:
        raise SecondPersonNeeded(f"{amount} is more than one person may decide alone", amount)


def require_no_own_interest(book: Book, person_ids: Iterable[str], amount: Money, second: str) -> None:
    """Nobody who works here is given anything by one person alone, however little. Raises `SecondPersonNeeded`."""
    theirs = operators_among(book, person_ids)
    if theirs and not second:
        raise SecondPersonNeeded("it is for somebody who works here, so a second person decides", amount, theirs)


def needs_consent(hub: Hub, amount: Money) -> bool:
    """True above the limit of that currency; with limits set, a currency without one is never for one person alone."""
    limits = hub.second_person_above
    if not limits or not amount:
        return False
    return amount.currency not in limits or amount.minor > limits[amount.currency].minor


def operators_among(book: Book, person_ids: Iterable[str]) -> set[str]:
    """The operators of this merchant whose own address one of these people has."""
    is_member = Membership.operator_id == Operator.id
    query = select(Operator.id, Operator.email).join(Membership, is_member).where(Operator.is_active)
    of_merchant = query.where(Membership.merchant_id == book.merchant.id)
    addresses = {_lookup(book, email, operator): operator for operator, email in book.session.execute(of_merchant)}
    found = book.rows(Identity.person_id, person_ids, Identity.kind == IdentityKind.EMAIL)
    return {addresses[row.lookup] for row in found if row.lookup in addresses}


def _lookup(book: Book, email: bytes, operator_id: str) -> str:
    """The address as people's addresses are looked up."""
    vault = book.hub.vault
    claim = IdentityClaim(IdentityKind.EMAIL, vault.open(email, f"operators.email:{operator_id}").decode())
    return vault.lookup(f"{claim.kind}:{canonical(claim)}", book.merchant.id)
