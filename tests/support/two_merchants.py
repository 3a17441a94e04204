"""Two merchants in one hub, each with a whole world: the same shops, people, codes and orders, but for their ids."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from core.gateway.hub import Hub
from core.models import Base, Collision, DataRequest, Identity
from tests.support.full_hub import tell
from tests.support.hub import Watch, open_hub
from tests.support.story import NOW, Story, well_known_vault

FIRST_OF_THEIRS = 0x50000
SUFFIX = "-two"
# Ids that a story did not count (of acts) and hashes over them are made by chance.
CHANCE = re.compile(r"\b(?!0{20})[0-9a-f]{32}\b|\b[0-9a-f]{64}\b")
NOBODYS = "f" * 32
TRACE_OF_THEIRS = re.compile(rf"\b0{{27}}5[0-9a-f]{{4}}\b|{SUFFIX}\b")


@dataclass(frozen=True)
class TwoMerchants:
    """The house, the hub of the merchant who asks, and what the other one has, by the name of its kind."""

    house: Hub
    mine: Hub
    my_ids: dict[str, str]
    their_ids: dict[str, str]
    all_of_theirs: frozenset[str]


@contextmanager
def merchant_alone(url: str) -> Iterator[Hub]:
    """A house with one merchant, who is known by the same id as the first of two."""
    house = _house(url)
    _told(house, Story)
    yield house
    house.database.close()


@contextmanager
def two_merchants(url: str) -> Iterator[TwoMerchants]:
    """The same merchant, and another one in the same house."""
    house = _house(url)
    mine = _told(house, Story)
    theirs = _told(house, lambda session: Story(session, written=FIRST_OF_THEIRS, suffix=SUFFIX))
    yield TwoMerchants(house, house.within(mine["merchant"]), mine, theirs, _ids_of(house, theirs["merchant"]))
    house.database.close()


def without_chance(text: str) -> str:
    """The text with everything taken out that is another at each run."""
    return CHANCE.sub("…", text)


def _house(url: str) -> Hub:
    return replace(open_hub(url, Watch(NOW), is_sandbox=True), vault=well_known_vault())


def _told(house: Hub, begin: Any) -> dict[str, str]:
    with house.database.transaction() as session:
        story = begin(session)
        ids = {name: str(row.id) for name, row in tell(story).items()}
        return ids | _more(story, ids)


def _more(story: Story, ids: dict[str, str]) -> dict[str, str]:
    """What the story of a full hub does not tell: a question about oneself, and somebody who signs in."""
    asked = {"asked_at": story.now, "due_at": story.now + timedelta(days=30), "request_id": "4711"}
    request = DataRequest(id=story.id(), merchant_id=ids["merchant"], connection_id=ids["shop"], contact=None, **asked)
    story.add(request)
    session = story.session
    identity = session.query(Identity).filter_by(merchant_id=ids["merchant"], kind="email").first()
    collision = session.query(Collision).filter_by(merchant_id=ids["merchant"], state="open").first()
    assert identity is not None
    assert collision is not None
    return {"request": request.id, "identity": identity.id, "collision": collision.id}


def _ids_of(house: Hub, merchant_id: str) -> frozenset[str]:
    """The id of every row of that merchant."""
    models = [mapper.class_ for mapper in Base.registry.mappers]
    with house.database.reading() as session:
        return frozenset(
            str(row.id)
            for model in models
            if hasattr(model, "merchant_id") and hasattr(model, "id")
            for row in session.query(model).filter_by(merchant_id=merchant_id)
        )
