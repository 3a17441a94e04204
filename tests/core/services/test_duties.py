"""Duties: what the law makes a source pass on is kept until a person answered it, and read whatever else is off."""

from datetime import timedelta
from hashlib import sha256

import pytest

from core.contract.events import Contact, DataRequested, DealWon, OrderPaid, PersonErased, SourceErased
from core.contract.webhooks import Delivery
from core.models import Connection, ConnectionStatus, DataRequest, Identity, StoredDelivery
from core.queries.data_requests import open_requests
from core.services.connections import NotFound
from core.services.duties import answer_request
from core.services.inbox import delivery_row
from core.services.judge_people import person_named
from tests.core.services.test_erase import BOB, BYTES, body, laid, open_texts, paid
from tests.support.hub import DAY, START, Scene, contact, deal, email, order


def request(**changes: object) -> DataRequested:
    told = {"request_id": "9999", "contact": BOB, "asked_at": START, "order_ids": ("5500001",)}
    return DataRequested(**{**told, **changes})  # type: ignore[arg-type]


def duty(stage: Scene, event: object, *, text: str = "bob.builder@outlook.com asks") -> str:
    """A delivery of a duty, as it lies in the inbox."""
    stage.shop.news[text] = [event]  # type: ignore[list-item]
    told = Delivery(key=sha256(text.encode()).hexdigest(), topic="duty", body=text.encode())
    row = delivery_row(stage.hub, stage.connection.id, told, stage.watch.at)
    with stage.hub.database.transaction() as session:
        session.add(StoredDelivery(**row))
    return str(row["id"])


def uninstalled(stage: Scene) -> Scene:
    with stage.hub.database.transaction() as session:
        session.get_one(Connection, stage.connection.id).status = ConnectionStatus.REMOVED
    return stage


def test_a_question_waits_a_month_for_a_persons_answer_and_names_who_asked(stage: Scene) -> None:
    """SH-56."""
    paid(stage)
    stage.tell(request())
    row = stage.one(DataRequest)
    assert row.due_at == START + timedelta(days=30)
    assert row.person_id == person_named(stage.hub, "bob.builder@outlook.com")
    with stage.hub.database.reading() as session:
        assert [one.id for one in open_requests(session)] == [row.id]
    answered = answer_request(stage.hub, row.id)
    assert answered.answered_at == stage.watch.at
    assert answered.contact is None
    with stage.hub.database.reading() as session:
        assert open_requests(session) == []


def test_a_question_told_twice_is_one(stage: Scene) -> None:
    stage.tell(request(), request())
    stage.tell(request())
    assert stage.one(DataRequest).person_id is None, "nobody here knows Bob, which is an answer as well"


def test_the_account_says_who_asked_and_not_the_address_of_somebody_else(stage: Scene) -> None:
    mailbox = Contact(identities=(BOB.identities[0], email("family@example.com")))
    stage.tell(OrderPaid(order("1", buyer=Contact(identities=(email("family@example.com"),)))))
    stage.tell(OrderPaid(order("2", buyer=Contact(identities=BOB.identities[:1]))))
    stage.tell(request(contact=mailbox))
    assert stage.one(DataRequest).person_id == stage.one(Identity, lookup="7000000000002").person_id


def test_there_is_no_such_request(stage: Scene) -> None:
    with pytest.raises(NotFound, match="people requests"):
        answer_request(stage.hub, "nobody")


@pytest.mark.parametrize("is_gone", [False, True], ids=["working", "uninstalled"])
def test_a_duty_is_read_also_when_the_source_is_gone_and_its_own_body_is_emptied(stage: Scene, is_gone: bool) -> None:
    """SH-56: `customers/redact` comes 10 days after the request, perhaps after the app was removed."""
    paid(stage)
    if is_gone:
        uninstalled(stage)
    delivery_id = duty(stage, PersonErased(contact=BOB, asked_at=stage.watch.at))
    stage.work()
    assert body(stage, delivery_id) == b""
    assert BYTES[0] not in open_texts(stage)


def test_nothing_else_is_read_from_a_source_that_is_gone(stage: Scene) -> None:
    delivery_id = stage.deliver(OrderPaid(order("5500001", buyer=BOB)))
    uninstalled(stage)
    stage.work()
    assert stage.one(StoredDelivery, id=delivery_id).state == "stored"


def test_everything_a_source_told_is_erased_with_its_credentials(stage: Scene) -> None:
    """SH-56: `shop/redact`, 48 hours after the app was removed."""
    paid(stage)
    stage.hub.keep_of(stage.connection.id).change("token", lambda _: "very secret")
    body_id = laid(stage, "whatever it says")
    unread = stage.deliver(OrderPaid(order("5500003", buyer=BOB)))
    before = stage.digest()
    uninstalled(stage)
    duty(stage, SourceErased(asked_at=stage.watch.at), text="shop redact")
    stage.work()
    connection = stage.one(Connection)
    assert connection.status == ConnectionStatus.REMOVED
    assert stage.hub.config_of(connection) == {}
    assert stage.hub.keep_of(connection.id).get("token") is None
    assert (body(stage, body_id), body(stage, unread)) == (b"", b"")
    assert BYTES[0] not in open_texts(stage)
    assert (stage.digest(), stage.violations()) == (before, {})
    late = duty(stage, SourceErased(asked_at=stage.watch.at), text="shop redact once more")
    stage.work()
    assert stage.one(StoredDelivery, id=late).reason == "everything of this source was erased before"


def test_a_late_end_does_not_erase_a_newer_installation(stage: Scene) -> None:
    """`shop/redact` unless the shop was installed anew after the trigger."""
    paid(stage)
    stage.tell(SourceErased(asked_at=START - DAY))
    stage.work()
    assert stage.one(Connection).status == ConnectionStatus.ACTIVE
    assert BYTES[0] in open_texts(stage)


def test_whom_another_source_knows_as_well_only_loses_the_account_of_the_source_that_ended(stage: Scene) -> None:
    paid(stage)
    crm = stage.beside("The CRM", "crm")
    crm.tell(DealWon(deal("d1", buyer=Contact(identities=(contact("c-88888"), BOB.identities[1])))))
    stage.tell(SourceErased(asked_at=stage.watch.at))
    stage.work()
    assert person_named(stage.hub, "bob.builder@outlook.com") == crm.one(Identity, lookup="c-88888").person_id
    assert stage.one(Identity, lookup="7000000000002").is_blocked
    assert not crm.one(Identity, lookup="c-88888").is_blocked
