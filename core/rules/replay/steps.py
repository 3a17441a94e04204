"""Steps: what a row of the table says, and what a decision asked for, as both halves of a replay hand them on."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from core.rules.replay.telling import Marks, Telling

TOLD, GONE, AGAIN, MARKED, VOID = "told", "gone", "again", "marked", "void"
# An order was refused as fraud, and makes no number; somebody objected, and it makes one again.
REFUSED, HEARD = "refused", "heard"
WITH_MARKS = (MARKED, REFUSED, HEARD)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: what was told (None: nothing new) of one order at one decision about one friend.

    One that is VOID says of which `side` the reward was owed no more, and why; one of WITH_MARKS which rewards had left
    the hub by then.
    """

    friend_id: str
    number: int
    order_id: str
    what: str
    at: datetime
    telling: Telling | None = None
    side: str = ""
    because: str = ""
    marks: Marks | None = None


class Ask(NamedTuple):
    """What one decision asks for one order's rewards: settle them, follow the refunds, withdraw or void them.

    `state` is the conversion's; `people` stand on its sides; `promised` says from which number of the advocate's
    conversions on each side is granted how many minor units.
    """

    what: str
    state: str = ""
    base_minor: int = 0
    reversed_minor: int = 0
    currency: str = ""
    terms_id: str = ""
    people: tuple[tuple[str, str], ...] = ()
    promised: tuple[tuple[int, tuple[tuple[str, int], ...]], ...] = ()
    is_ruled: bool = False
    why: str = ""


class Step(NamedTuple):
    """What one decision asked for one order, by each course of terms (None: nothing).

    Sorted by their first three, everybody's steps are in the order in which the decisions were made. `source` is what
    the order's source calls it, and where; `marks` say which of its rewards had left the hub, `whys` of each course
    what kept it from counting, `is_last` that nothing follows of it. Times are microseconds since 1970.
    """

    number: int
    friend_id: str
    place: int
    order_id: str
    source: tuple[str, str]
    at: int
    placed_at: int
    name: str
    marks: tuple[tuple[str, str], ...]
    asks: tuple[Ask | None, ...]
    whys: tuple[str, ...]
    is_last: bool = False
