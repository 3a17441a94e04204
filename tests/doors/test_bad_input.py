"""What must not come in, and what must come in although nobody can read it."""

import base64
import contextlib
import gzip
import hashlib
import hmac
from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.doors.knocking import BODY, Door
from tests.support.hooks import signature

MIB = 1024 * 1024
# The server may close the line while we are still sending, which is as good an answer as a status.
HUNG_UP = (ConnectionResetError, BrokenPipeError)


def hexed(secret: str) -> str:
    return hmac.new(secret.encode(), BODY, hashlib.sha256).hexdigest()


SIGNATURES: list[tuple[str, Callable[[str], str | None]]] = [
    ("absent", lambda secret: None),
    ("empty", lambda secret: ""),
    ("of another body", lambda secret: signature(secret, BODY + b" ")),
    ("by another secret", lambda secret: signature("another", BODY)),
    ("in hex", hexed),
    ("cut short", lambda secret: signature(secret, BODY)[:-4]),
    ("with more behind it", lambda secret: signature(secret, BODY) + "AAAA"),
    ("no base64", lambda secret: "!" * 44),
    ("not ASCII", lambda secret: "é" * 44),
    ("in another spelling", lambda secret: signature(secret, BODY).rstrip("=")),
    ("of nothing", lambda secret: base64.b64encode(bytes(32)).decode()),
    ("very long", lambda secret: "A" * 10_000),
]


@pytest.mark.parametrize("given", [pytest.param(made, id=name) for name, made in SIGNATURES])
def test_a_request_without_proof_is_refused_and_not_stored(door: Door, given: Callable[[str], str | None]) -> None:
    """SH-16, S1, S6."""
    key = str(uuid4())
    assert door.post(door.signed(key=key) | {"X-Shopify-Hmac-Sha256": given(door.secret)}) == 401
    assert key not in door.stored()


def test_a_signature_given_twice_is_no_proof(door: Door) -> None:
    key = str(uuid4())
    headers = door.signed(key=key)
    good = headers.pop("X-Shopify-Hmac-Sha256")
    lines = [f"{name}: {value}" for name, value in headers.items()]
    lines += ["Host: localhost", "Connection: close", f"Content-Length: {len(BODY)}"]
    for pair in ((good, signature("another", BODY)), (signature("another", BODY), good), (good, good)):
        twice = [f"X-Shopify-Hmac-Sha256: {value}" for value in pair]
        raw = "\r\n".join([f"POST {door.path} HTTP/1.1", *lines, *twice, "", ""]).encode() + BODY
        assert door.say(raw) in (400, 401)
    assert key not in door.stored()


def test_an_underscore_in_a_header_name_smuggles_nothing(door: Door) -> None:
    """`X_Shopify_Hmac_Sha256` and `X-Shopify-Hmac-Sha256` are one name to WSGI, and two to a proxy."""
    key = str(uuid4())
    headers = door.signed(key=key)
    good = headers.pop("X-Shopify-Hmac-Sha256")
    assert door.post(headers | {"X_Shopify_Hmac_Sha256": good}) == 401
    assert key not in door.stored()


def test_an_empty_body_without_proof_is_refused(door: Door) -> None:
    assert door.post(door.signed(b"other"), b"") == 401


def test_an_invalid_body_without_proof_is_refused_before_it_is_parsed(door: Door) -> None:
    assert door.post(door.signed(), b"{" * 100) == 401


def test_an_address_without_a_connection_is_not_found(door: Door) -> None:
    for path in ("/hooks/", "/hooks/0", "/hooks/" + "0" * 32, "/hooks/%00", "/hooks/../hooks/x"):
        assert door.post(door.signed(), path=path) == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_only_post_is_a_webhook(door: Door, method: str) -> None:
    """S6."""
    assert door.post(door.signed(), b"", method=method) == 405


def test_a_trailing_slash_is_no_redirect(door: Door) -> None:
    """SH-18."""
    assert door.post(door.signed(), path=door.path + "/") == 200
    assert door.post(door.signed(), path=door.path) == 200


def test_two_mebibytes_are_taken_whole_and_a_byte_more_is_not(door: Door) -> None:
    """F19, S7: never cut and accepted."""
    fits, key = b'"' + b"x" * (2 * MIB - 2) + b'"', str(uuid4())
    assert door.post(door.signed(fits, key), fits) == 200
    assert key in door.stored()
    larger, key = fits + b" ", str(uuid4())
    assert door.post(door.signed(larger, key), larger) == 413
    assert key not in door.stored()


@pytest.mark.parametrize("length", ["1099511627776", "9" * 400])
def test_a_claim_of_a_huge_body_is_refused_without_waiting_for_it(door: Door, length: str) -> None:
    assert door.post(door.signed() | {"Content-Length": length}) in (400, 413)


@pytest.mark.parametrize("length", ["-1", "+20", "0x14", "20, 20", "2 0", "", "²"])
def test_a_length_that_is_no_number_is_refused(door: Door, length: str) -> None:
    key = str(uuid4())
    assert door.post(door.signed(key=key) | {"Content-Length": length}) in (400, 401, 413)
    assert key not in door.stored()


def test_a_body_in_chunks_is_refused_however_well_it_is_signed(door: Door) -> None:
    """S7."""
    key = str(uuid4())
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
    headers = door.signed(key=key) | {"Transfer-Encoding": "chunked", "Content-Length": None}
    assert door.post(headers, chunked) == 413
    assert key not in door.stored()


def test_chunks_without_end_are_cut_off_in_bounded_memory(door: Door) -> None:
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    key = str(uuid4())
    headers = door.signed(key=key) | {"Transfer-Encoding": "chunked", "Content-Length": None}
    with contextlib.suppress(*HUNG_UP):
        assert door.post(headers, chunk * 80) == 413
    assert key not in door.stored()
    assert door.is_alive()


def test_a_length_and_chunks_at_once_are_refused(door: Door) -> None:
    """S7: two lengths are how requests are smuggled past a proxy."""
    key = str(uuid4())
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
    assert door.post(door.signed(key=key) | {"Transfer-Encoding": "chunked"}, chunked) in (400, 413)
    assert door.post(door.signed(key=key) | {"Transfer-Encoding": "chunked"}, BODY + b"\r\n") in (400, 413)
    assert key not in door.stored()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP"])
def test_a_compressed_body_is_refused(door: Door, encoding: str) -> None:
    """F19, S8: no bomb is ever unpacked."""
    body = gzip.compress(BODY)
    assert door.post(door.signed(body) | {"Content-Encoding": encoding}, body) == 415


def test_a_body_that_ends_before_its_length_is_not_stored(door: Door) -> None:
    """The sender hangs up in the middle: nothing of it stays, whole as the rest may look."""
    key = str(uuid4())
    headers = door.signed(key=key) | {"Content-Length": str(len(BODY) + 10)}
    assert door.post(headers, hangs_up=True) in (0, 400)
    assert key not in door.stored()
    assert door.is_alive()


def test_bytes_behind_the_length_belong_to_nobody(door: Door) -> None:
    """The signed body is the counted one; what follows is no second webhook."""
    before = len(door.stored())
    assert door.post(door.signed() | {"Content-Length": str(len(BODY))}, BODY + b"GARBAGE\r\n\r\n") == 200
    assert len(door.stored()) == before + 1


@pytest.mark.parametrize(
    "raw",
    [b"\x00" * 64, b"POST\r\n\r\n", b"POST / HTTP/9.9\r\n\r\n", b"\xff\xfe HTTP/1.1\r\n\r\n", b"GET  HTTP/1.1\r\n\r\n"],
)
def test_noise_is_no_request_and_harms_nobody(door: Door, raw: bytes) -> None:
    assert door.say(raw + b"\r\n\r\n") in (0, 400, 404, 405, 505)
    assert door.is_alive()


def test_a_header_without_end_is_refused(door: Door) -> None:
    key = str(uuid4())
    with contextlib.suppress(*HUNG_UP):
        assert door.post(door.signed(key=key) | {"X-Long": "x" * 100_000}) in (400, 431)
    assert key not in door.stored()
    assert door.is_alive()


DEEP = b"[" * 200_000 + b"]" * 200_000
UNREADABLE = [
    pytest.param(b"", id="nothing"),
    pytest.param(b"{", id="half an object"),
    pytest.param(b"[]", id="a list"),
    pytest.param(b"null", id="null"),
    pytest.param(DEEP, id="deep nesting"),
    pytest.param(b'{"id":NaN}', id="NaN"),
    pytest.param(b'{"id":1,"total_price":1e1000000}', id="an endless number"),
    pytest.param(b'{"id":' + b"9" * 100_000 + b"}", id="a hundred thousand digits"),
    pytest.param(b'{"id":"\xff\xfe"}', id="invalid UTF-8"),
    pytest.param(b'{"id":1,"id":2}', id="a key twice"),
    pytest.param(b'{"id":{"a":1},"line_items":"no","customer":7}', id="wrong types"),
    pytest.param(b"{}", id="missing fields"),
    pytest.param(b'{"id":"\\ud800"}', id="half a surrogate"),
]


@pytest.mark.parametrize("body", UNREADABLE)
def test_signed_but_unreadable_is_stored_marked_shown_and_can_be_replayed(door: Door, body: bytes) -> None:
    """SH-16: 200 and a row that says why; never a 500, never a hang."""
    key = str(uuid4())
    headers = door.signed(body, key) | {"X-Shopify-Topic": "orders/paid"}
    assert door.post(headers, body) == 200
    door.stage.drain()
    (row,) = [row for row in door.stage.deliveries() if row["key"] == key]
    assert row["state"] == "unreadable", row
    assert row["reason"]
    (listed,) = [row for row in door.stage.referhub("deliveries", "list", "--limit", "100") if row["key"] == key]
    shown = door.stage.invoke("deliveries", "show", listed["id"])
    assert shown.exit_code == 0
    assert key in shown.output
    assert "unreadable" in shown.output
    door.stage.referhub("deliveries", "replay", listed["id"])
    door.stage.drain()
    (again,) = [row for row in door.stage.deliveries() if row["key"] == key]
    assert again["state"] == "unreadable"


def test_a_topic_nobody_knows_is_stored_and_ignored(door: Door) -> None:
    """SH-23."""
    key = str(uuid4())
    assert door.post(door.signed(key=key) | {"X-Shopify-Topic": "moons/risen"}) == 200
    door.stage.drain()
    assert [row["state"] for row in door.stage.deliveries() if row["key"] == key] == ["ignored"]


def test_a_delivery_of_another_shop_is_stored_and_not_applied(door: Door) -> None:
    """SH-23: signed with our secret, yet another shop's domain in the header."""
    key = str(uuid4())
    body = b'{"id":99,"name":"#99"}'
    headers = door.signed(body, key) | {
        "X-Shopify-Topic": "orders/paid",
        "X-Shopify-Shop-Domain": "evil.myshopify.com",
    }
    assert door.post(headers, body) == 200
    door.stage.drain()
    (row,) = [row for row in door.stage.deliveries() if row["key"] == key]
    assert row["state"] in ("ignored", "unreadable")
    door.stage.referhub("why", "#99", status=1)


REFUSED = [
    pytest.param("POST", {"X-Shopify-Hmac-Sha256": "A" * 44}, b"{}", 401, id="not proven"),
    pytest.param("GET", {}, b"", 405, id="no post"),
    pytest.param("POST", {"Content-Length": str(3 * MIB)}, b"", 413, id="too large"),
    pytest.param("POST", {"Content-Encoding": "gzip"}, b"x", 415, id="compressed"),
    pytest.param("POST", {"Content-Length": "x"}, b"", 400, id="no length"),
    pytest.param("POST", {"X-Much": "x" * 17_000}, b"", 431, id="too many headers"),
]


@pytest.mark.parametrize(("method", "told", "body", "status"), REFUSED)
def test_a_refusal_says_how_and_nothing_more(
    door: Door, method: str, told: dict[str, str], body: bytes, status: int
) -> None:
    """S6: no version, no reason, and nothing of the request."""
    planted = {"X-Planted": "canary-4711"}
    answer = door.hear(door.signed(body) | planted | told, body, method=method, path=f"{door.path}?canary-4711")
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert int(head.split(b" ", 2)[1]) == status
    assert b"canary" not in answer
    assert b"waitress" not in answer.lower()
    assert b"\nserver:" not in head.lower()
    assert len(rest) < 100
