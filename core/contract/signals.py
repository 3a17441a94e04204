"""Signals: traces of how and by whom something was bought, kept only as keyed hashes, to compare with others."""

from dataclasses import dataclass
from enum import StrEnum


class SignalKind(StrEnum):
    """What a source may see of a purchase.

    `browser` is an id that stays with one browser, `payment` one that stays with one card or account, `address` a
    street address down to the door, `came_from` the page from which somebody came.
    """

    IP = "ip"
    USER_AGENT = "user_agent"
    BROWSER = "browser"
    ADDRESS = "address"
    POSTCODE = "postcode"
    PAYMENT = "payment"
    CAME_FROM = "came_from"


@dataclass(frozen=True, slots=True)
class Signal:
    """One trace as the source shows it: personal, so nobody keeps it in the clear."""

    kind: SignalKind
    value: str
