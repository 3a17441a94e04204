"""Set off: what a person still owes from an earlier claw-back is taken out of their next reward before it is paid."""

from sqlalchemy import select

from core.models import Balance, LedgerEntry, Person, Reward
from core.rules.states import change
from core.services.book import Book
from core.services.ledger import DUE, NETTED, PROGRAMME, Line, receivable


def set_off(book: Book, reward: Reward) -> bool:
    """True when something of the reward is left to pay; the part that was set off is booked against the old debt."""
    for account in _debts(book, reward.person_id):
        owed = book.ledger.balance(account, reward.currency)
        part = min(owed, reward.owed.minor)
        if part > 0:
            _book(book, reward, account, part)
    if reward.owed:
        return True
    reward.state = change("reward", "due", "netted")
    reward.reason = "set off in full against an earlier reward that was taken back"
    return False


def _debts(book: Book, person_id: str) -> list[str]:
    """The accounts of this person and of everybody who was merged into them."""
    merged = book.session.scalars(select(Person.id).where(Person.merged_into_id == person_id))
    accounts = [receivable(one) for one in (person_id, *merged)]
    query = select(Balance.account).where(Balance.account.in_(accounts), Balance.amount_minor > 0)
    return sorted(book.session.scalars(query))


def _book(book: Book, reward: Reward, account: str, part: int) -> None:
    reward.netted_minor += part
    left = part
    lines = [Line(DUE, -part, reward.id), Line(NETTED, part, reward.id)]
    for old_id, debt in _debtors(book, account, reward.currency):
        settled = min(debt, left)
        left -= settled
        lines += [Line(account, -settled, old_id), Line(PROGRAMME, settled, old_id)]
    book.ledger.post("set_off", reward, [line for line in lines if line.amount_minor])


def _debtors(book: Book, account: str, currency: str) -> list[tuple[str, int]]:
    """The rewards whose claw-back makes up the debt, oldest first."""
    book.session.flush()
    query = select(LedgerEntry.reward_id, LedgerEntry.amount_minor).where(
        LedgerEntry.merchant_id == book.merchant.id, LedgerEntry.account == account, LedgerEntry.currency == currency
    )
    debts: dict[str, int] = {}
    for reward_id, minor in book.session.execute(query.order_by(LedgerEntry.id)):
        debts[reward_id] = debts.get(reward_id, 0) + minor
    return [(reward_id, minor) for reward_id, minor in debts.items() if minor > 0]
