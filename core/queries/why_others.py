"""Why, asked about something else than an order: a reward, a delivery, a code or a person."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from core.models import Campaign, Code, Conversion, Referral, StoredDelivery, StoredOrder
from core.queries.deliveries import DeliveryRow, delivery_rows, row_of
from core.queries.listing import LARGEST_SIZE
from core.queries.orders import OrderRow, orders_where
from core.queries.reward_story import RewardStory, reward_story
from core.queries.rewards import RewardRow, rewards
from core.queries.timeline import Moment, reward_moments
from core.queries.who import PersonStory, person_story
from core.queries.why import OrderWhy, ReceiptTold, receipts, why_order
from core.queries.why_words import OUTCOMES, reason_words, reward_words


@dataclass(frozen=True, slots=True)
class RewardWhy:
    """One reward: where it is, how it got there, and why its order counted (None: it was granted by hand)."""

    answer: str
    story: RewardStory
    moments: tuple[Moment, ...]
    receipts: tuple[ReceiptTold, ...]
    order: OrderWhy | None


@dataclass(frozen=True, slots=True)
class DeliveryWhy:
    """One delivery: what became of it, and what was made of the orders it told of."""

    answer: str
    delivery: DeliveryRow
    orders: tuple[OrderRow, ...]


@dataclass(frozen=True, slots=True)
class CodeWhy:
    """One code: whose it is, and what it brought."""

    answer: str
    code: str
    campaign: str
    is_active: bool
    created_at: datetime
    owner: PersonStory
    orders: tuple[OrderRow, ...]


@dataclass(frozen=True, slots=True)
class PersonWhy:
    """One person: what they bought, what their codes brought, and what they get for it."""

    answer: str
    person: PersonStory
    bought: tuple[OrderRow, ...]
    brought: tuple[OrderRow, ...]
    rewards: tuple[RewardRow, ...]


def why_reward(session: Session, reward_id: str, key: bytes) -> RewardWhy | None:
    """Why that reward is where it is; None if there is none."""
    story = reward_story(session, reward_id)
    if story is None:
        return None
    order = why_order(session, story.reward.order_id, key) if story.reward.order_id else None
    moments = tuple(sorted(reward_moments(story), key=lambda moment: moment.at))
    return RewardWhy(_reward_answer(story, order), story, moments, receipts([story]), order)


def _reward_answer(story: RewardStory, order: OrderWhy | None) -> str:
    words = reward_words(story.reward)
    told = f"{words[:1].upper()}{words[1:]}."
    return f"{told} {order.answer.partition('. ')[0].rstrip('.')}." if order else told


def why_delivery(session: Session, delivery_id: str) -> DeliveryWhy | None:
    """What that delivery led to; None if there is none."""
    found = session.execute(delivery_rows().where(StoredDelivery.id == delivery_id)).first()
    if found is None:
        return None
    row = row_of(found)
    orders = orders_where(session, StoredOrder.delivery_id == delivery_id)
    return DeliveryWhy(f"{_delivery_words(row)}. {_orders_words(orders)}", row, orders)


READ = {
    "stored": "is stored and waits to be read",
    "read": "was read",
    "ignored": "was read, and means nothing here",
    "unreadable": "cannot be understood",
}


def _delivery_words(row: DeliveryRow) -> str:
    reason = f": {reason_words(row.reason)}" if row.reason else ""
    return f"What {row.connection} sent on {row.received_at:%Y-%m-%d %H:%M} UTC ({row.topic}) {READ[row.state]}{reason}"


def _orders_words(orders: tuple[OrderRow, ...]) -> str:
    if not orders:
        return "It is the newest word on no order."
    return " ".join(f"{order_words(one)}." for one in orders)


def order_words(row: OrderRow) -> str:
    """One order and its outcome, in one sentence without its end."""
    what = f"{row.kind.capitalize()} {row.name}"
    if row.same_as:
        return f"{what} is the same purchase as {row.same_as.name} at {row.same_as.connection}, which counts instead"
    told = OUTCOMES[row.state].format(campaign=row.campaign)
    return f"{what} {told}{f': {row.reason}' if row.reason else ''}"


def why_code(session: Session, code_id: str) -> CodeWhy | None:
    """Whose code it is and what it brought; None if there is none."""
    query = select(Code, Campaign.name).join(Campaign, Campaign.id == Code.campaign_id)
    found = session.execute(query.where(Code.id == code_id)).first()
    if found is None:
        return None
    code, campaign = found
    brought = _brought_by(session, Referral.code_id == code.id)
    state = "is in use" if code.is_active else "is switched off"
    answer = f"The code {code.text} {state} in {campaign}; {_count(len(brought), 'order')} came by it."
    owner = person_story(session, code.advocate_id)
    return CodeWhy(answer, code.text, campaign, code.is_active, code.created_at, owner, brought)


def why_person(session: Session, person_id: str) -> PersonWhy:
    """Of a person who is there: what they bought and brought, and what became of it."""
    bought = orders_where(session, StoredOrder.friend_id == person_id)
    brought = _brought_by(session, Referral.advocate_id == person_id)
    theirs = rewards(session, person_id=person_id, size=LARGEST_SIZE).rows
    story = person_story(session, person_id)
    who = f"An advocate with {', '.join(story.row.codes)}" if story.row.codes else "Somebody without a code"
    counted = _count(len(bought), "order"), _count(len(brought), "order"), _count(len(theirs), "reward")
    answer = "{}: {} of their own, {} brought, {}.".format(who, *counted)
    return PersonWhy(answer, story, bought, brought, theirs)


def _brought_by(session: Session, whose: ColumnElement[bool]) -> tuple[OrderRow, ...]:
    query = select(Conversion.order_id).join(Referral, Referral.id == Conversion.referral_id)
    return orders_where(session, StoredOrder.id.in_(query.where(whose)))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
