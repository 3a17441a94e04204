"""Strangers: addresses whose webhooks could not be proven, and how many of those each may send before we say so."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

REFUSALS_AT_ONCE = 120
REFUSALS_PER_SECOND = 2.0
MOST_ADDRESSES = 10_000


class Strangers:
    """A bucket of refusals for each address; what it costs to keep is bounded, however many addresses come.

    It never decides about a webhook that can be proven: it only knows of those that could not.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._spent: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._spent)

    def note(self, address: str) -> bool:
        """One more refusal; True when the address has had more than anybody has by mistake."""
        with self._lock:
            spent = min(self._level(address) + 1, REFUSALS_AT_ONCE + 1.0)
            self._spent[address] = (spent, self._now())
            self._spent.move_to_end(address)
            if len(self._spent) > MOST_ADDRESSES:
                self._spent.popitem(last=False)
        return spent > REFUSALS_AT_ONCE

    def is_over(self, address: str) -> bool:
        """True while the address has to wait."""
        with self._lock:
            return self._level(address) + 1 > REFUSALS_AT_ONCE

    def _level(self, address: str) -> float:
        spent, at = self._spent.get(address, (0.0, 0.0))
        return max(spent - (self._now() - at) * REFUSALS_PER_SECOND, 0.0)


def sender(environ: Mapping[str, Any]) -> str:
    """The address that sent the request: behind a proxy of ours, the one that this proxy has seen.

    A stranger can write what he likes into `X-Forwarded-For`, but not what the nearest proxy adds at its end.
    """
    peer = str(environ.get("REMOTE_ADDR", ""))
    told = str(environ.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    try:
        is_of_ours = ip_address(peer).is_private
        found = ip_address(told) if told and is_of_ours else ip_address(peer)
    except ValueError:
        return peer
    # Whoever has one address of IPv6 has all of its network.
    return str(ip_network((int(found), 64), strict=False)) if isinstance(found, IPv6Address) else str(found)
