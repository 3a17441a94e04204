"""For which merchant somebody visits: the one they chose last, else the first that they may see."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from flask import session as visit

from core.database import Database
from core.queries.merchants import MerchantName, merchant_names
from web.accounts.visitor import Visitor, in_the_house

CHOSEN = "merchant"
NOBODY = MerchantName("", "")


class House(Protocol):
    """The hub as the accounts see it: all merchants at once."""

    @property
    def database(self) -> Database: ...

    @property
    def clock(self) -> Callable[[], datetime]: ...


def neighbour(hub: House) -> Visitor:
    """Whoever sits at this machine, where nobody signs in."""
    with hub.database.reading() as session:
        merchant = chosen(merchant_names(session))
    return in_the_house(merchant.id, merchant.name)


def chosen(merchants: Sequence[MerchantName]) -> MerchantName:
    """The merchant of this visit; nameless while there is none."""
    wanted = visit.get(CHOSEN, "")
    return next((one for one in merchants if one.id == wanted), merchants[0] if merchants else NOBODY)
