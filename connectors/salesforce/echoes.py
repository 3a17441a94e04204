"""Tells the echo of our own write from news: the same author, and nothing that was not told before.

The author alone proves nothing, because people log in as the integration user too. What was told is remembered in this
process only; whatever is not remembered is told again, which does no harm.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence

MOST = 20_000


class Echoes:
    """What was last told of each record, and by which hint."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._told: OrderedDict[str, tuple[int, str]] = OrderedDict()

    def knows(self, record: str) -> bool:
        """True for a record of which something was told."""
        with self._lock:
            return record in self._told

    def is_echo(self, record: str, told: Sequence[Hashable], delivery: str, *, is_ours: bool) -> bool:
        """True when we wrote last and all this was told before, by another hint than this one.

        The hint that told something tells it again: its first telling may have been lost with its transaction.
        """
        mark = hash(tuple(told))
        with self._lock:
            known = self._told.get(record)
            if is_ours and known and known[0] == mark and known[1] != delivery:
                return True
            self._told[record] = (mark, delivery)
            self._told.move_to_end(record)
            while len(self._told) > self._most:
                self._told.popitem(last=False)
        return False
