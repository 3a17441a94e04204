"""Push: what is due leaves for the source. Intent before effect, one in flight per account, lost is unknown."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from core.contract.credits import Credit, Later, Outcome, Pushed, Refused, Unsure
from core.contract.errors import NeedsAttention, Rejected, TryLater
from core.contract.parts import Marks, Pushes
from core.gateway.hub import Hub
from core.models import Campaign, Connection, Conversion, Push, Reward, new_id
from core.models.push import IN_FLIGHT_STATES
from core.rules.retrying import backoff, bounded
from core.rules.seeds import second_of, seed_of
from core.rules.states import change
from core.services.abandon import is_still_owed
from core.services.book import open_book
from core.services.failpoints import reach
from core.services.lease import HeldLease
from core.services.lost_time import LostTime, may_be_given
from core.services.receipts import confirm, tell, told
from core.services.set_off import set_off, undo_set_off

log = logging.getLogger(__name__)
BATCH = 50
DAY = 86_400
HUB = "referhub"


def push_due(hub: Hub, connection: Connection, held: HeldLease, *, batch: int = BATCH) -> int:
    """Every due reward whose account has nothing in flight is intended, sent, and its outcome stored.

    Returns how many pushes were attempted. Raises `NeedsAttention` (then certainly nothing was applied).
    """
    connector = hub.connector(connection)
    if not isinstance(connector, Pushes):
        return 0
    if _is_anything_due(hub, connection.id):
        intend(hub, connection, held, batch)
    pushes = _intended(hub, connection.id, batch)
    for push_id in pushes:
        _attempt(hub, connection, held, connector, push_id)
    return len(pushes)


def _is_anything_due(hub: Hub, connection_id: str) -> bool:
    """Asked first, because most of the time nothing is, and an intention takes the merchant's lock."""
    with hub.database.reading() as session:
        return bool(_due_rewards(session, connection_id, hub.now(), 1))


def intend(hub: Hub, connection: Connection, held: HeldLease, batch: int) -> None:
    """A push row is committed for due rewards, one per receiving account: nothing is sent without it."""
    with hub.database.transaction() as session:
        held.confirm(session)
        reach("push.before_intent")
        book = open_book(hub, session, connection.merchant_id)
        busy: set[str] = set()
        for reward in _due_rewards(session, connection.id, hub.now(), batch):
            if reward.recipient in busy or reward.recipient is None:
                continue
            if set_off(book, reward):
                busy.add(reward.recipient)
                session.add(_intention(hub, session, connection, reward))
                reward.state = change("reward", "due", "pushing")
        session.flush()
    reach("push.after_intent")


def _due_rewards(session: Session, connection_id: str, now: datetime, batch: int) -> Sequence[Reward]:
    query = (
        select(Reward)
        .where(
            Reward.connection_id == connection_id,
            Reward.state == "due",
            Reward.due_at <= now,
            Reward.recipient.not_in(_busy(connection_id)),  # else one parked push could hold up everybody
        )
        .order_by(Reward.due_at, Reward.id)
        .limit(batch)
    )
    return session.scalars(query).all()


def _busy(connection_id: str) -> Select[str]:
    return select(Push.recipient).where(Push.connection_id == connection_id, Push.state.in_(IN_FLIGHT_STATES))


def _intention(hub: Hub, session: Session, connection: Connection, reward: Reward) -> Push:
    assert reward.recipient is not None  # `intend` takes only rewards with an account
    seed, lost = _seed(session, reward), may_be_given(session, reward)
    return Push(
        id=new_id(),
        merchant_id=reward.merchant_id,
        connection_id=connection.id,
        reward_id=reward.id,
        gives=True,
        kind=reward.kind,
        amount_minor=reward.owed.minor,
        currency=reward.currency,
        recipient=reward.recipient,
        note=f"Referral reward {reward.id}",
        code_seed=seed,
        expires_at=_unique_second(session, connection.id, reward, hub.now(), seed),
        state="unknown" if lost else "intended",
        due_at=hub.now(),
        attempts=0,
        fence=0,
        created_at=hub.now(),
        story=[told(hub.now(), begun(lost))],
    )


def begun(lost: Sequence[LostTime]) -> str:
    """How a push's story begins: one that may have been made in a lost time is looked up before it is ever sent."""
    if lost:
        return f"the hub was restored: it may have been done {lost[-1].words}, so it is looked up before anything else"
    return "intended: everything needed to recognise it later is stored"


def _seed(session: Session, reward: Reward) -> str:
    slug = session.get_one(Campaign, reward.campaign_id).slug
    if reward.conversion_id is None:  # granted by hand: no source will ever tell of it again
        return seed_of(HUB, reward.merchant_id, reward.id, slug, reward.side)
    conversion = session.get_one(Conversion, reward.conversion_id)
    source = session.get_one(Connection, conversion.connection_id)
    side = f"{reward.side}:{reward.turn}" if reward.turn else reward.side
    return seed_of(source.connector, source.source_id or source.id, conversion.order_source_id, slug, side)


def _unique_second(session: Session, connection_id: str, reward: Reward, now: datetime, seed: str) -> datetime | None:
    """The expiry, at a second of its day that no other push into the account has: a fingerprint to read back."""
    if reward.expires_days is None:
        return None
    day = (now + timedelta(days=reward.expires_days)).date()
    midnight = datetime.combine(day, time(), UTC)
    query = select(Push.expires_at).where(Push.connection_id == connection_id, Push.recipient == reward.recipient)
    taken = set(session.scalars(query))
    second = second_of(seed)
    while midnight + timedelta(seconds=second) in taken:
        second = (second + 1) % DAY
    return midnight + timedelta(seconds=second)


def _intended(hub: Hub, connection_id: str, batch: int) -> Sequence[str]:
    query = (
        select(Push.id)
        .where(Push.connection_id == connection_id, Push.state == "intended", Push.due_at <= hub.now())
        .order_by(Push.due_at, Push.id)
        .limit(batch)
    )
    with hub.database.reading() as session:
        return session.scalars(query).all()


def _attempt(hub: Hub, connection: Connection, held: HeldLease, connector: Pushes, push_id: str) -> None:
    with hub.database.reading() as session:
        credit = credit_of(hub, session.get_one(Push, push_id))
    try:
        watermark = _watermark(connector, credit)
    except TryLater as problem:
        _store(hub, connection, held, push_id, Later(str(problem), problem.after))
        return
    except Rejected as problem:
        _store(hub, connection, held, push_id, Refused(str(problem)))
        return
    except NeedsAttention:
        raise
    except Exception as problem:  # a connector's bug is one push's trouble, and nothing was sent yet
        log.exception("push %s could not be begun", push_id)
        _store(hub, connection, held, push_id, Later(type(problem).__name__, backoff(1)))
        return
    if not _mark_sent(hub, connection, held, push_id, watermark):
        return
    reach("push.before_send")
    outcome = _send(hub, connection, held, connector, push_id)
    reach("push.after_send")
    _store(hub, connection, held, push_id, outcome)
    reach("push.after_receipt")


def _watermark(connector: object, credit: Credit) -> str | None:
    # The first mark stays for ever: an effect that shows late is still newer than it.
    if credit.watermark is not None or not isinstance(connector, Marks):
        return credit.watermark
    return connector.watermark(credit)


def _mark_sent(hub: Hub, connection: Connection, held: HeldLease, push_id: str, watermark: str | None) -> bool:
    """True when the push is committed as sent; False when it is not to be sent after all."""
    with hub.database.transaction() as session:
        held.confirm(session)
        book = open_book(hub, session, connection.merchant_id)
        push = session.get_one(Push, push_id)
        if push.state != "intended" or (push.gives and not is_still_owed(book, push)):
            return False
        push.state = change("push", push.state, "sent")
        push.watermark, push.sent_at, push.fence = watermark, hub.now(), held.fence
        push.attempts += 1
        tell(push, hub.now(), f"sent (attempt {push.attempts})")
        return True


def _send(hub: Hub, connection: Connection, held: HeldLease, connector: Pushes, push_id: str) -> Outcome:
    with hub.database.reading() as session:
        credit = credit_of(hub, session.get_one(Push, push_id))
    try:
        (outcome,) = connector.push([credit])
    except NeedsAttention as problem:
        _store(hub, connection, held, push_id, Later(problem.hint, timedelta(minutes=5)))
        raise
    except TryLater as problem:
        return Later(str(problem), problem.after)
    except Exception as problem:  # whatever a connector raises after sending, the answer is not known
        return Unsure(f"{type(problem).__name__}")
    return outcome


def _store(hub: Hub, connection: Connection, held: HeldLease, push_id: str, outcome: Outcome) -> None:
    with hub.database.transaction() as session:
        held.confirm(session)
        book = open_book(hub, session, connection.merchant_id)  # the lock first: what is loaded next must not change
        push = session.get_one(Push, push_id)
        reward = session.get_one(Reward, push.reward_id)
        if push.state == "abandoned":
            return  # the account was merged away before anything was sent
        if isinstance(outcome, Pushed):
            confirm(book, push, reward, outcome.receipt)
        else:
            _KEEP[type(outcome)](hub, push, reward, outcome)
            if reward.state == "rejected":
                undo_set_off(book, reward)
                book.soil({reward.person_id})
        session.get_one(Connection, connection.id).last_push_at = hub.now()


def _keep_refused(hub: Hub, push: Push, reward: Reward, outcome: Refused) -> None:
    push.state = change("push", push.state, "rejected")
    tell(push, hub.now(), f"the source refused: {outcome.reason}")
    if push.gives:
        reward.state, reward.reason = change("reward", "pushing", "rejected"), outcome.reason


def _keep_later(hub: Hub, push: Push, reward: Reward, outcome: Later) -> None:
    if push.state == "sent":
        push.state = change("push", "sent", "intended")
    push.due_at = hub.now() + max(bounded(outcome.after), backoff(push.attempts) if push.attempts > 3 else timedelta())
    tell(push, hub.now(), f"not applied, again later: {outcome.reason}")


def _keep_unsure(hub: Hub, push: Push, reward: Reward, outcome: Unsure) -> None:
    push.state = change("push", push.state, "unknown")
    push.due_at = hub.now() + hub.timings.quiet
    tell(
        push,
        hub.now(),
        f"no answer ({outcome.reason}): it may have been applied, so it is looked up before anything else",
    )


_KEEP: dict[type, Callable[..., None]] = {Refused: _keep_refused, Later: _keep_later, Unsure: _keep_unsure}


def credit_of(hub: Hub, push: Push) -> Credit:
    """The push as its connector is told; a reward is given under one name, however often it takes to give it."""
    return Credit(
        push_id=push.code_seed if push.gives else push.id,
        kind=push.kind,
        amount=push.amount,
        recipient=push.recipient,
        note=push.note,
        code=hub.vault.code_for(push.code_seed),
        gives=push.gives,
        expires_at=push.expires_at,
        watermark=push.watermark,
        receipt=push.undoes,
        sent_at=push.sent_at,
    )
