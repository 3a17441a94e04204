"""Whatever arrives, the door and the reading give what the contract knows: nothing else ever comes out."""

import json
import math
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.hubspot.answers import problems_of, refuse, scopes_of
from referhub import ConnectorError, Delivery, Event, HttpResponse, NotAccepted, Order, Record, TryLater
from tests.connectors.hubspot.support import NOW, Answer, ScriptedHttp, answer, connector, payload, request

KINDS = [
    "contact.propertyChange",
    "contact.merge",
    "contact.deletion",
    "contact.restore",
    "contact.privacyDeletion",
    "object.propertyChange",
    "object.associationChange",
    "deal.creation",
    "deal.merge",
    "deal.restore",
    "deal.polled",
    "moon.landing",
]
odd_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["", "201", "0-1", "0-3", "12.50", "-1", "1e9", "NaN", "2026-11-20", "true", 201, 301, 2**63, -1]),
)
anything = st.recursive(
    odd_values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)
NAMES = [
    "objectId",
    "objectTypeId",
    "occurredAt",
    "propertyName",
    "propertyValue",
    "portalId",
    "appId",
    "changeSource",
    "sourceId",
    "mergedObjectIds",
    "primaryObjectId",
    "newObjectId",
    "fromObjectId",
    "toObjectId",
    "fromObjectTypeId",
    "toObjectTypeId",
    "associationType",
    "eventId",
]
events = st.builds(
    lambda kind, told: {"subscriptionType": kind, "objectId": 301, "newObjectId": 301, "objectTypeId": "0-3"} | told,
    st.sampled_from(KINDS) | anything,
    st.dictionaries(st.sampled_from(NAMES), anything, max_size=3),
)


class OddPortal(ScriptedHttp):
    """A portal whose records hold odd values, under the ids that were asked for."""

    def __init__(self, properties: dict[str, Any]) -> None:
        super().__init__()
        self.properties = properties

    def answer(self, asked: dict[str, Any]) -> Answer:
        if not asked["body"]:
            return answer(payload("account"))
        inputs = json.loads(asked["body"])["inputs"]
        if "/associations/" in asked["url"]:
            to = [{"toObjectId": 201, "associationTypes": [{"typeId": 3, "label": self.properties.get("label")}]}]
            return answer({"results": [{"from": {"id": one["id"]}, "to": to} for one in inputs]})
        return answer({"results": [{"id": one["id"], "properties": self.properties} for one in inputs]})


def _read(properties: dict[str, Any], told: Any) -> list[Sequence[Event] | ConnectorError]:
    opened = connector(OddPortal(properties), app_id="", qualified_stages="opportunity", deal_code_property="code")
    try:
        found = opened.receive(request(json.dumps([told]).encode())).deliveries
    except NotAccepted:
        return []
    try:
        return list(opened.read_many(found))
    except ConnectorError:
        return []


@settings(max_examples=150, deadline=None)
@given(told=events, properties=st.dictionaries(st.text(max_size=8), odd_values, max_size=3))
@example(told={"subscriptionType": "contact.merge", "newObjectId": 5, "mergedObjectIds": [[[]]]}, properties={})
def test_an_odd_event_is_events_or_says_why_not(told: Any, properties: dict[str, Any]) -> None:
    """HS-15."""
    for answered in _read(properties, told):
        _is_sound(answered)


@settings(max_examples=150, deadline=None)
@given(
    changes=st.dictionaries(
        st.sampled_from([*payload("deal")["properties"], *payload("contact")["properties"], "code", "label"]),
        odd_values,
        max_size=4,
    ),
    kind=st.sampled_from(["contact.creation", "contact.merge", "deal.creation", "deal.restore", "deal.merge"]),
)
def test_a_record_with_odd_values_is_an_order_or_says_why_not(changes: dict[str, Any], kind: str) -> None:
    properties = payload("contact")["properties"] | payload("deal")["properties"] | changes
    for answered in _read(properties, {"subscriptionType": kind, "objectId": 301, "newObjectId": 301}):
        _is_sound(answered)


def _is_sound(answered: Sequence[Event] | ConnectorError) -> None:
    if isinstance(answered, ConnectorError):
        assert str(answered)
        return
    assert answered
    for one in answered:
        order = getattr(one, "order", None)
        if isinstance(order, Order):
            _is_sound_order(order)


def _is_sound_order(order: Order) -> None:
    assert order.base.minor >= 0
    assert order.is_paid or order.cancelled_at is not None
    assert all(at.tzinfo is UTC for at in (order.placed_at, order.updated_at))
    assert all(part.isprintable() or "\x00" not in part for part in (order.name, *order.references))
    assert all(claim.value for claim in order.friend.identities)


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=60) | anything.map(lambda value: json.dumps(value).encode()))
def test_any_signed_body_is_received_or_refused(body: bytes) -> None:
    """HS-15."""
    for one in _received(body):
        assert isinstance(one, Delivery)
        assert len(one.key) == 64
        assert one.topic.isascii()
        assert one.subject == "" or one.subject.isdecimal()
        assert not isinstance(json.loads(one.body), list)


@settings(max_examples=200, deadline=None)
@given(
    status=st.integers(100, 599), body=st.binary(max_size=40) | anything.map(lambda value: json.dumps(value).encode())
)
@example(status=429, body=b'{"policyName": ["DAILY"]}')
@example(status=403, body=b'{"errors": [{"context": {"scopes": [["a"]]}}]}')
@example(status=400, body=b'{"message": "[", "errors": [{"context": {"propertyName": {"a": 1}}}]}')
@example(status=503, body=b"")
def test_any_answer_is_a_success_or_one_of_our_errors(status: int, body: bytes) -> None:
    problem = _refusal(HttpResponse(status, {"retry-after": "x"}, body))
    assert (problem is None) == (200 <= status < 300)
    assert len(str(problem)) < 500


@settings(max_examples=100, deadline=None)
@given(told=st.dictionaries(st.sampled_from(["errors", "message", "context", "category"]), anything, max_size=4))
def test_what_an_answer_complains_of_is_read_without_an_accident(told: dict[str, Any]) -> None:
    assert all(problem.name == "" or problem.name.isidentifier() or problem.name for problem in problems_of(told))
    assert all("." in scope or "-" in scope for scope in scopes_of(told))


@settings(max_examples=60, deadline=None)
@given(told=anything)
def test_any_answer_to_a_write_gives_every_record_an_outcome(told: Any) -> None:
    class Odd(ScriptedHttp):
        def answer(self, asked: dict[str, Any]) -> Answer:
            return answer(json.dumps(told).encode(), 207)

    records = [Record(str(number), {"referral_code": "A"}) for number in range(3)]
    assert len(connector(Odd()).write(records)) == 3


@settings(max_examples=150, deadline=None)
@given(seconds=st.floats(allow_nan=True, allow_infinity=True))
def test_any_wait_that_is_asked_for_is_bounded(seconds: float) -> None:
    problem = _refusal(HttpResponse(477, {"retry-after": str(seconds)}))
    assert isinstance(problem, TryLater)
    after = problem.after.total_seconds()
    assert math.isfinite(after)
    assert 1 <= after <= 86_400


def test_every_recorded_answer_is_a_success_or_one_of_our_errors(shared_data: Path) -> None:
    files = sorted((shared_data / "hubspot/rest").glob("*.json"))
    assert len(files) >= 20
    for path in files:
        for status in (200, 207, 400, 403, 409, 429, 500):
            problem = _refusal(HttpResponse(status, {}, path.read_bytes()))
            assert (problem is None) == (status < 300), path.name
            assert problem is None or str(problem)


def _refusal(response: HttpResponse) -> ConnectorError | None:
    """What is raised for the answer, None for a success; anything but an error of the contract is an accident."""
    try:
        refuse(response, now=NOW, zone="Europe/Berlin")
    except ConnectorError as problem:
        return problem
    return None


def _received(body: bytes) -> Sequence[Delivery]:
    """The deliveries of a signed body, none if it was refused as no list."""
    try:
        return connector(app_id="").receive(request(body)).deliveries
    except NotAccepted as refusal:
        return () if refusal.status == 400 else (Delivery(key="", topic="", body=b""),)
