"""Set off: what a person still owes from an earlier claw-back is taken out of their next reward before it is paid."""

from sqlalchemy import func, select

from core.models import Balance, LedgerEntry, LedgerTransaction, Person, Push, Reward
from core.models.push import IN_FLIGHT_STATES
from core.rules.states import change
from core.services.book import Book
from core.services.ledger import DUE, NETTED, PROGRAMME, Line, receivable

SET_OFF, UNDONE = "set_off", "set_off_undone"


def set_off(book: Book, reward: Reward) -> bool:
    """True when something of the reward is left to pay; the part that was set off is booked against the old debt."""
    for account in _debts(book, reward.person_id):
        debtors = _debtors(book, account, reward.currency)
        part = min(sum(minor for _, minor in debtors), reward.owed.minor)
        if part > 0:
            _book(book, reward, account, debtors, part)
    if reward.owed:
        return True
    reward.state = change("reward", "due", "netted")
    reward.reason = "set off in full against an earlier reward that was taken back"
    return False


def debts_of(book: Book, reward: Reward) -> list[tuple[str, int]]:
    """Where what this reward left behind is still owed, and how much, minor units."""
    book.session.flush()
    total = func.sum(LedgerEntry.amount_minor)
    query = (
        select(LedgerEntry.account, total)
        .where(LedgerEntry.reward_id == reward.id, LedgerEntry.account.like(receivable("%")))
        .group_by(LedgerEntry.account)
        .having(total > 0)
    )
    return [(account, int(minor)) for account, minor in book.session.execute(query.order_by(LedgerEntry.account))]


def _debts(book: Book, person_id: str) -> list[str]:
    """The accounts of this person and of everybody who was merged into them."""
    merged = book.session.scalars(select(Person.id).where(Person.merged_into_id == person_id))
    accounts = [receivable(one) for one in (person_id, *merged)]
    book.session.flush()  # what was undone just now is a debt again
    query = select(Balance.account).where(Balance.account.in_(accounts), Balance.amount_minor > 0)
    return sorted(book.session.scalars(query))


def undo_set_off(book: Book, reward: Reward) -> None:
    """The reward was not paid after all: what was set off against it is owed as before."""
    if not reward.netted_minor:
        return
    book.session.flush()  # what was set off in this very transaction is undone, too
    query = (
        select(LedgerEntry.account, LedgerEntry.reward_id, func.sum(LedgerEntry.amount_minor))
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .where(LedgerTransaction.reward_id == reward.id, LedgerTransaction.what.in_((SET_OFF, UNDONE)))
        .group_by(LedgerEntry.account, LedgerEntry.reward_id)
    )
    booked = book.session.execute(query.order_by(LedgerEntry.account, LedgerEntry.reward_id)).all()
    book.ledger.post(UNDONE, reward, [Line(account, -int(minor), owner) for account, owner, minor in booked])
    reward.netted_minor = 0


def _book(book: Book, reward: Reward, account: str, debtors: list[tuple[str, int]], part: int) -> None:
    reward.netted_minor += part
    left = part
    lines = [Line(DUE, -part, reward.id), Line(NETTED, part, reward.id)]
    for old_id, debt in debtors:
        settled = min(debt, left)
        left -= settled
        lines += [Line(account, -settled, old_id), Line(PROGRAMME, settled, old_id)]
    book.ledger.post(SET_OFF, reward, [line for line in lines if line.amount_minor])


def _debtors(book: Book, account: str, currency: str) -> list[tuple[str, int]]:
    """The rewards whose claw-back makes up the debt, oldest first, but for those that are being asked back just now."""
    book.session.flush()
    query = select(LedgerEntry.reward_id, LedgerEntry.amount_minor).where(
        LedgerEntry.merchant_id == book.merchant.id, LedgerEntry.account == account, LedgerEntry.currency == currency
    )
    debts: dict[str, int] = {}
    for reward_id, minor in book.session.execute(query.order_by(LedgerEntry.id)):
        debts[reward_id] = debts.get(reward_id, 0) + minor
    asked = select(Push.reward_id).where(
        Push.reward_id.in_(debts), Push.gives.is_(False), Push.state.in_(IN_FLIGHT_STATES)
    )
    busy = set(book.session.scalars(asked))
    return [(reward_id, minor) for reward_id, minor in debts.items() if minor > 0 and reward_id not in busy]
