"""How rooms end: no room keeps anything of somebody who was erased, and other people's rooms stay."""

from pathlib import Path
from typing import Any

import pytest

from core.contract.events import Contact, ContactSaved, OrderPaid, PersonErased, SourceErased
from core.models import AuditEntry, Campaign, Feedback, Guest, Merchant, Rehearsal, StoredOrder, StoredTerms, new_id
from core.services.audit import note
from core.services.erase import erase_person
from core.services.merchants import remove
from core.services.room_ends import EXPECTED, HEARD
from tests.support.hub import Scene, customer, email, friend, order

BOB, EVE = friend("7000000000002", "Bob.Builder+shop@outlook.com"), friend("7000000000003", "eve@example.com")
TESTED = (order("1001", buyer=BOB, is_test=True), order("1002", buyer=EVE, is_test=True))


@pytest.fixture
def rooms(stage: Scene, tmp_path: Path) -> Scene:
    """The live hub heard of Bob's and Eve's test orders, and keeps rehearsals in a folder."""
    stage.hub.rehearsals_folder = tmp_path / "rehearsals"
    stage.hub.rehearsals_folder.mkdir()
    stage.tell(*(OrderPaid(one) for one in TESTED))
    return stage


def room(stage: Scene, *, heard: str = "", expected: str = "", guest: str = "") -> Rehearsal:
    """A room that played (or is about to play) that order, or has that guest, with its folder."""
    campaign, terms = stage.one(Campaign), stage.one(StoredTerms)
    ids = {row.source_id: row.id for row in stage.all(StoredOrder)}
    summary: dict[str, Any] = {HEARD: {ids[heard]: {"name": "#1"}} if heard else {}}
    made = Rehearsal(id=new_id(), merchant_id=campaign.merchant_id, campaign_id=campaign.id, terms_id=terms.id)
    made.kind, made.state, made.note, made.began_at = "room", "open", "Bob, try it", stage.watch.at
    made.summary = summary | ({EXPECTED: [ids[expected]]} if expected else {})
    with stage.hub.database.transaction() as session:
        session.add(made)
        session.flush()
        note(session, campaign.merchant_id, "invite_guest", f"rehearsal:{made.id}", "BOB-8F2K", stage.watch.at)
        if guest:
            session.add(_guest(stage, made, guest))
    (_home(stage) / made.id).mkdir()
    (_home(stage) / made.id / "referhub.db").write_bytes(b"Bob")
    return made


def _home(stage: Scene) -> Path:
    assert stage.hub.rehearsals_folder is not None
    return stage.hub.rehearsals_folder


def _guest(stage: Scene, made: Rehearsal, address: str) -> Guest:
    one, vault = Guest(id=new_id(), merchant_id=made.merchant_id, rehearsal_id=made.id, code="T-1"), stage.hub.vault
    one.name, one.email = vault.seal(b"Tina", f"guests.name:{one.id}"), vault.seal(address.encode(), _context(one))
    one.invited_at = stage.watch.at
    return one


def _context(guest: Guest) -> str:
    return f"guests.email:{guest.id}"


def _left(stage: Scene) -> set[str]:
    """The rooms that are still there, with their folders."""
    stage.work()
    kept = {row.id for row in stage.all(Rehearsal) if row.removed_at is None}
    assert kept == {folder.name for folder in _home(stage).iterdir()}
    return kept


def test_who_is_erased_leaves_the_rooms_that_played_their_orders(rooms: Scene) -> None:
    of_bob, of_eve = room(rooms, heard="1001"), room(rooms, heard="1002", guest="tina@shop.example")
    assert _left(rooms) == {of_bob.id, of_eve.id}
    rooms.tell(PersonErased(contact=BOB, asked_at=rooms.watch.at))
    assert _left(rooms) == {of_eve.id}
    gone = rooms.one(Rehearsal, id=of_bob.id)
    assert (gone.state, gone.summary, gone.note) == ("closed", {}, "")
    told = {row.verb: row.detail for row in rooms.all(AuditEntry) if row.subject == f"rehearsal:{of_bob.id}"}
    assert told == {"invite_guest": None, "remove_rehearsal": "somebody in it was erased"}
    assert [row.rehearsal_id for row in rooms.all(Guest)] == [of_eve.id]


def test_an_order_that_is_just_being_played_is_found_as_well(rooms: Scene) -> None:
    room(rooms, expected="1001")
    bob = next(row.friend_id for row in rooms.all(StoredOrder) if row.source_id == "1001")
    erase_person(rooms.hub, bob or "", "Bob asked for it")
    assert _left(rooms) == set()


def test_a_guest_whom_the_live_hub_does_not_know_is_found_by_the_address(rooms: Scene) -> None:
    room(rooms, guest="Tina@Shop.Example")
    theos = room(rooms, guest="theo@shop.example")
    asked = Contact(identities=(email("tina@shop.example"),))
    rooms.tell(PersonErased(contact=asked, asked_at=rooms.watch.at))
    assert _left(rooms) == {theos.id}
    assert rooms.all(Feedback) == []


def test_a_source_that_is_erased_takes_the_rooms_that_played_its_orders(rooms: Scene) -> None:
    """Also where another source knows the buyer, and keeps them."""
    known = Contact(identities=(customer("9"), email("eve@example.com")))
    rooms.beside("other").tell(ContactSaved(known))
    room(rooms, heard="1002")
    elsewhere = room(rooms)
    rooms.tell(SourceErased(asked_at=rooms.watch.at))
    assert _left(rooms) == {elsewhere.id}


def test_nothing_of_a_merchants_rooms_stays_when_they_leave(rooms: Scene) -> None:
    room(rooms, heard="1001")
    (_home(rooms) / "notes").mkdir()
    remove(rooms.hub, rooms.connection.merchant_id, rooms.one(Merchant).name)
    assert [left.name for left in _home(rooms).iterdir()] == ["notes"]
