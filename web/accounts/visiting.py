"""For which merchant somebody visits: the one they chose last, else the first that they may see."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from flask import g
from flask import session as visit

from core.database import Database
from core.queries.merchants import merchant_names
from core.queries.operators import Place, places_of
from core.services.roles import OWNER
from web.accounts.visitor import Visitor, in_the_house

CHOSEN = "merchant"


class House(Protocol):
    """The hub as a visit sees it: all merchants at once."""

    @property
    def database(self) -> Database: ...

    @property
    def clock(self) -> Callable[[], datetime]: ...


def neighbour(hub: House) -> Visitor:
    """Whoever sits at this machine, where nobody signs in."""
    with hub.database.reading() as session:
        places = [Place(one.id, one.name, OWNER) for one in merchant_names(session)]
    place = _chosen(places, Place("", "", OWNER))
    return in_the_house(place.id, place.name)


def places_chosen(hub: House, operator_id: str) -> Place:
    """Where the operator is now; nowhere, and without a role, when they belong to no merchant any more."""
    with hub.database.reading() as session:
        places, is_house_owner = places_of(session, operator_id)
    return _chosen(places, Place("", "", OWNER if is_house_owner else ""))


def choose(merchant_id: str) -> None:
    """The visit goes on at that merchant, if the visitor may see it."""
    visit[CHOSEN] = merchant_id


def _chosen(places: Sequence[Place], nowhere: Place) -> Place:
    g.places = places
    wanted = visit.get(CHOSEN, "")
    return next((one for one in places if one.id == wanted), places[0] if places else nowhere)
