"""Export a person: whatever any table holds about one person is in it, and nothing of anybody else (SH-56)."""

import json

from core.contract.events import Contact, DataRequested, DealWon, OrderPaid, OrderRefunded
from core.models import Person
from core.models.base import Base
from core.queries.plain import plain
from core.services.enroll import enroll
from core.services.export_person import HIDDEN, as_words, export_person
from core.services.judge_people import keep_apart, person_named
from core.services.showing import say_consent
from tests.core.services.test_erase import BOB, laid
from tests.support.hub import START, Scene, contact, deal, email, friend, order, refund

ZOE = friend("7000000000077", "zoe@example.com")


def told(stage: Scene) -> tuple[str, dict[str, list[dict[str, object]]]]:
    """Bob, about whom there is something in every table, beside Zoe, of whom there is as much."""
    crm = stage.beside("The CRM", "crm")
    for who, number in ((BOB, "55000"), (ZOE, "66000")):
        address = who.identities[1].value
        stage.pay(order(f"{number}1", buyer=who))
        stage.tell(OrderRefunded(f"{number}1", refund(f"r{number}", "20.00")))
        enroll(stage.hub, "friends", email=address, name=f"The owner of {address}", code=f"C-{number}")
        stage.tell(OrderPaid(order(f"{number}2", code=f"C-{number}", buyer=friend(f"f{number}"))))
        crm.tell(DealWon(deal(f"d{number}", buyer=Contact(identities=(contact(f"c-{number}"), email(address))))))
        stage.tell(DataRequested(request_id=number, contact=who, asked_at=START))
        say_consent(stage.hub, person_named(stage.hub, address), "agreed by mail", is_given=True)
        laid(stage, json.dumps({"order": {"id": int(f"{number}1")}, "customer": address}))
    keep_apart(stage.hub, BOB.identities[1].value, ZOE.identities[1].value, "two friends of ours")
    stage.work()
    person_id = person_named(stage.hub, BOB.identities[1].value)
    return person_id, plain(export_person(stage.hub, person_id), stage.hub.vault.open)


def test_it_is_whole_and_holds_nothing_of_anybody_else(stage: Scene) -> None:
    """SH-56."""
    person_id, found = told(stage)
    everything = json.dumps(found)
    empty = {name for name, rows in found.items() if not rows}
    assert empty <= {"written_at_sources", "looked_for", "erasures", "shown_at_sources", "signs", "trusted"}, (
        "something of each kind"
    )
    assert {one["value"] for one in found["identities"]} == {
        "7000000000002",
        "c-55000",
        "Bob.Builder+shop@outlook.com",
    }
    assert {one["source_id"] for one in found["orders"]} == {"550001", "d55000"}
    for foreign in ("zoe", "7000000000077", "c-66000", "66000"):
        assert foreign not in everything, foreign
    others = set(everything.split('"')) & {row.id for row in stage.all(Person)} - {person_id}
    assert len(others) <= 3, "Mira, who brought Bob; the friend whom he brought; and Zoe, from whom he was told apart"


def test_a_refund_of_another_sources_order_of_the_same_number_is_not_theirs(stage: Scene) -> None:
    stage.tell(OrderPaid(order("550001", buyer=BOB)), OrderRefunded("550001", refund("mine", "20.00")))
    stage.beside("Another shop").tell(OrderRefunded("550001", refund("foreign", "20.00")))
    found = export_person(stage.hub, person_named(stage.hub, BOB.identities[1].value))
    assert [one["source_id"] for one in found["refunds"]] == ["mine"]


def test_every_table_that_points_at_a_person_is_exported() -> None:
    """A new table cannot be forgotten."""
    exported = {
        "codes", "referrals", "orders", "conversions", "rewards", "pushes", "ledger_entries", "synced_records",
        "written_changes", "searches", "collisions", "data_requests", "erasures", "identities", "people", "refunds",
        "signals", "assessments", "trusted_advocates", "consents",
        "tellings",
    }  # fmt: skip
    reaches = {
        table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "people"
    }
    assert reaches <= exported


def test_no_secret_leaves_with_it(stage: Scene) -> None:
    _, found = told(stage)
    names = {name for rows in found.values() for row in rows for name in row}
    assert names & (HIDDEN - {"body"}) == set()


def test_it_is_said_in_words_as_well(stage: Scene) -> None:
    _, found = told(stage)
    lines = list(as_words(found, lambda value: value))
    assert "    value: Bob.Builder+shop@outlook.com" in lines
    assert "Erasures: nothing" in lines
