"""Only HubSpot's own signature v3 over our own address, fresh and spelt canonically, proves a webhook."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.hubspot.signature import is_signed, signed_address
from referhub import BadSignature, WebhookRequest
from tests.connectors.hubspot.support import (
    NOW,
    PUBLIC_URL,
    SECRET,
    connector,
    encoded,
    event,
    milliseconds,
    request,
    signature,
)

BODY = encoded([event()])


def _is_accepted(asked: WebhookRequest, **settings: str) -> bool:
    try:
        connector(**settings).receive(asked)
    except BadSignature:
        return False
    return True


def test_hubspots_own_vectors_of_v3_are_proof_and_those_of_v1_and_v2_are_none(shared_data: Path) -> None:
    """HS-02."""
    vectors = json.loads((shared_data / "hubspot/payloads/signature-vectors.json").read_text(encoding="utf-8"))
    assert {vector["version"] for vector in vectors} == {"v1", "v2", "v3"}
    for vector in vectors:
        stamp = vector["timestamp"] or milliseconds()
        headers = {"x-hubspot-signature-v3": vector["expected"], "x-hubspot-request-timestamp": stamp}
        address = vector["uri"] or PUBLIC_URL
        path, _, query = address.partition("//")[2].partition("/")[2].partition("?")
        signed = signed_address(address, f"/{path}", query)
        at = datetime.fromtimestamp(int(stamp) / 1000, UTC)
        proven = is_signed(headers, vector["method"], signed, vector["body"].encode(), [vector["secret"].encode()], at)
        assert proven == (vector["version"] == "v3"), vector["name"]


def test_a_signed_request_is_accepted() -> None:
    assert _is_accepted(request(BODY))


def test_a_request_with_the_older_signatures_only_is_refused() -> None:
    """HS-02, S3."""
    older = {"x_hubspot_signature": "0" * 64, "x_hubspot_signature_version": "v2"}
    assert not _is_accepted(request(BODY, x_hubspot_signature_v3=None, **older))


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda right: None,
        lambda right: "",
        lambda right: "ü" + right[1:],
        lambda right: right.lower(),
        lambda right: right + "=",
        lambda right: right.rstrip("="),
        lambda right: f"{right}, {right}",
        lambda right: " " + right,
        lambda right: base64.b64encode(base64.b64decode(right)[:-1] + b"\0").decode(),
        lambda right: base64.b64encode(base64.b64decode(right) + b"\0").decode(),
    ],
)
def test_a_spoilt_signature_is_refused_without_an_accident(spoilt: object) -> None:
    """HS-04."""
    assert callable(spoilt)
    right = signature(BODY, milliseconds())
    assert not _is_accepted(request(BODY, x_hubspot_signature_v3=spoilt(right)))


@pytest.mark.parametrize("bit", range(0, 256, 15))
def test_one_changed_bit_is_refused(bit: int) -> None:
    """HS-04."""
    digest = bytearray(base64.b64decode(signature(BODY, milliseconds())))
    digest[bit // 8] ^= 1 << bit % 8
    assert not _is_accepted(request(BODY, x_hubspot_signature_v3=base64.b64encode(digest).decode()))


@pytest.mark.parametrize(
    ("seconds", "is_accepted"), [(0, True), (-299, True), (299, True), (-301, False), (301, False), (86_400, False)]
)
def test_a_request_is_fresh_for_five_minutes_in_both_directions(seconds: int, is_accepted: bool) -> None:
    """F17: a day off in either direction is no proof."""
    assert _is_accepted(request(BODY, at=NOW + timedelta(seconds=seconds))) == is_accepted


@pytest.mark.parametrize("stamp", ["", "x", "-1", "1.5", "1e12", "٣" * 13, " 1790000000000", "9" * 40, "1, 1"])
def test_a_timestamp_is_digits_and_nothing_else(stamp: str) -> None:
    """Signed with that very stamp, so only its form can be why it is refused."""
    headers = {"x_hubspot_request_timestamp": stamp, "x_hubspot_signature_v3": signature(BODY, stamp)}
    assert not _is_accepted(request(BODY, **headers))


def test_a_stamp_in_seconds_is_not_taken_for_one_in_milliseconds() -> None:
    stamp = str(int(NOW.timestamp()))
    headers = {"x_hubspot_request_timestamp": stamp, "x_hubspot_signature_v3": signature(BODY, stamp)}
    assert not _is_accepted(request(BODY, **headers))


def test_the_address_is_our_own_setting_whatever_the_headers_claim() -> None:
    """HS-05, S2."""
    forged = {"host": "evil.example", "x_forwarded_host": "evil.example", "x_forwarded_proto": "http"}
    assert _is_accepted(request(BODY, **forged))
    theirs = signature(BODY, milliseconds(), "https://evil.example/hooks/1")
    assert not _is_accepted(request(BODY, **forged, x_hubspot_signature_v3=theirs))
    inside = signature(BODY, milliseconds(), "http://10.0.0.5:8000/hooks/1")
    assert not _is_accepted(request(BODY, host="10.0.0.5:8000", x_hubspot_signature_v3=inside))


@pytest.mark.parametrize("public_url", ["https://hub.example", "https://hub.example/", PUBLIC_URL, f"{PUBLIC_URL}?a=b"])
def test_the_public_address_may_be_given_whole_or_as_its_beginning(public_url: str) -> None:
    assert _is_accepted(request(BODY), public_url=public_url)


def test_a_prefix_that_the_proxy_takes_away_belongs_to_the_public_address() -> None:
    signed = signature(BODY, milliseconds(), "https://example.org/hub/hooks/1")
    assert _is_accepted(request(BODY, x_hubspot_signature_v3=signed), public_url="https://example.org/hub")


def test_the_query_is_hashed_with_the_escapes_decoded_that_hubspot_names() -> None:
    """HS-06."""
    decoded = signature(BODY, milliseconds(), f"{PUBLIC_URL}?a=b,c&d=%20e")
    asked = replace(request(BODY, x_hubspot_signature_v3=decoded), query="a=b%2Cc&d=%20e")
    assert _is_accepted(asked)
    assert _is_accepted(replace(asked, query="a=b%2cc&d=%20e"))
    assert not _is_accepted(replace(asked, query="a=b%2Cc&d=%20f"))
    assert not _is_accepted(replace(asked, query=""))


@pytest.mark.parametrize(
    "changed",
    [
        BODY.replace(b'"appId": ', b'"appId":'),
        json.dumps(list(reversed([event(), event(object_id=202)]))).encode(),
        BODY + b"\n",
        b"",
    ],
)
def test_only_the_very_bytes_that_were_sent_are_proven(changed: bytes) -> None:
    """HS-07."""
    assert not _is_accepted(replace(request(BODY), body=changed))


def test_a_body_in_utf_8_is_not_the_same_as_its_escapes() -> None:
    """HS-07."""
    plain = json.dumps([event(propertyName="für")], ensure_ascii=False).encode()
    assert _is_accepted(request(plain))
    assert not _is_accepted(replace(request(plain), body=plain.replace("ü".encode(), b"\\u00fc")))


def test_both_secrets_are_good_while_one_replaces_the_other() -> None:
    """HS-08."""
    old, new = request(BODY, secret="old-secret"), request(BODY, secret="new-secret")
    overlap = {"client_secret": "new-secret", "previous_client_secret": "old-secret"}
    assert _is_accepted(old, **overlap)
    assert _is_accepted(new, **overlap)
    assert not _is_accepted(old, client_secret="new-secret")
    assert not _is_accepted(request(BODY, secret="third"), **overlap)


def test_without_a_public_address_nothing_can_be_proven() -> None:
    with pytest.raises(BadSignature, match="public_url"):
        connector(public_url="").receive(request(BODY))


def test_no_secret_is_told_in_a_refusal() -> None:
    with pytest.raises(BadSignature) as refusal:
        connector().receive(request(BODY, secret="wrong"))
    assert SECRET not in str(refusal.value)
