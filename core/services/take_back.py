"""Take back: what was paid for an order that was refunded later is asked back from the source, once."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.parts import Pushes
from core.gateway.hub import Hub
from core.models import Connection, LedgerEntry, Push, Reward, new_id
from core.models.push import IN_FLIGHT_STATES
from core.services.book import lock
from core.services.lease import HeldLease
from core.services.lost_time import LostTime, may_be_taken_back
from core.services.push import begun
from core.services.receipts import told

BATCH = 50


def intend_take_backs(hub: Hub, connection: Connection, held: HeldLease, *, batch: int = BATCH) -> int:
    """A take-back is intended for each reward that left a debt behind it and was not asked back yet.

    It goes out with the other pushes. One attempt per debt: what the account no longer holds stays a
    receivable and is set off against later rewards.
    """
    if not isinstance(hub.connector(connection), Pushes):
        return 0
    with hub.database.reading() as session:
        if not _debts(session, connection.id):  # most of the time nobody owes anything, and nothing has to be locked
            return 0
    with hub.database.transaction() as session:
        held.confirm(session)
        lock(session, connection.merchant_id)  # or another lane could set the same debt off just now
        intended = 0
        for given, debt in _debts(session, connection.id):
            if intended < batch and not _is_busy(session, connection.id, given.recipient):
                reward = session.get_one(Reward, given.reward_id)
                session.add(_intention(hub, given, debt, may_be_taken_back(session, reward)))
                session.flush()
                intended += 1
    return intended


def _debts(session: Session, connection_id: str) -> list[tuple[Push, int]]:
    """Confirmed pushes with what the ledger still wants back of each, as far as it was not asked back before."""
    query = (
        select(Push, LedgerEntry.amount_minor)
        .join(Reward, Reward.id == Push.reward_id)
        .join(LedgerEntry, LedgerEntry.reward_id == Push.reward_id)
        .where(
            Push.connection_id == connection_id,
            Push.gives.is_(True),
            Push.state == "confirmed",
            Reward.reversed_minor > 0,
            LedgerEntry.account.like("receivable:%"),
        )
    )
    open_debts: dict[str, tuple[Push, int]] = {}
    for push, minor in session.execute(query):
        known = open_debts.get(push.id, (push, 0))
        open_debts[push.id] = (push, known[1] + minor)
    unasked = [(push, debt - _asked_in_vain(session, push)) for push, debt in open_debts.values()]
    return [(push, debt) for push, debt in unasked if debt > 0]


def _asked_in_vain(session: Session, given: Push) -> int:
    """What earlier take-backs of this push tried for without getting it: asking twice for the same would loop."""
    query = select(Push.amount_minor, Push.moved_minor).where(Push.reward_id == given.reward_id, Push.gives.is_(False))
    return sum(amount - (moved or 0) for amount, moved in session.execute(query))


def _is_busy(session: Session, connection_id: str, recipient: str) -> bool:
    query = select(Push.id).where(
        Push.connection_id == connection_id, Push.recipient == recipient, Push.state.in_(IN_FLIGHT_STATES)
    )
    return session.scalars(query).first() is not None


def _intention(hub: Hub, given: Push, debt: int, lost: Sequence[LostTime]) -> Push:
    push_id = new_id()
    return Push(
        id=push_id,
        merchant_id=given.merchant_id,
        connection_id=given.connection_id,
        reward_id=given.reward_id,
        gives=False,
        kind=given.kind,
        amount_minor=debt,
        currency=given.currency,
        recipient=given.recipient,
        note=f"Take back of referral reward {given.reward_id}",
        code_seed=given.code_seed,
        undoes=given.remote_id,
        state="unknown" if lost else "intended",
        due_at=hub.now(),
        attempts=0,
        fence=0,
        created_at=hub.now(),
        story=[told(hub.now(), "more was given than is owed by now: the rest is asked back"), *_doubt(hub, lost)],
    )


def _doubt(hub: Hub, lost: Sequence[LostTime]) -> list[dict[str, str]]:
    return [told(hub.now(), begun(lost))] if lost else []
