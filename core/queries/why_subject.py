"""What somebody means by a word: an order, reward, push, delivery, conversion, code or person, by name or id."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from core.models import Code, Conversion, Person, Push, Reward, StoredDelivery
from core.queries.orders import OrderFound, find_orders
from core.queries.steering import of_any_connection
from core.rules.identities import canonical_code

ORDER, REWARD, DELIVERY, CODE, PERSON = "order", "reward", "delivery", "code", "person"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about: `kind` is one of order, reward, delivery, code and person.

    `others` are further orders that go by the same name.
    """

    kind: str
    id: str
    others: tuple[OrderFound, ...] = ()


def subject(session: Session, said: str) -> Subject | None:
    """What is called `said`; None when nothing is. A payment stands for its reward, a conversion for its order.

    An address is none of these: it is looked up by whoever holds the key. At most seven statements.
    """
    said = said.strip()
    if not said or "\0" in said:
        return None
    if found := find_orders(session, said):
        return Subject(ORDER, found[0].id, tuple(found[1:]))
    for kind, column, condition in _ways(said):
        told = session.scalars(select(column).where(condition)).first()
        if told is not None:
            return Subject(kind, told)
    return None


def _ways(said: str) -> tuple[tuple[str, Any, Any], ...]:
    return (
        (REWARD, Reward.id, Reward.id == said),
        (REWARD, Push.reward_id, Push.id == said),
        (REWARD, Push.reward_id, and_(of_any_connection(Push.connection_id), Push.remote_id == said)),
        (DELIVERY, StoredDelivery.id, StoredDelivery.id == said),
        (ORDER, Conversion.order_id, Conversion.id == said),
        (CODE, Code.id, Code.lookup == canonical_code(said)),
        (PERSON, Person.id, Person.id == said),
    )
