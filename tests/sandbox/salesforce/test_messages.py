"""Outbound messages: what is told, to whom it is credited, and how stubbornly it is repeated."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.salesforce import OrgControl, SandboxOrg
from tests.sandbox.salesforce.conftest import Api
from tests.sandbox.salesforce.listening import ACK, NACK, Listener


def test_a_message_carries_ids_and_stamps_as_they_are_and_no_session(
    org: SandboxOrg, desk: OrgControl, listener: Listener, anna: dict[str, Any]
) -> None:
    assert desk.settle()
    (told,) = listener.about(anna["Id"])
    assert told == {
        "Id": anna["Id"],
        "SystemModstamp": anna["SystemModstamp"].replace("+0000", "Z"),
        "LastModifiedById": desk.hello()["users"]["people"],
    }
    message = next(each for each in listener.received if told in each.records)
    assert message.text("OrganizationId") == org.org_id
    assert message.text("SessionId") == ""
    assert message.headers["soapaction"] == '""'
    assert message.headers["content-type"] == "text/xml; charset=utf-8"


def test_what_the_integration_user_writes_is_told_only_if_its_profile_says_so(
    desk: OrgControl, api: Api, listener: Listener, anna: dict[str, Any]
) -> None:
    """SF-25, layer 1."""
    assert desk.settle()
    api.save({"id": anna["Id"], "Referral_Status__c": "advocate"})
    assert len(desk.notifications(record_id=anna["Id"])) == 1
    desk.set_user("integration", sends_messages=True)
    api.save({"id": anna["Id"], "Referral_Status__c": "referred"})
    assert desk.settle()
    assert [each["LastModifiedById"] for each in listener.about(anna["Id"])] == [
        desk.hello()["users"]["people"],
        desk.hello()["users"]["integration"],
    ]


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, NACK),
        (200, ""),
        (200, "OK"),
        (200, " " + '<?xml version="1.0"?>' + ACK),
        (200, ACK.replace("2005/09/outbound", "2005/09/inbound")),
        (202, ACK),
        (503, ACK),
    ],
)
def test_anything_but_a_true_ack_brings_the_message_again(
    desk: OrgControl, listener: Listener, status: int, answer: str
) -> None:
    listener.status, listener.answer = status, answer
    contact = desk.create_contact(LastName="Berg")
    assert desk.settle()
    (note,) = desk.notifications(object="Contact")
    assert note["state"] == "unanswered"
    listener.status, listener.answer = 200, ACK
    assert [each["error"] for each in desk.send(note["id"])] == [None]
    assert desk.notifications(object="Contact")[0]["state"] == "delivered"
    assert len(listener.about(contact["Id"])) == 2


def test_retries_grow_apart_and_end_after_a_day(listener: Listener) -> None:
    """SF-47."""
    listener.status = 503
    with SandboxOrg(hub_url=listener.url, retry_scale=1) as org:
        desk = OrgControl(org.base_url)
        desk.create_contact(LastName="Berg")
        assert desk.settle()
        gaps = []
        for _ in range(3):
            (note,) = desk.notifications(state="waiting")
            gaps.append(len(note["attempts"]))
            desk.advance(15 * 2 ** len(gaps))
            assert desk.settle()
        assert gaps == [1, 2, 3]
        desk.advance(24 * 3600)
        listener.status = 200
        assert desk.settle()
        (note,) = desk.notifications(object="Contact")
        assert (note["state"], len(note["attempts"])) == ("lost", 4)
