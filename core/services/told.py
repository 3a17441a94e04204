"""Told: what the hub was told, read again, friend by friend, in short reads that stand in nobody's way."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from core.gateway.hub import Hub
from core.models import Campaign, Merchant, StoredTerms, Telling, Turn
from core.rules.counting import TermsInForce
from core.rules.limits import budget_name
from core.rules.order_rules import PauseFacts
from core.rules.replay.deciding import Deciding
from core.rules.replay.steps import TOLD, VOID, WITH_MARKS, Row
from core.rules.replay.telling import read, read_marks, read_void
from core.rules.replay.world import Course, Kin, Paused, Published
from core.rules.terms import Terms
from core.services.book import terms_of
from core.services.tell import GRANT, MERGE, MOVED, PAUSE, TERMS

PAGE = 2_000
SLICE = 500
COLUMNS = (Telling.friend_id, Telling.number, Telling.order_id, Telling.what, Telling.body, Telling.told_at)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Turned:
    """What changes the room there is, from the decision of that number on."""

    number: int
    change: Callable[[Deciding], None]


@dataclass(frozen=True, slots=True)
class World:
    """What decisions about one campaign rested on beside the orders themselves; nothing newer than `newest` is read."""

    merchant_id: str
    campaign_id: str
    newest: int
    course: Course
    terms: dict[str, Terms]
    kin: Kin
    turns: Sequence[Turned]


def open_world(session: Session, campaign: Campaign) -> World:
    """Everything that was turned so far."""
    merchant_id = campaign.merchant_id
    newest = session.scalar(select(Merchant.decisions).where(Merchant.id == merchant_id)) or 0
    rows = session.scalars(select(Turn).where(Turn.merchant_id == merchant_id).order_by(Turn.number, Turn.id)).all()
    versions = session.scalars(select(StoredTerms).filter_by(campaign_id=campaign.id)).all()
    ours = [row for row in rows if row.body.get("campaign", campaign.id) == campaign.id]
    return World(
        merchant_id,
        campaign.id,
        newest,
        Course(_published(ours, versions), [_paused(row) for row in ours if row.what == PAUSE]),
        {row.id: terms_of(row) for row in versions},
        Kin((row.body["one"], row.body["other"]) for row in rows if row.what in (MERGE, MOVED)),
        [Turned(row.number, change) for row in ours if (change := _change(row))],
    )


def _published(rows: Sequence[Turn], versions: Sequence[StoredTerms]) -> Iterator[Published]:
    by_id = {row.id: row for row in versions}
    for row in rows:
        version = by_id.get(row.body.get("terms", "")) if row.what == TERMS else None
        if version is not None and version.effective_at is not None:
            yield Published(row.number, TermsInForce(version.id, terms_of(version), version.effective_at))


def _paused(row: Turn) -> Paused:
    until = row.body["until"]
    facts = PauseFacts(datetime.fromisoformat(row.body["from"]), datetime.fromisoformat(until) if until else None)
    return Paused(row.number, row.body["pause"], facts, bool(row.body.get("own")))


def _change(row: Turn) -> Callable[[Deciding], None] | None:
    body = row.body
    if row.what == MERGE:
        return lambda course: course.join(body["other"], body["one"])
    if row.what == GRANT:
        name = budget_name(body["currency"])
        return lambda course: course.owing.room.grant_by_hand(body["reward"], name, body["minor"])
    return None


def families(hub: Hub, world: World, progress: Progress | None = None) -> Iterator[list[Row]]:
    """The rows of every friend, or of those who are kin together."""
    total = _count(hub, world) if progress else 0
    done = 0
    together = world.kin.families()
    for told in _told(hub, world, together):
        done += len(told)
        if progress:
            progress(done, total)
        # Where the campaign is named nowhere, nobody was ever recommended in it: most friends of most shops.
        if any(world.campaign_id in row.body for row in told):
            yield [row for one in told if (row := _row(one, world.campaign_id))]


def _count(hub: Hub, world: World) -> int:
    query = select(func.count()).select_from(Telling).where(Telling.merchant_id == world.merchant_id)
    with hub.database.reading() as session:
        return session.scalar(query.where(Telling.number <= world.newest)) or 0


def _told(hub: Hub, world: World, together: Mapping[str, Sequence[str]]) -> Iterator[list[Any]]:
    """What the table says of every friend alone, and then of those who are kin."""
    for friend_id, found in groupby(stream(hub, world), key=attrgetter("friend_id")):
        if world.kin.head(friend_id) not in together:
            yield list(found)
    for members in together.values():
        yield _of(hub, world, members)


def stream(hub: Hub, world: World) -> Iterator[Any]:
    """The table's rows, friend by friend, as the database has them."""
    place = tuple_(Telling.friend_id, Telling.number, Telling.order_id)
    query = _query(world).order_by(Telling.friend_id, Telling.number, Telling.order_id).limit(PAGE)
    after: tuple[Any, ...] | None = None
    while True:
        with hub.database.reading() as session:
            found = session.execute(query if after is None else query.where(place > after)).all()
        yield from found
        if len(found) < PAGE:
            return
        after = tuple(found[-1][:3])


def _of(hub: Hub, world: World, members: Sequence[str]) -> list[Any]:
    found: list[Any] = []
    with hub.database.reading() as session:
        for start in range(0, len(members), SLICE):
            query = _query(world).where(Telling.friend_id.in_(members[start : start + SLICE]))
            found += session.execute(query).all()
    return found


def _query(world: World) -> Any:
    return select(*COLUMNS).where(Telling.merchant_id == world.merchant_id, Telling.number <= world.newest)


def _row(told: Any, campaign_id: str) -> Row | None:
    friend_id, number, order_id, what, body, told_at = told
    if what == VOID:
        campaign, side, because = read_void(body)
        return Row(friend_id, number, order_id, what, told_at, None, side, because) if campaign == campaign_id else None
    if what in WITH_MARKS:
        marks = read_marks(body).get(campaign_id)
        return Row(friend_id, number, order_id, what, told_at, marks=marks) if marks is not None else None
    return Row(friend_id, number, order_id, what, told_at, read(order_id, body) if what == TOLD else None)
