"""Refusing: what was refused as fraud makes no number any more, and does again once somebody's objection is heard."""

from sqlalchemy import select

from core.models import Assessment, Conversion, Referral, StoredOrder
from core.queries.standing import OPEN, REFUSED
from core.services.book import Book
from core.services.numbering import Numbering
from core.services.reward import Rewarder
from core.services.tell import Teller


def follow_refusal(book: Book, case: Assessment, state: str) -> None:
    """The case is in that state; where that refuses its order, or takes a refusal back, the advocate's other orders
    have the numbers, tiers and milestones of what is left."""
    before, case.state = case.state, state
    if (before in REFUSED) != (state in REFUSED):
        _number_anew(book, book.session.get_one(Conversion, case.conversion_id), is_refused=state in REFUSED)


def undecided(book: Book, conversion: Conversion, milestone: int) -> int:
    """How many of its advocate's orders wait for a person, where the milestone would not be reached without them."""
    advocate_id = book.session.get_one(Referral, conversion.referral_id).advocate_id
    query = (
        select(Assessment.state)
        .join(Conversion, Conversion.id == Assessment.conversion_id)
        .join(Referral, Referral.id == Conversion.referral_id)
        .where(Referral.advocate_id == advocate_id, Conversion.campaign_id == conversion.campaign_id)
        .where(Conversion.number.is_not(None))
    )
    states = book.session.scalars(query).all()
    waiting = states.count(OPEN)
    return waiting if len(states) - waiting < milestone else 0


def _number_anew(book: Book, conversion: Conversion, *, is_refused: bool) -> None:
    book.session.flush()
    referral = book.session.get_one(Referral, conversion.referral_id)
    order = book.session.get_one(StoredOrder, conversion.order_id)
    rewarder, teller = Rewarder(book, [conversion]), Teller(book)
    marks = {conversion.campaign_id: rewarder.marks(conversion)}
    teller.refuse(order.id, book.living(order.friend_id or referral.friend_id), marks, is_refused=is_refused)
    numbering = Numbering(book, rewarder, teller, set())
    numbering.touch(conversion)
    numbering.finish()
    teller.write()
    book.soil({referral.advocate_id, referral.friend_id} | numbering.changed)
