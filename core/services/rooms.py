"""Rooms: invited people try one version of terms with the source's own test orders, and nothing of it is real."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.gateway.ground import Ground, Stage
from core.gateway.hub import Hub
from core.models import Campaign, Guest, Rehearsal, RehearsalKind, RehearsalState, StoredTerms, new_id
from core.rules.identities import canonical_code
from core.rules.rehearsal import Report, read_report
from core.services.audit import note
from core.services.book import lock
from core.services.campaigns import create_campaign, publish
from core.services.enroll import enroll
from core.services.rehearsal_play import BEFORE
from core.services.rehearsal_stage import Work, connect_places, settle, turn
from core.services.rehearse import CannotRehearse, Programme, folder_of, programme_of
from core.services.room_ends import EXPECTED, HEARD
from core.services.room_orders import TryOut, acts, play_again, try_outs

PAYING = timedelta(minutes=10)  # so long after a hold everything is paid


def invite(hub: Hub, slug: str, ground: Ground, work: Work, *, name: str, email: str, remark: str = "") -> Guest:
    """Somebody has a code of their own in the room of the campaign's newest terms, which is opened if there is none.

    Raises `NotFound`, `CannotRehearse`, `BadAdvocate` or `BadTerms`.
    """
    programme = programme_of(hub, slug, None, ground)
    room = _open_room(hub, programme) or _new_room(hub, programme, remark)
    guest = _expect(hub, room, name, email)
    try:
        with _in_room(ground, room, programme) as stage:
            code = enroll(stage.hub, slug, email=email, name=name).code
            for place in stage.places.values():
                if not place.find(email):
                    place.meet(name, email)
            settle(stage, work)
    except Exception:
        _turn_away(hub, guest)
        raise
    return _welcome(hub, guest, code)


def hear(hub: Hub, room_id: str, ground: Ground, work: Work, *, by: timedelta | None = None) -> Report:
    """The room has played the test orders that the live hub heard of; then it is so much later there, if that is said.

    The live hub's orders are only read. Raises `CannotRehearse`, also where the room was removed meanwhile.
    """
    room, programme, codes = _room(hub, room_id, ground)
    heard, orders = dict(room.summary.get(HEARD, {})), _expected(hub, room)
    with _in_room(ground, room, programme) as stage:
        for order in orders:
            heard[order.id] = play_again(stage, order, codes, heard.get(order.id))
        settle(stage, work)
        for step in (by, PAYING) if by else ():
            turn(stage, step)
            settle(stage, work)
        told = acts(stage, heard)
    places = tuple(f"{one.label} ({one.kind})" for one in programme.sources)
    report = Report((), told, places, programme.warnings)
    with hub.database.transaction() as session:
        row = _still_open(session, room.id)
        row.summary, row.heard_until = {**report.stored(), HEARD: heard}, hub.now()
        note(session, row.merchant_id, "play_room", f"rehearsal:{row.id}", f"{len(heard)} test orders", hub.now())
    return read_report(report.stored())


@contextmanager
def _in_room(ground: Ground, room: Rehearsal, programme: Programme) -> Iterator[Stage]:
    """The room's own hub and places, as they were left; the terms are offered there."""
    about = {source.label: source.about for source in programme.sources}
    with ground.open(folder_of(ground, room.id), programme.sources) as stage:
        connect_places(stage, about, programme.mapped)
        with stage.hub.database.reading() as session:
            is_new = session.scalars(select(Campaign.id)).first() is None
        if is_new:
            campaign, _version = create_campaign(stage.hub, programme.version.body)
            publish(stage.hub, campaign.slug, effective_at=stage.hub.now() - BEFORE)
        yield stage


def _open_room(hub: Hub, programme: Programme) -> Rehearsal | None:
    with hub.database.reading() as session:
        query = select(Rehearsal).filter_by(terms_id=programme.version.id, state=RehearsalState.OPEN)
        return session.scalars(query).first()


def _new_room(hub: Hub, programme: Programme, remark: str) -> Rehearsal:
    campaign, version = programme.campaign, programme.version
    room = Rehearsal(id=new_id(), merchant_id=campaign.merchant_id, campaign_id=campaign.id, terms_id=version.id)
    room.kind, room.state, room.note = RehearsalKind.ROOM, RehearsalState.OPEN, remark[:500]
    room.summary, room.began_at = {}, hub.now()
    with hub.database.transaction() as session:
        session.add(room)
        detail = f"version {version.version}"
        note(session, campaign.merchant_id, "open_room", f"campaign:{campaign.slug}", detail, hub.now())
    return room


def _expect(hub: Hub, room: Rehearsal, name: str, email: str) -> Guest:
    """A guest without a code yet: whoever is in the room is known here first, so that erasing them finds it."""
    guest = Guest(id=new_id(), merchant_id=room.merchant_id, rehearsal_id=room.id, code="", invited_at=hub.now())
    guest.name = hub.vault.seal(name.encode(), f"guests.name:{guest.id}")
    guest.email = hub.vault.seal(email.encode(), f"guests.email:{guest.id}")
    with hub.database.transaction() as session:
        _still_open(session, room.id)
        session.add(guest)
    return guest


def _welcome(hub: Hub, expected: Guest, code: str) -> Guest:
    """The guest has that code; whoever had it before is the same guest, invited once more."""
    with hub.database.transaction() as session:
        room = _still_open(session, expected.rehearsal_id)
        guest = session.get_one(Guest, expected.id)
        known = session.scalars(select(Guest).filter_by(rehearsal_id=room.id, code=code)).first()
        if known is not None:
            session.delete(guest)
            return known
        guest.code = code
        note(session, room.merchant_id, "invite_guest", f"rehearsal:{room.id}", code, hub.now())
        return guest


def _turn_away(hub: Hub, expected: Guest) -> None:
    with hub.database.transaction() as session:
        guest = session.get(Guest, expected.id)
        if guest is not None:
            session.delete(guest)


def _expected(hub: Hub, room: Rehearsal) -> list[TryOut]:
    """The orders to be played. That the room will know of them is kept before, so that erasing a buyer finds it."""
    with hub.database.transaction() as session:
        lock(session, room.merchant_id)
        row = _still_open(session, room.id)
        orders = try_outs(hub, session, row)
        row.summary = {**row.summary, EXPECTED: [one.id for one in orders]}
        return orders


def _still_open(session: Session, room_id: str) -> Rehearsal:
    room = session.get(Rehearsal, room_id, populate_existing=True)
    if room is None or room.state != RehearsalState.OPEN:
        raise CannotRehearse(f"no room {room_id!r} is open: `referhub rehearsals list` shows those that are")
    return room


def _room(hub: Hub, room_id: str, ground: Ground) -> tuple[Rehearsal, Programme, dict[str, str]]:
    with hub.database.reading() as session:
        room = _still_open(session, room_id)
        slug = session.get_one(Campaign, room.campaign_id).slug
        version = session.get_one(StoredTerms, room.terms_id).version
        guests = session.scalars(select(Guest).filter_by(rehearsal_id=room.id)).all()
    return room, programme_of(hub, slug, version, ground), {canonical_code(one.code): one.code for one in guests}
