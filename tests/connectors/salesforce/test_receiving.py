"""The machines' door: a secret address, the org's id, all of a message or nothing of it."""

import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from connectors.salesforce.connector import Salesforce
from connectors.salesforce.ids import full_id
from connectors.salesforce.outbound import ACK
from referhub import Delivery, NotAccepted, WebhookRequest
from tests.connectors.salesforce.support import TOKEN, ScriptedHttp, connector, login, message, payload

WON = payload("closed-won.xml")
ACKNOWLEDGED = (
    "{http://soap.sforce.com/2005/09/outbound}notificationsResponse/{http://soap.sforce.com/2005/09/outbound}Ack"
)


def opened(**settings: str) -> Salesforce:
    """A connector that has logged in once, so it knows its org; after that it may not use the network."""
    http = ScriptedHttp(login())
    found = connector(http, **settings)
    found._api.sessions.current()
    return found


def received(sent: WebhookRequest, **settings: str) -> tuple[Delivery, ...]:
    deliveries: tuple[Delivery, ...] = opened(**settings).receive(sent).deliveries
    return deliveries


def refused(sent: WebhookRequest, **settings: str) -> int:
    with pytest.raises(NotAccepted) as caught:
        received(sent, **settings)
    assert TOKEN not in str(caught.value)
    return caught.value.status


def test_a_message_becomes_a_hint_without_anything_that_was_in_the_record() -> None:
    """SF-01, SF-13"""
    (found,) = received(message(WON))
    assert found.key == "04lSY0000000201YAA"
    assert found.topic == "Opportunity"
    assert found.subject == full_id("006SY0000000007")
    assert found.triggered_at is not None
    assert found.triggered_at.isoformat() == "2026-11-20T14:03:11+00:00"
    assert b"999999" not in found.body
    assert b"session" not in found.body
    assert found.headers == {}


def test_the_answer_is_the_acknowledgement_that_salesforce_wants_and_nothing_stands_before_it() -> None:
    """SF-02"""
    reply = opened().receive(message(WON)).reply
    assert reply.status == 200
    assert reply.content_type.startswith("text/xml")
    assert reply.body.startswith(b"<?xml")
    body = ElementTree.fromstring(reply.body)[0]
    assert body.findtext(ACKNOWLEDGED) == "true"


def test_the_acknowledgement_is_the_recorded_one(shared_data: Path) -> None:
    """SF-02"""
    assert (shared_data / "salesforce/synthetic/ack-true.xml").read_bytes() == ACK


def test_a_notification_that_is_there_twice_is_one_hint_and_one_without_a_record_is_kept() -> None:
    """SF-06, SF-15"""
    found = received(message(payload("twice-and-gone.xml")))
    assert [one.key for one in found] == ["04lSY0000000301YAA", "04lSY0000000302YAA", "04lSY0000000303YAA"]
    assert [one.subject for one in found] == ["003SY0000000001YAA", "", ""]


def many(count: int) -> bytes:
    """The message with this many notifications."""
    head, _, rest = WON.partition(b"<Notification>")
    one, _, tail = rest.partition(b"</Notification>")
    parts = [one.replace(b"04lSY0000000201", b"04lSY000000%04d" % place) for place in range(count)]
    return head + b"".join(b"<Notification>" + part + b"</Notification>" for part in parts) + tail


def test_a_hundred_notifications_are_a_hundred_hints_and_one_more_is_no_message_of_salesforce() -> None:
    """SF-03, SF-04"""
    assert len({found.key for found in received(message(many(100)))}) == 100
    assert refused(message(many(101))) == 400


@pytest.mark.parametrize(
    "path",
    [
        "/hooks/1",
        "/hooks/1/",
        f"/hooks/1/{TOKEN[:-1]}",
        f"/hooks/1/{TOKEN}x",
        f"/hooks/1/{TOKEN.upper()}",
        f"/hooks/1/{TOKEN}/",
        "/hooks/1/gr\u00fc\u00dfe",
        "/hooks/1/\udcff",
    ],
)
def test_another_address_is_not_found(path: str) -> None:
    """SF-08"""
    assert refused(message(WON, path)) == 404


def test_a_connection_without_a_token_takes_no_message_at_all() -> None:
    """SF-08"""
    assert refused(message(WON, "/hooks/1/"), webhook_token="") == 404


def test_the_previous_token_works_until_its_day() -> None:
    """SF-08"""
    before = "the-token-before-0123456789"
    sent = message(WON, f"/hooks/1/{before}")
    assert received(sent, previous_webhook_token=before, previous_webhook_token_until="2026-11-26")
    assert refused(sent, previous_webhook_token=before, previous_webhook_token_until="2026-11-25") == 404
    assert refused(sent, previous_webhook_token=before) == 404


def test_the_address_is_looked_at_before_the_body() -> None:
    """SF-08"""
    assert refused(message(b"<not xml", "/hooks/1/wrong", content_type="image/png")) == 404


def test_a_message_of_another_org_is_refused() -> None:
    """SF-07"""
    assert refused(message(WON.replace(b"00DSY0000000001<", b"00DSY0000000002<"))) == 403
    # Ids of fifteen characters differ by case alone.
    assert refused(message(WON.replace(b"00DSY0000000001<", b"00dSY0000000001<"))) == 403
    assert refused(message(WON.replace(b"00DSY0000000001<", b"<"))) == 403


def test_before_the_first_login_salesforce_is_told_to_come_again() -> None:
    with pytest.raises(NotAccepted) as caught:
        connector().receive(message(WON))
    assert caught.value.status == 503


def test_the_org_is_remembered_by_what_all_processes_share() -> None:
    first = opened()
    second = connector()
    second.keep = first.keep
    assert len(second.receive(message(WON)).deliveries) == 1


DOCTYPE = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (WON[:300], 400),
        (b"{}", 400),
        (WON.replace(b"?>", b"?>" + DOCTYPE, 1), 400),
        (WON.replace(b"?>", b"?><!DOCTYPE plain>", 1), 400),
        (WON.replace(b"http://schemas.xmlsoap.org/soap/envelope/", b"http://www.w3.org/2003/05/soap-envelope"), 400),
        (WON.replace(b"soap.sforce.com/2005/09/outbound", b"soap.example.com/2005/09/outbound"), 400),
        (WON.replace(b"04lSY0000000201YAA", b"not-an-id"), 400),
        (WON.replace(b"UTF-8", b"UTF-99"), 400),
        (WON.decode().encode("utf-16"), 400),
        (b"<a>" * 200 + b"</a>" * 200, 400),
        (WON + b" " * (1024 * 1024), 413),
    ],
)
def test_what_is_no_outbound_message_is_refused(body: bytes, status: int) -> None:
    """SF-10, SF-11, SF-12"""
    assert refused(message(body)) == status


@pytest.mark.parametrize("kind", ["application/json", "", "text/plain", "text/xml2", "multipart/form-data"])
def test_only_xml_is_an_outbound_message(kind: str) -> None:
    """SF-11"""
    assert refused(message(WON, content_type=kind)) == 415


def test_deep_nesting_is_refused_inside_a_proper_envelope() -> None:
    """SF-11"""
    deep = b"<a>" * 5000 + b"</a>" * 5000
    assert refused(message(WON.replace(b"<ActionId>", deep + b"<ActionId>"))) == 400


@pytest.mark.parametrize(
    "amplified",
    [
        b"<r xmlns:a='" + b"u" * 400_000 + b"'>" + b"<a:b/>" * 100_000 + b"</r>",
        b"<r xmlns='" + b"u" * 400_000 + b"'>" + b"<b/>" * 150_000 + b"</r>",
        b"<r>" + b"<b/>" * 250_000 + b"</r>",
        b"<a>" * 100_000 + b"</a>" * 100_000,
    ],
    ids=["a long prefixed namespace", "a long default namespace", "many elements", "deep elements"],
)
def test_what_would_grow_while_it_is_read_is_refused_at_once(amplified: bytes) -> None:
    """SF-10: without any DOCTYPE, a mebibyte of names could keep a worker busy for a minute"""
    head, _, tail = WON.partition(b"<ActionId>")
    salesforce = opened()
    sent = message(head + amplified + b"<ActionId>" + tail)
    assert len(sent.body) < 1024 * 1024
    began = time.process_time()
    with pytest.raises(NotAccepted) as caught:
        salesforce.receive(sent)
    assert caught.value.status == 400
    assert time.process_time() - began < 1.0


def test_a_byte_order_mark_and_another_prefix_do_not_matter() -> None:
    assert len(received(message(b"\xef\xbb\xbf" + WON))) == 1
    assert len(received(message(WON.replace(b"soapenv:", b"s:").replace(b"xmlns:soapenv", b"xmlns:s")))) == 1


def test_the_address_to_configure_ends_in_the_token() -> None:
    assert connector().webhook_path() == TOKEN


def test_a_message_that_is_sent_again_brings_the_same_hundred_hints() -> None:
    """F8: Salesforce repeats all of it when the acknowledgement was lost; under the same names nothing counts twice."""
    first, again = (received(message(many(100))) for _ in range(2))
    assert [one.key for one in first] == [one.key for one in again]
