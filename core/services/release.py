"""Release: when a hold is over, the order is read again at the source, and only then is its reward due."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.errors import NeedsAttention, TryLater, Unreadable
from core.contract.events import WITHOUT_MONEY, IdentityClaim, IdentityKind, Order, OrderPaid
from core.contract.parts import Gone, Locates, Verifies
from core.gateway.hub import Hub
from core.models import Connection, Conversion, Identity, Reward, StoredOrder
from core.queries.who import living
from core.rules.fraud import RewardFacts
from core.rules.retrying import backoff, bounded
from core.rules.rewarding import party_of
from core.rules.states import change
from core.services.book import Book, open_book
from core.services.connections import pause
from core.services.convert import convert
from core.services.failpoints import reach
from core.services.lease import HeldLease, LeaseLost
from core.services.ledger import DUE, HELD
from core.services.payers import can_pay, payer_of
from core.services.people import identity_context
from core.services.record import Told, record
from core.services.refusing import undecided
from core.services.reward import void
from core.services.suspect import is_wrong_account, suspect

log = logging.getLogger(__name__)
BATCH = 50
AGAIN = timedelta(minutes=10)
WITH_A_CASE = timedelta(hours=6)
ACCOUNT_KINDS = (IdentityKind.CUSTOMER, IdentityKind.CONTACT)
PEOPLE_KINDS = (IdentityKind.LEAD, IdentityKind.CONTACT)


def release_due(hub: Hub, connection: Connection, held: HeldLease, *, batch: int = BATCH) -> int:
    """The rewards whose hold is over are due, void, in review, or asked about again later; returns how many
    conversions were looked at. Raises `NeedsAttention`."""
    conversions = _due(hub, connection.id, batch)
    for conversion_id in conversions:
        _release(hub, connection, held, conversion_id)
    return len(conversions)


def _due(hub: Hub, connection_id: str, batch: int) -> Sequence[str | None]:
    """The conversions with a hold that is over; None stands for all that was granted by hand."""
    query = (
        select(Reward.conversion_id)
        .where(Reward.connection_id == connection_id, Reward.state == "held", Reward.due_at <= hub.now())
        .distinct()
        .limit(batch)
    )
    with hub.database.reading() as session:
        return list(session.scalars(query))


def _release(hub: Hub, connection: Connection, held: HeldLease, conversion_id: str | None) -> None:
    try:
        if conversion_id is None:
            _follow_grants(hub, connection, held)
        else:
            _verify_and_follow(hub, connection, held, conversion_id)
    except (LeaseLost, NeedsAttention):
        raise
    except (TryLater, Unreadable) as problem:
        _postpone(hub, connection, held, conversion_id, problem)
    except Exception as problem:  # one order's trouble must not keep everybody else from being paid
        log.exception("the rewards of conversion %s could not be released", conversion_id)
        _postpone(hub, connection, held, conversion_id, Unreadable(f"{type(problem).__name__}, see the log"))


def _follow_grants(hub: Hub, connection: Connection, held: HeldLease) -> None:
    """What an operator granted by hand belongs to no order, so there is nothing to verify."""
    located = located_people(hub, connection, None)
    with hub.database.transaction() as session:
        held.confirm(session)
        book = open_book(hub, session, connection.merchant_id)
        for reward in _held_rewards(session, connection.id, None):
            if reward.due_at <= book.now:
                make_due(book, connection, connection.id, reward, located)


def _verify_and_follow(hub: Hub, connection: Connection, held: HeldLease, conversion_id: str) -> None:
    with hub.database.reading() as session:
        conversion = session.get_one(Conversion, conversion_id)
        source = session.get_one(Connection, conversion.connection_id)
    reach("release.before_verify")
    asked_at = hub.now()
    found = _verified(hub, source, connection, conversion.order_source_id)
    if isinstance(found, Gone) and _lives_on(hub, conversion):
        found = None
    located = {} if isinstance(found, Gone) else located_people(hub, connection, conversion_id)
    with hub.database.transaction() as session:
        held.confirm(session)
        book = open_book(hub, session, connection.merchant_id)
        _follow(book, source, connection, conversion_id, found, asked_at, located)
        session.flush()
        reach("release.before_commit")
    reach("release.after_commit")


def _verified(hub: Hub, source: Connection, payer: Connection, order_id: str) -> Order | Gone | None:
    """What the source of the purchase says of it now, which need not be where the reward is paid."""
    if source.id != payer.id and not hub.is_on(source):
        raise TryLater(f"{source.label} is off or waits for a person, so nothing can be verified there", AGAIN)
    try:
        connector = hub.connector(source)
        return connector.verify(order_id) if isinstance(connector, Verifies) else None
    except NeedsAttention as problem:
        if source.id == payer.id:
            raise
        pause(hub, source.id, problem.hint)
        raise TryLater(f"{source.label} needs a person's attention", AGAIN) from problem


def _lives_on(hub: Hub, conversion: Conversion) -> bool:
    """True for a lead or contact that is gone while its person is there under another id: converted, or merged.

    Sources clear such records away by and by, and what was told of them stands.
    """
    with hub.database.reading() as session:
        order = session.get_one(StoredOrder, conversion.order_id)
        if order.kind not in WITHOUT_MONEY or order.friend_id is None:
            return False
        others = select(Identity.id).where(
            Identity.person_id == living(session, order.friend_id),
            Identity.scope == order.connection_id,
            Identity.kind.in_(PEOPLE_KINDS),
            Identity.lookup != order.source_id.rpartition("/")[2],
            Identity.is_gone.is_(False),
        )
        return session.scalars(others.limit(1)).first() is not None


def _follow(
    book: Book,
    source: Connection,
    payer: Connection,
    conversion_id: str,
    found: Order | Gone | None,
    asked_at: datetime,
    located: dict[str, str],
) -> None:
    conversion = book.session.get_one(Conversion, conversion_id)
    if isinstance(found, Order):
        _refuse_unproven(book, conversion, found)
        convert(book, record(book, [Told(source, OrderPaid(found), asked_at=asked_at)]))
        book.session.flush()  # a reward that this very look made void is no longer among the held ones
    if not isinstance(found, Gone):
        suspect(book, conversion)
    for reward in _held_rewards(book.session, payer.id, conversion_id):
        if reward.due_at > book.now:
            continue
        if isinstance(found, Gone):
            void(book, reward, f"the source no longer has the order: {found.reason}")
        elif not _waits_with_others(book, conversion, reward):
            make_due(book, payer, conversion.connection_id, reward, located)
    if isinstance(found, Order):
        conversion.verified_at = book.now


def _waits_with_others(book: Book, conversion: Conversion, reward: Reward) -> bool:
    """True, and a milestone is looked at again later, while it rests on orders that a person is to decide about."""
    is_doubtful = reward.milestone is not None and not reward.is_approved
    count = undecided(book, conversion, reward.milestone or 0) if is_doubtful else 0
    if count:
        orders = "an order that waits" if count == 1 else f"{count} orders that wait"
        reward.due_at, reward.reason = book.now + WITH_A_CASE, f"it rests on {orders} for a person: see Fraud review"
    return count > 0


def _refuse_unproven(book: Book, conversion: Conversion, found: Order) -> None:
    """Raises `TryLater` when we were told more of the order than the source itself shows: nothing is paid on that."""
    told = book.session.get_one(StoredOrder, conversion.order_id)
    is_same_state = found.updated_at == told.updated_at and not (found.is_current and told.asked_at)
    is_unpaid = is_same_state and told.is_paid and not found.is_paid
    if found.updated_at < told.updated_at or is_unpaid:
        raise TryLater("we were told of a later state of this order than the source shows", AGAIN)


def make_due(book: Book, connection: Connection, told_by: str, reward: Reward, located: dict[str, str]) -> None:
    """A held reward is due at the connection, or in review with the reason, or somebody else's to pay.

    `told_by` is the connection that told of the order.
    """
    if not can_pay(connection, reward.kind):
        _look_for_a_payer(book, told_by, reward)
        return
    reward.recipient = _account(book.session, connection.id, reward.person_id) or located.get(reward.person_id)
    if reward.recipient is None:
        _hold_for_review(reward, f"{connection.label} has no account for this person: the reward cannot be paid there")
        return
    if not reward.is_approved and is_wrong_account(book, reward, _facts(book, reward, reward.recipient)):
        return
    reward.state, reward.reason, reward.due_at = change("reward", reward.state, "due"), None, book.now
    book.ledger.move("release", reward, HELD, DUE, reward.net.minor)


def _look_for_a_payer(book: Book, told_by: str, reward: Reward) -> None:
    """Whoever can pay by now takes it over, and verifies it in its own time."""
    payer = payer_of(book, told_by, reward.kind, reward.person_id, reward.currency)
    if payer == reward.connection_id:
        _hold_for_review(reward, f"no connected source can give {reward.kind}: connect a shop that can, then approve")
    reward.connection_id = payer


def _facts(book: Book, reward: Reward, recipient: str) -> RewardFacts:
    book.session.flush()
    rows = book.rows(Reward.recipient, [recipient], Reward.connection_id == reward.connection_id)
    others = [row for row in rows if _is_other_side(row, reward)]
    named = book.rows(Identity.lookup, [recipient], Identity.scope == reward.connection_id)
    owners = {book.living(row.person_id) for row in (*rows, *named)} | {book.living(reward.person_id)}
    return RewardFacts(reward.side, recipient, others[0].recipient if others else None, len(owners))


def _is_other_side(row: Reward, reward: Reward) -> bool:
    is_same_order = reward.conversion_id is not None and row.conversion_id == reward.conversion_id
    return is_same_order and party_of(row.side) != party_of(reward.side)


def _hold_for_review(reward: Reward, why: str) -> None:
    reward.state, reward.reason = change("reward", reward.state, "review"), why


def _held_rewards(session: Session, connection_id: str, conversion_id: str | None) -> list[Reward]:
    query = select(Reward).where(
        Reward.conversion_id == conversion_id, Reward.connection_id == connection_id, Reward.state == "held"
    )
    return list(session.scalars(query.order_by(Reward.side)))


def _account(session: Session, connection_id: str, person_id: str) -> str | None:
    query = (
        select(Identity.lookup)
        .where(
            Identity.person_id == person_id,
            Identity.scope == connection_id,
            Identity.kind.in_(ACCOUNT_KINDS),
            Identity.is_gone.is_(False),
        )
        .order_by(Identity.seen_at, Identity.id)
    )
    return session.scalars(query).first()


def located_people(hub: Hub, connection: Connection, conversion_id: str | None) -> dict[str, str]:
    """Accounts of people known only by an address, as the source itself knows them."""
    connector = hub.connector(connection)
    found: dict[str, str] = {}
    if isinstance(connector, Locates):
        for person_id, claim in _unlocated(hub, connection.id, conversion_id):
            source_id = connector.locate(claim)
            if source_id:
                found[person_id] = source_id
    return found


def _unlocated(hub: Hub, connection_id: str, conversion_id: str | None) -> list[tuple[str, IdentityClaim]]:
    claims: list[tuple[str, IdentityClaim]] = []
    with hub.database.reading() as session:
        for reward in _held_rewards(session, connection_id, conversion_id):
            if _account(session, connection_id, reward.person_id) is None:
                query = select(Identity).where(Identity.person_id == reward.person_id, Identity.sealed.is_not(None))
                for row in session.scalars(query.order_by(Identity.kind, Identity.id)):
                    value = hub.vault.open(row.sealed or b"", identity_context(row.id)).decode()
                    claims.append((reward.person_id, IdentityClaim(IdentityKind(row.kind), value)))
    return claims


def _postpone(
    hub: Hub, connection: Connection, held: HeldLease, conversion_id: str | None, problem: TryLater | Unreadable
) -> None:
    with hub.database.transaction() as session:
        held.confirm(session)
        for reward in _held_rewards(session, connection.id, conversion_id):
            reward.attempts += 1
            wait = bounded(problem.after) if isinstance(problem, TryLater) else backoff(reward.attempts)
            reward.due_at = max(reward.due_at, hub.now() + wait)
            reward.reason = f"waiting to be verified: {problem}"
