"""At hand: everything that a decision about some friends' orders touches, loaded in few statements."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.models import Code, Conversion, Referral, StoredOrder, StoredRefund
from core.queries.order_facts import order_facts, rulings_of
from core.rules.attribution import CodeFacts, code_named
from core.rules.purchases import OrderFacts
from core.rules.replay.telling import Returned, Telling
from core.services.book import Book


@dataclass
class AtHand:
    """The friends' orders with all that was told of them, and what was made of them before.

    `facts` and `named` are by order: how the decision sees it, and the codes that its traces, or an operator, name.
    """

    orders: dict[str, list[StoredOrder]] = field(default_factory=lambda: defaultdict(list))
    facts: dict[str, OrderFacts] = field(default_factory=dict)
    named: dict[str, set[str]] = field(default_factory=dict)
    refunds: dict[tuple[str, str], list[StoredRefund]] = field(default_factory=lambda: defaultdict(list))
    codes: dict[str, dict[str, CodeFacts]] = field(default_factory=lambda: defaultdict(dict))
    conversions: dict[tuple[str, str], Conversion] = field(default_factory=dict)
    referrals: dict[tuple[str, str, str], Referral] = field(default_factory=dict)

    def telling(self, order: StoredOrder, marks: Mapping[str, Mapping[str, str]], *, is_returning: bool) -> Telling:
        """What the decision about the order rests on; `marks` say which of its rewards have left the hub."""
        refunds = sorted(self.refunds[order.connection_id, order.source_id], key=lambda one: one.source_id)
        returned = [Returned(one.source_id, one.amount_minor, one.currency, one.refunded_at) for one in refunds]
        named = sorted(self.named[order.id])
        codes = {name: known[name] for known in self.codes.values() for name in named if name in known}
        return Telling(self.facts[order.id], tuple(returned), codes, marks, is_returning)


def at_hand(book: Book, friends: Iterable[str], key: bytes) -> AtHand:
    """Everything about these friends' orders; `key` opens the hub's own traces."""
    found, wanted = AtHand(), set(friends)
    orders = _load_orders(book, wanted, found)
    for refund in book.rows(StoredRefund.order_source_id, [order.source_id for order in orders]):
        found.refunds[refund.connection_id, refund.order_source_id].append(refund)
    for row in book.rows(Conversion.order_id, [order.id for order in orders]):
        found.conversions[row.order_id, row.campaign_id] = row
    for row in book.rows(Referral.friend_id, wanted):
        found.referrals[row.friend_id, row.campaign_id, row.advocate_id] = row
    found.named = {order_id: _named(facts, key) for order_id, facts in found.facts.items()}
    _load_codes(book, found)
    return found


def _load_orders(book: Book, friends: set[str], found: AtHand) -> list[StoredOrder]:
    orders: list[StoredOrder] = book.rows(StoredOrder.friend_id, friends)
    rulings = rulings_of(book.session, [order.id for order in orders])
    for order in orders:
        if order.friend_id:
            found.orders[order.friend_id].append(order)
            found.facts[order.id] = order_facts(order, book.connections[order.connection_id], rulings.get(order.id))
    return orders


def _named(facts: OrderFacts, key: bytes) -> set[str]:
    named = {code_named(one, key) for one in facts.evidence} | {facts.ruling.lookup if facts.ruling else None}
    return {name for name in named if name}


def _load_codes(book: Book, found: AtHand) -> None:
    named: set[str] = set().union(*found.named.values())
    rows = book.rows(Code.lookup, named, Code.merchant_id == book.merchant.id)
    book.load_people(row.advocate_id for row in rows)
    for row in rows:
        advocate = book.living(row.advocate_id)
        facts = CodeFacts(row.id, row.campaign_id, advocate, row.text, row.is_active, row.ended_at)
        found.codes[row.campaign_id][row.lookup] = facts
