"""A proven webhook becomes one delivery per event: named for ever, to its own portal, without needless values."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.hubspot.receiving import LARGEST_BODY
from referhub import BadSignature, Delivery, Ignored, NotAccepted
from tests.connectors.hubspot.support import PORTAL, connector, encoded, event, request


def _deliveries(*events: Any, **settings: str) -> tuple[Delivery, ...]:
    reception = connector(**settings).receive(request(encoded(list(events))))
    assert reception.reply.status == 200
    return reception.deliveries


def test_each_event_is_a_delivery_of_its_own() -> None:
    first, second = _deliveries(event(), event("deal.propertyChange", 301))
    assert (first.topic, first.subject) == ("contact.propertyChange", "201")
    assert (second.topic, second.subject) == ("deal.propertyChange", "301")
    assert json.loads(second.body)["objectId"] == 301
    assert b"201" not in second.body


def test_an_event_has_one_name_however_often_it_is_sent() -> None:
    """HS-12."""
    names = {one.key for attempt in range(10) for one in _deliveries(event(attemptNumber=attempt))}
    assert len(names) == 1


def test_a_request_that_is_sent_again_brings_the_same_names() -> None:
    """HS-09: the hub keeps each name once, so a replay is acknowledged and changes nothing."""
    asked = request(encoded([event(), event(object_id=202)]))
    opened = connector()
    once, again = opened.receive(asked), opened.receive(asked)
    assert [one.key for one in once.deliveries] == [one.key for one in again.deliveries]
    assert again.reply.status == 200


@pytest.mark.parametrize(
    "other",
    [
        {"objectId": 202},
        {"occurredAt": 1_790_000_000_001},
        {"propertyName": "email"},
        {"propertyValue": "x"},
        {"eventId": 2},
        {"portalId": 99},
        {"subscriptionType": "contact.creation"},
    ],
)
def test_events_that_share_an_event_id_are_still_told_apart(other: dict[str, Any]) -> None:
    """F7."""
    one, another = _deliveries(event(), event(**other))
    assert one.key != another.key


def test_merges_and_associations_are_told_apart_by_whom_they_concern() -> None:
    merges = [event("contact.merge", 0, mergedObjectIds=[old], newObjectId=900) for old in (201, 202)]
    ties = [
        event("object.associationChange", 0, fromObjectId=old, toObjectId=301, associationType="CONTACT_TO_DEAL")
        for old in (201, 202)
    ]
    assert len({one.key for one in _deliveries(*merges, *ties)}) == 4


def test_generic_events_are_named_by_the_kind_of_record() -> None:
    told = [event("object.propertyChange", objectTypeId=kind) for kind in ("0-1", "0-3", "0-123", "2-99")]
    topics = [one.topic for one in _deliveries(*told)]
    assert topics == [
        "contact.propertyChange",
        "deal.propertyChange",
        "order.propertyChange",
        "object.propertyChange",
    ]


def test_the_event_type_may_stand_under_its_other_name() -> None:
    """HS-16."""
    told = event() | {"eventType": "deal.creation", "somethingNew": {"a": [1]}}
    del told["subscriptionType"]
    (found,) = _deliveries(told)
    assert found.topic == "deal.creation"


@pytest.mark.parametrize("kind", ["moon.landing", "", "x" * 5000, "contact\n.creation", None, 7, ["contact.creation"]])
def test_an_unknown_kind_of_event_is_kept_under_a_name_that_can_be_stored(kind: Any) -> None:
    """HS-16."""
    (found,) = _deliveries(event(kind))
    assert found.topic in ("moon.landing", "unknown")


def test_values_are_not_kept_because_the_record_is_read_again() -> None:
    """HS-20b."""
    (open_one, hidden) = _deliveries(
        event(propertyName="email", propertyValue="bob@example.com"),
        event(propertyName="passport_number", propertyValue="REDACTED", isSensitive=True),
    )
    assert b"bob@example.com" not in open_one.body
    assert b"REDACTED" not in hidden.body
    assert json.loads(hidden.body)["propertyName"] == "passport_number"


def test_events_of_three_portals_each_go_to_their_own() -> None:
    """HS-10."""
    portals = (int(PORTAL), 222, 333)
    events = [event(object_id=number, portalId=portals[number % 3], eventId=number) for number in range(100)]
    found = _deliveries(*events, portal_id=PORTAL)
    assert len(found) == 100
    assert [one.source for one in found[:3]] == ["", "222", "333"]


def test_a_connection_that_names_no_portal_leaves_it_to_the_hub_which_one_is_its_own() -> None:
    (found,) = _deliveries(event())
    assert found.source == PORTAL


def test_events_of_another_app_are_refused_whole() -> None:
    with pytest.raises(BadSignature, match="another app"):
        _deliveries(event(), event(appId=1))
    assert len(_deliveries(event(appId=1), app_id="")) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b"7",
        b'"text"',
        b"[",
        b"\xff\xfe",
        b"[NaN]",
        b"[Infinity]",
        b"[" * 10_000 + b"]" * 10_000,
        b"[" + b"{}," * 9_999 + b"{}]",
        b'[{"objectId": 201}, {"objectId"',
        b'[{"objectId": ' + b"9" * 5000 + b"}]",
    ],
)
def test_what_is_no_list_of_events_is_not_accepted(body: bytes) -> None:
    """HS-15."""
    with pytest.raises(NotAccepted) as refusal:
        connector().receive(request(body))
    assert refusal.value.status == 400


def test_what_is_too_large_is_not_even_hashed() -> None:
    """HS-15."""
    body = b"[" + b" " * 5 * LARGEST_BODY + b"]"
    with pytest.raises(NotAccepted) as refusal:
        connector().receive(request(body, x_hubspot_signature_v3=None))
    assert refusal.value.status == 413


def test_an_empty_list_is_acknowledged() -> None:
    """HS-15."""
    assert _deliveries() == ()


@pytest.mark.parametrize(
    ("told", "subject"),
    [
        ("201", "201"),
        (2**63, str(2**63)),
        (-1, ""),
        (True, ""),
        (1.5, ""),
        (None, ""),
        ([201], ""),
        ("201 OR 1=1", ""),
        ("٢", ""),
        (10**30, ""),
    ],
)
def test_an_id_is_digits_or_none_at_all(told: Any, subject: str) -> None:
    """HS-15."""
    (found,) = _deliveries(event(object_id=told))
    assert found.subject == subject


def test_a_key_that_occurs_twice_makes_no_trouble() -> None:
    """HS-15."""
    body = encoded([event()])[:-2] + b', "objectId": 202}]'
    (found,) = connector().receive(request(body)).deliveries
    assert found.subject == "202"


def test_nested_values_in_an_event_are_left_out() -> None:
    deep = json.loads("[" * 50 + "]" * 50)
    (found,) = _deliveries(event(mergedObjectIds=[deep, 5], sourceId={"a": deep}))
    kept = json.loads(found.body)
    assert (kept["mergedObjectIds"], kept["sourceId"]) == ([5], None)


@pytest.mark.parametrize("told", [None, "soon", True, -1, 10**20, 0])
def test_a_time_that_makes_no_sense_is_no_time(told: Any) -> None:
    (found,) = _deliveries(event(occurredAt=told))
    assert found.triggered_at is None


def test_every_recorded_body_is_taken_and_names_its_records(shared_data: Path) -> None:
    folder = shared_data / "hubspot/payloads"
    bodies = sorted({*folder.glob("synthetic-*.json"), folder / "amp-labs-app-settings-samples.json"})
    assert len(bodies) >= 7
    for path in bodies:
        found = connector(app_id="").receive(request(path.read_bytes())).deliveries
        assert found
        assert all(one.subject and one.triggered_at for one in found), path.name
        assert len({one.key for one in found}) == len(found)


def test_one_malformed_event_of_a_hundred_harms_no_other() -> None:
    """F6: it is kept, says why it brings nothing, and nothing of the others is lost."""
    events = [event(object_id=200 + number) for number in range(100)]
    events[41]["objectId"] = "241 OR 1=1"
    found = _deliveries(*events)
    assert [one.subject for one in found] == ["" if n == 41 else str(200 + n) for n in range(100)]
    assert connector().read(found[41]) == [Ignored("the event names no record")]
