"""A room's orders: test orders that the live hub heard of are played again where nothing is real."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.events import IdentityKind
from core.contract.money import Money
from core.gateway.ground import Place, Shop, Stage
from core.gateway.hub import Hub
from core.models import Connection, Conversion, Identity, Rehearsal, Reward, StoredOrder, StoredRefund
from core.rules.comparing import number
from core.rules.identities import canonical_code
from core.rules.rehearsal import Act
from core.services.people import identity_context

PIECES = 2
EXPECTED = "what the terms say of such an order"
Heard = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TryOut:
    """One paid test order of the live hub, as far as a room needs it; `sent_back` counts halves of it.

    `facts` are what terms may ask of the order and of the line that is worth most, which stands for all of them.
    """

    id: str
    name: str
    label: str
    base: Money
    email: str
    codes: tuple[str, ...]
    sent_back: int
    facts: Mapping[str, Any]


def try_outs(hub: Hub, session: Session, room: Rehearsal) -> list[TryOut]:
    """The paid test orders since the room was opened; the live hub's rows are only read."""
    paid = StoredOrder.is_test.is_(True), StoredOrder.is_paid.is_(True)
    labels = {row.id: row.label for row in session.scalars(select(Connection))}
    query = select(StoredOrder).where(*paid, StoredOrder.placed_at >= room.began_at.replace(microsecond=0))
    orders = session.scalars(query.order_by(StoredOrder.placed_at, StoredOrder.id)).all()
    return [_try_out(hub, session, order, labels[order.connection_id]) for order in orders]


def _try_out(hub: Hub, session: Session, order: StoredOrder, label: str) -> TryOut:
    refunds = session.scalars(
        select(StoredRefund).filter_by(connection_id=order.connection_id, order_source_id=order.source_id)
    )
    back = sum(refund.amount_minor for refund in refunds) if order.cancelled_at is None else order.base_minor
    return TryOut(
        id=order.id,
        name=order.name,
        label=label,
        base=order.base,
        email=_email(hub, session, order),
        codes=tuple(canonical_code(str(one["value"])) for one in order.evidence),
        sent_back=min(round(back * PIECES / order.base_minor), PIECES) if order.base_minor else 0,
        facts=facts_to_play(order.channel, order.facts),
    )


def facts_to_play(channel: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of an order by their names, with those of its line that is worth most."""
    lines = [line for line in told.get("lines", ()) if not line.get("line.is_gift_card")]
    largest: Mapping[str, Any] = max(lines, key=lambda line: number(line.get("line.amount")) or 0, default={})
    return {"order.channel": channel, **told.get("fields", {}), **largest}


def _email(hub: Hub, session: Session, order: StoredOrder) -> str:
    """Where the buyer is reached; "" for one whom only an account is known of."""
    query = select(Identity).filter_by(person_id=order.friend_id or "", kind=IdentityKind.EMAIL)
    row = session.scalars(query.order_by(Identity.id)).first()
    return hub.vault.open(row.sealed, identity_context(row.id)).decode() if row and row.sealed else ""


def play_again(stage: Stage, order: TryOut, codes: Mapping[str, str], known: Heard | None) -> Heard:
    """The order stands in the room's own shop, with as much of it sent back; what the room remembers of it.

    `codes` are the guests' codes by their comparable spelling.
    """
    place = stage.places[order.label]
    if known is None:
        email = order.email or f"{order.id}@rehearsal.example"
        account = place.find(email) or place.meet("Guest", email)
        code = next((codes[one] for one in order.codes if one in codes), "")
        known = {"name": order.name, "label": order.label, "amount": str(order.base), "code": code, "back": 0}
        facts = {name: value for name, value in order.facts.items() if value and name in _playable(place)}
        known["order"] = place.buy(account, order.base.text(), code=code, facts=facts)
    more = order.sent_back - int(known["back"])
    if more > 0:
        cast(Shop, place).refund(str(known["order"]), more) if place.sells else place.cancel(str(known["order"]))
    return {**known, "back": max(order.sent_back, int(known["back"]))}


def _playable(place: Place) -> Set[str]:
    return frozenset[str]().union(*(one.plays for one in place.repertoire.values()))


def acts(stage: Stage, heard: Mapping[str, Heard]) -> tuple[Act, ...]:
    """What came of each order in the room, in words that name nobody."""
    with stage.hub.database.reading() as session:
        labels = {row.id: row.label for row in session.scalars(select(Connection))}
        orders = {(labels[row.connection_id], row.source_id): row for row in session.scalars(select(StoredOrder))}
        rewards = _rewards(session)
        return tuple(_act(one, _order(orders, one), rewards) for one in heard.values())


def _order(orders: Mapping[tuple[str, str], StoredOrder], one: Heard) -> StoredOrder | None:
    own = str(one["order"])
    names = (source for label, source in orders if label == one["label"])
    found = next((source for source in names if source == own or source.endswith(f"/{own}")), "")
    return orders.get((str(one["label"]), found))


def _rewards(session: Session) -> Mapping[str, list[Reward]]:
    found: dict[str, list[Reward]] = defaultdict(list)
    query = select(Conversion.order_id, Reward).join(Reward, Reward.conversion_id == Conversion.id)
    for order_id, reward in session.execute(query.order_by(Reward.side)):
        found[order_id].append(reward)
    return found


def _act(one: Heard, order: StoredOrder | None, rewards: Mapping[str, list[Reward]]) -> Act:
    with_code = f"with the code {one['code']}" if one["code"] else "without a guest's code"
    back = {0: "", 1: "; half of it was sent back"}.get(int(one["back"]), "; it was sent back")
    owed = [_of_reward(row) for row in rewards[order.id]] if order else []
    name, story = str(one["name"]), f"an order of {one['amount']} {with_code}{back}"
    happened = "; ".join(owed or _why_not(order)) or "nothing was heard of it"
    return Act(name, name, story, EXPECTED, happened, True)


def _of_reward(row: Reward) -> str:
    why = f" ({row.reason})" if row.reason else ""
    return f"{row.side}: {row.net} {row.kind.replace('_', ' ')}, {row.state}{why}"


def _why_not(order: StoredOrder | None) -> Iterator[str]:
    for reasons in order.reasons.values() if order else ():
        yield from (str(reason["words"]) for reason in reasons if not reason["passed"])
