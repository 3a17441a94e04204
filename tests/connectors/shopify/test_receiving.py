"""The machines' door: nothing unproven gets in, and what is proven is kept untouched."""

import base64
from datetime import UTC, datetime

import pytest

from referhub import BadSignature, Delivery, WebhookRequest
from tests.connectors.shopify.support import connector, encoded, payload, request, signature

BODY = encoded(payload("order_paid"))


def received(sent: WebhookRequest, **settings: str) -> Delivery:
    (found,) = connector(**settings).receive(sent).deliveries
    return found


def test_a_signed_webhook_becomes_one_delivery_with_its_raw_body() -> None:
    """SH-15"""
    found = received(request(BODY))
    assert found.body == BODY
    assert found.topic == "orders/paid"
    assert found.triggered_at == datetime(2026, 11, 20, 9, 15, 41, 123456, tzinfo=UTC)
    assert connector().receive(request(BODY)).reply.status == 200


def test_the_previous_secret_still_counts_during_a_rotation() -> None:
    """SH-15"""
    sent = request(BODY, hmac_sha256=signature(BODY, "the-older-secret"))
    assert received(sent, previous_client_secret="the-older-secret").body == BODY
    with pytest.raises(BadSignature):
        received(sent)


def test_an_empty_previous_secret_signs_nothing() -> None:
    with pytest.raises(BadSignature):
        received(request(BODY, hmac_sha256=signature(BODY, "")))


GOOD = signature(BODY)
DIGEST = base64.b64decode(GOOD)


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(None, id="missing"),
        pytest.param("", id="empty"),
        pytest.param(DIGEST.hex(), id="hex digest"),
        pytest.param(GOOD[:-1], id="truncated"),
        pytest.param(GOOD.rstrip("="), id="without padding"),
        pytest.param(GOOD + "\n", id="trailing newline"),
        pytest.param(" " + GOOD, id="leading space"),
        pytest.param(GOOD[:10] + "!" + GOOD[10:], id="junk inside"),
        pytest.param("ü" * 44, id="not ASCII"),
        pytest.param(signature(BODY, "another secret"), id="another secret"),
        pytest.param(signature(BODY + b" "), id="another body"),
        pytest.param(base64.b64encode(DIGEST[:31]).decode(), id="31 bytes"),
    ],
)
def test_any_other_spelling_of_a_signature_is_refused(spelling: str | None) -> None:
    """SH-16"""
    with pytest.raises(BadSignature):
        received(request(BODY, hmac_sha256=spelling))


def test_a_second_spelling_of_the_same_digest_is_refused() -> None:
    """SH-16: base64 lets the last letter before the padding vary without changing the bytes."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twin = GOOD[:-2] + letters[letters.index(GOOD[-2]) ^ 1] + "="
    assert base64.b64decode(twin) == DIGEST
    with pytest.raises(BadSignature):
        received(request(BODY, hmac_sha256=twin))


def test_the_proof_comes_before_any_reading() -> None:
    """SH-16: broken JSON with a bad signature is refused, with a good one it is kept."""
    with pytest.raises(BadSignature):
        received(request(b"{", hmac_sha256=GOOD))
    assert received(request(b"{")).body == b"{"
    assert received(request(b"")).body == b""


def test_a_retry_has_the_same_key_and_topics_of_one_event_have_different_ones() -> None:
    """SH-19"""
    create, paid = (
        request(BODY, topic="orders/create", webhook_id="a", event_id="shared"),
        request(BODY, topic="orders/paid", webhook_id="b", event_id="shared"),
    )
    assert received(create).key == received(create).key == "a"
    assert received(paid).key == "b"


@pytest.mark.parametrize("webhook_id", [None, "", "x" * 300, "a\nb", "ü"])
def test_without_a_usable_id_the_key_is_made_from_topic_and_body(webhook_id: str | None) -> None:
    first = received(request(BODY, webhook_id=webhook_id)).key
    assert first == received(request(BODY, webhook_id=webhook_id)).key
    assert len(first) == 64
    assert first != received(request(BODY, topic="orders/create", webhook_id=webhook_id)).key
    assert first != received(request(BODY + b" ", webhook_id=webhook_id)).key


def test_only_what_reading_needs_is_kept_of_the_headers() -> None:
    found = received(request(BODY))
    assert set(found.headers) == {
        "x-shopify-api-version",
        "x-shopify-event-id",
        "x-shopify-shop-domain",
        "x-shopify-triggered-at",
    }
    assert GOOD not in str(found.headers)


def test_a_spoilt_time_does_not_keep_a_proven_body_out() -> None:
    assert received(request(BODY, triggered_at="yesterday")).triggered_at is None
    assert received(request(BODY, triggered_at=None)).triggered_at is None


def test_an_unknown_topic_and_another_shop_are_stored_all_the_same() -> None:
    """SH-23"""
    assert received(request(BODY, topic="moon/landed")).topic == "moon/landed"
    assert received(request(BODY, shop_domain="other.myshopify.com")).body == BODY
    assert received(request(BODY, topic=None)).topic == ""  # type: ignore[arg-type]
