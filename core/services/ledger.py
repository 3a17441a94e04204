"""The ledger's verb: post one zero-sum transaction, chained to the one before it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session

from core.models import Balance, LedgerEntry, LedgerTransaction, Merchant, Reward, new_id
from core.rules.chain import content_hash

PROGRAMME, HELD, DUE, PUSHED, NETTED = "programme", "held", "due", "pushed", "netted"
CLAIM_BACK = "claim_back"


def receivable(person_id: str) -> str:
    """The account of what a person was given and has to give back."""
    return f"receivable:{person_id}"


@dataclass(frozen=True, slots=True)
class Line:
    """So many minor units more (or fewer) on an account, for one reward."""

    account: str
    amount_minor: int
    reward_id: str


class Ledger:
    """One merchant's ledger inside one transaction; the merchant's row is locked, so the chain is never forked.

    What is posted only ever grows, so it needs no tracking: rows gather here and go out together with the next flush.
    """

    def __init__(self, session: Session, merchant: Merchant, now: datetime) -> None:
        self._session = session
        self._merchant = merchant
        self._now = now
        self._balances: dict[tuple[str, str], Balance] = {}
        self._transactions: list[dict[str, Any]] = []
        self._entries: list[dict[str, Any]] = []
        event.listen(session, "before_flush", self._write)

    def post(self, what: str, reward: Reward, lines: Iterable[Line]) -> None:
        """The transaction stands in the ledger under the key of this reward's next revision."""
        lines = [line for line in lines if line.amount_minor]
        if sum(line.amount_minor for line in lines):
            raise ValueError(f"{what} does not sum to zero: {lines}")
        if not lines:
            return
        reward.revision += 1
        number = self._merchant.ledger_length + 1
        key = f"{what}:{reward.id}:{reward.revision}"
        previous = self._merchant.ledger_hash
        told = [(line.account, line.amount_minor, line.reward_id) for line in lines]
        chained = content_hash(previous, number, key, reward.currency, told)
        transaction_id = new_id()
        self._transactions.append(
            {
                "id": transaction_id,
                "merchant_id": self._merchant.id,
                "number": number,
                "key": key,
                "what": what,
                "reward_id": reward.id,
                "posted_at": self._now,
                "previous_hash": previous,
                "hash": chained,
            }
        )
        for line in lines:
            self._enter(transaction_id, reward.currency, line)
        # A change of the merchant's row is also what makes sure that there is a next flush.
        self._merchant.ledger_length, self._merchant.ledger_hash = number, chained

    def move(self, what: str, reward: Reward, source: str, target: str, amount_minor: int) -> None:
        """`amount_minor` moves from one account to another."""
        self.post(what, reward, [Line(source, -amount_minor, reward.id), Line(target, amount_minor, reward.id)])

    def balance(self, account: str, currency: str) -> int:
        """What the account holds now, minor units."""
        return self._balance(account, currency).amount_minor

    def load(self, accounts: Iterable[str]) -> None:
        """These accounts' balances are at hand without asking for each."""
        query = select(Balance).where(Balance.merchant_id == self._merchant.id, Balance.account.in_(list(accounts)))
        for balance in self._session.scalars(query):
            self._balances[balance.account, balance.currency] = balance

    def _enter(self, transaction_id: str, currency: str, line: Line) -> None:
        self._entries.append(
            {
                "id": new_id(),
                "merchant_id": self._merchant.id,
                "transaction_id": transaction_id,
                "reward_id": line.reward_id,
                "account": line.account,
                "currency": currency,
                "amount_minor": line.amount_minor,
            }
        )
        self._balance(line.account, currency).amount_minor += line.amount_minor

    def _write(self, *_: object) -> None:
        for model, rows in ((LedgerTransaction, self._transactions), (LedgerEntry, self._entries)):
            if rows:
                self._session.connection().execute(insert(model), rows)
                rows.clear()

    def _balance(self, account: str, currency: str) -> Balance:
        known = self._balances.get((account, currency))
        if known is None:
            known = self._stored_balance(account, currency)
            self._balances[account, currency] = known
        return known

    def _stored_balance(self, account: str, currency: str) -> Balance:
        query = select(Balance).filter_by(merchant_id=self._merchant.id, account=account, currency=currency)
        found = self._session.scalars(query).one_or_none()
        if found is None:
            found = Balance(
                id=new_id(), merchant_id=self._merchant.id, account=account, currency=currency, amount_minor=0
            )
            self._session.add(found)
        return found
