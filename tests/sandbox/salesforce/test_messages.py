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
        (200, ACK.replace("soapenv:Envelope", "soapenv:Wrapper")),
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


def test_a_hundred_notifications_go_in_one_message_and_one_ack_covers_them(
    desk: OrgControl, listener: Listener
) -> None:
    """SF-03."""
    desk.hold()
    ids = desk.create_many("Contact", [{"LastName": f"N{number}"} for number in range(230)])
    desk.release()
    assert desk.settle()
    messages = [each for each in listener.received if each.records]
    assert sorted(len(each.ids) for each in messages) == [30, 100, 100]
    assert sorted(row["Id"] for each in messages for row in each.records) == ids
    assert {each["state"] for each in desk.notifications(object="Contact")} == {"delivered"}


def test_a_message_without_an_ack_fails_for_all_that_is_in_it(desk: OrgControl, listener: Listener) -> None:
    listener.answer = NACK
    desk.hold()
    desk.create_many("Contact", [{"LastName": "One"}, {"LastName": "Two"}])
    desk.release()
    assert desk.settle()
    notes = desk.notifications(object="Contact")
    assert [each["attempts"][0]["error"] for each in notes] == ["SOAP response was a nack"] * 2
    assert {each["state"] for each in notes} == {"unanswered"}


def test_the_content_is_that_of_the_moment_of_sending(desk: OrgControl, listener: Listener) -> None:
    """SF-17: what was won and lost again in between is never seen."""
    desk.announce_to(listener.url, ["Opportunity"], fields=["Id", "IsWon", "Amount", "StageName"])
    desk.hold()
    deal = desk.create_opportunity(Amount="10.50")
    desk.win(deal["Id"])
    desk.lose(deal["Id"], Amount=None, StageName="Lost & <gone>")
    desk.release()
    assert desk.settle()
    assert listener.about(deal["Id"]) == [{"Id": deal["Id"], "IsWon": "false", "StageName": "Lost & <gone>"}] * 3


@pytest.mark.parametrize("empty", [True, False])
def test_a_record_that_was_deleted_first_is_told_without_its_fields(
    desk: OrgControl, listener: Listener, empty: bool
) -> None:
    """SF-15: both shapes that the vendor's words allow."""
    desk.settings(empty_sobject=empty)
    desk.hold()
    contact = desk.create_contact(LastName="Gone")
    (note,) = desk.notifications(record_id=contact["Id"])
    desk.delete(contact["Id"])
    desk.release()
    assert desk.settle()
    message = next(each for each in listener.received if note["id"] in each.ids)
    assert message.records == ([{}] if empty else [])
    assert b"Gone" not in message.body


def test_notifications_are_repeated_reordered_and_lost_at_the_desk(desk: OrgControl, listener: Listener) -> None:
    """SF-05, SF-06."""
    desk.hold()
    one, two, three = desk.create_many("Contact", [{"LastName": name} for name in ("One", "Two", "Three")])
    notes = {each["record_id"]: each["id"] for each in desk.notifications(state="held")}
    desk.drop(notes[two])
    desk.release([notes[three], notes[one]])
    desk.send(notes[three], notes[three])
    desk.send(notes[one], times=2)
    desk.release()
    assert desk.settle()
    sent = [[row["Id"] for row in each.records] for each in listener.received]
    assert sent == [[three], [one], [three, three], [one], [one]]
    assert listener.received[2].ids == [notes[three]] * 2
    assert [each["record_id"] for each in desk.notifications(state="dropped")] == [two]


def test_only_changes_of_what_is_watched_are_told(desk: OrgControl, listener: Listener) -> None:
    desk.announce_to_nobody()
    desk.announce_to(listener.url, ["Opportunity"], watch=["StageName", "Amount"])
    deal = desk.create_opportunity()["Id"]
    desk.update(deal, Name="Another name")
    desk.update(deal, Amount="5")
    desk.create_contact(LastName="Nobody listens")
    assert desk.settle()
    assert len(listener.about(deal)) == len(listener.received) == 2


def test_an_answer_that_takes_too_long_is_none(desk: OrgControl, listener: Listener) -> None:
    desk.settings(patience=0.05)
    listener.seconds = 0.5
    desk.create_contact(LastName="Berg")
    assert desk.settle()
    (note,) = desk.notifications(object="Contact")
    assert (note["state"], note["attempts"][0]["status"]) == ("unanswered", None)


def test_an_org_may_announce_itself_in_15_letters_or_as_another(
    org: SandboxOrg, desk: OrgControl, listener: Listener
) -> None:
    """SF-07."""
    for told in (org.org_id[:15], "00DSY0000000002"):
        desk.settings(announced_org_id=told)
        desk.create_contact(LastName="Berg")
        assert desk.settle()
        assert listener.received[-1].text("OrganizationId") == told
        assert (listener.received[-1].text("EnterpriseUrl") or "").endswith(told[:15])


def test_somebody_else_can_post_to_the_address(desk: OrgControl, listener: Listener) -> None:
    assert desk.forge(listener.url, record_id="003SY0000000001YAA", fields={"Email": "x@example.com"}) == {
        "status": 200,
        "error": None,
    }
    assert listener.received[-1].records == [{"Id": "003SY0000000001YAA", "Email": "x@example.com"}]
    listener.status = 403
    assert desk.forge(listener.url, body="<x/>", headers={"Content-Type": "text/plain"})["status"] == 403
    assert (listener.received[-1].body, listener.received[-1].headers["content-type"]) == (b"<x/>", "text/plain")
    assert desk.notifications() == []


def test_a_listener_that_is_not_there_loses_nothing_for_a_day(desk: OrgControl, listener: Listener) -> None:
    listener.stop()
    desk.create_contact(LastName="Berg")
    assert desk.settle()
    (note,) = desk.notifications(object="Contact")
    assert note["attempts"][0]["status"] is None
    desk.advance(24 * 3600 - 60)
    assert desk.notifications(object="Contact")[0]["state"] == "unanswered"
    desk.advance(61)
    assert desk.notifications(object="Contact")[0]["state"] == "lost"


def test_a_process_of_the_platform_tells_nobody(desk: OrgControl, anna: dict[str, Any]) -> None:
    assert desk.settle()
    notes = desk.notifications()
    desk.touch(anna["Id"])
    assert desk.notifications() == notes
