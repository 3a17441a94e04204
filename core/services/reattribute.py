"""Re-attribute: an operator says who brought an order; it outranks the evidence, and all else is decided anew."""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import select

from core.contract.errors import Mendable
from core.contract.money import Money
from core.gateway.hub import Hub
from core.models import Campaign, Code, Conversion, Referral, Reward, Ruling, StoredOrder, new_id
from core.rules.attribution import CODE, EVIDENCE, NOBODY
from core.rules.identities import canonical_code
from core.services.audit import OPERATOR, note
from core.services.book import Book, open_book
from core.services.connections import NotFound
from core.services.consent import require_consent, require_no_own_interest
from core.services.convert import convert, drop_unused

# What stands with each person for the order, minor units by currency: what is owed or was given and not claimed back.
Standing = Mapping[tuple[str, str], int]
OWED_NOTHING = ("void", "withdrawn")


class BadRuling(Mendable, ValueError):
    """What was said about an order cannot be; the text says why."""


def reattribute(hub: Hub, order_id: str, to: str, why: str, *, actor: str = OPERATOR, second: str = "") -> Ruling:
    """The order was brought by whoever owns the code `to`, by `nobody`, or by whom its own `evidence` names again.

    Every other rule still decides whether it counts. What was not paid follows, what was paid is claimed back and
    granted to whom it belongs now. Saying the same again changes nothing. Raises `NotFound`, `BadRuling`, or
    `SecondPersonNeeded` where it takes a `second` one to agree.
    """
    with hub.database.transaction() as session:
        order = session.get(StoredOrder, order_id)
        if order is None:
            raise NotFound(f"there is no order {order_id!r}: `referhub orders list` shows them")
        book = open_book(hub, session, order.merchant_id)
        session.refresh(order)  # until the lock was ours, a worker may have gone on with it
        said = _said(book, order, to)
        if _holds_already(book, said):
            return said
        _refuse_while_it_is_being_paid(book, order)
        session.add(said)
        before = _standing(book, order)
        _judge_again(book, order)
        gained, moved = _moved(before, _standing(book, order))
        for amount in moved:
            require_no_own_interest(book, gained, amount, second)
            require_consent(hub, amount, second)
        note(session, order.merchant_id, "reattribute", f"order:{order.id}", f"to {to}: {why}", book.now, actor=actor)
        return said


def _said(book: Book, order: StoredOrder, to: str) -> Ruling:
    if order.friend_id is None:
        raise BadRuling("the order names no customer, so nobody can have been brought: there is nothing to decide")
    says = to if to in (NOBODY, EVIDENCE) else CODE
    code = _code(book, order, to) if says == CODE else None
    return Ruling(
        id=new_id(),
        merchant_id=order.merchant_id,
        order_id=order.id,
        says=says,
        code_id=code.id if code else None,
        said_at=book.now,
    )


def _code(book: Book, order: StoredOrder, text: str) -> Code:
    query = select(Code).filter_by(merchant_id=book.merchant.id, lookup=canonical_code(text))
    code = book.session.scalars(query).one_or_none()
    if code is None:
        raise NotFound(f"nobody has the code {text[:70]!r}: `referhub advocates list` shows them all")
    if book.living(code.advocate_id) == book.living(order.friend_id or ""):
        raise BadRuling(f"the code {code.text} is the buyer's own, and nobody refers himself")
    if code.campaign_id not in {campaign.row.id for campaign in book.campaigns}:
        slug = book.session.get_one(Campaign, code.campaign_id).slug
        raise BadRuling(f"the code {code.text} belongs to {slug}, which is not published: publish it first")
    return code


def _holds_already(book: Book, said: Ruling) -> bool:
    """True when the newest word about the order is the same; where there is none, its evidence decides."""
    query = select(Ruling.says, Ruling.code_id).filter_by(order_id=said.order_id).order_by(Ruling.id.desc())
    newest = book.session.execute(query).first()
    return (said.says, said.code_id) == (tuple(newest) if newest else (EVIDENCE, None))


def _refuse_while_it_is_being_paid(book: Book, order: StoredOrder) -> None:
    """What is on its way can still turn out given or not, and until then nobody knows what there is to claim back."""
    conversions = book.rows(Conversion.order_id, [order.id])
    if book.rows(Reward.conversion_id, [row.id for row in conversions], Reward.state == "pushing"):
        raise BadRuling(
            "a reward of this order is on its way: wait for its receipt (`referhub pushes list`), then again"
        )


def _judge_again(book: Book, order: StoredOrder) -> None:
    friend = book.living(order.friend_id or "")
    convert(book, {friend})
    book.session.flush()
    drop_unused(book, book.rows(Referral.friend_id, [friend]))


def _standing(book: Book, order: StoredOrder) -> Standing:
    """What stands for this friend's orders: one order's word may move what another one earns."""
    book.session.flush()
    friend = book.living(order.friend_id or "")
    conversions = book.rows(Conversion.order_id, [row.id for row in book.rows(StoredOrder.friend_id, [friend])])
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for reward in book.rows(Reward.conversion_id, [row.id for row in conversions]):
        if reward.state not in OWED_NOTHING:
            sums[reward.person_id, reward.currency] += reward.net.minor
    return sums


def _moved(before: Standing, after: Standing) -> tuple[set[str], list[Money]]:
    """Who gains by it, and how much changes hands in each currency: what some lose or others gain, the larger."""
    gains: dict[str, int] = defaultdict(int)
    losses: dict[str, int] = defaultdict(int)
    gained: set[str] = set()
    for key in before.keys() | after.keys():
        change, (person_id, currency) = after.get(key, 0) - before.get(key, 0), key
        gains[currency] += max(change, 0)
        losses[currency] += max(-change, 0)
        gained |= {person_id} if change > 0 else set()
    return gained, [Money(max(gains[one], losses[one]), one) for one in sorted(gains)]
