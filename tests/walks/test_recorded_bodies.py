"""Every recorded body goes through the door like any webhook, and ends where a person can see what became of it."""

import contextlib
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.hooks import headers
from tests.support.live import Scene

ENDS = {"read", "ignored", "unreadable"}
# A recorded body of a date is named by its noun alone.
USUAL = {
    "orders": "orders/updated",
    "refunds": "refunds/create",
    "customers": "customers/update",
    "shop": "shop/update",
}
# It would end the connection, rightly; another walk tells that story.
LAST = "app/uninstalled"


def topic_of(path: Path) -> str:
    """The topic that a file's name tells, such as orders_paid__referred.json or 2025-04__orders__1.json."""
    if path.stem.startswith("20"):
        return USUAL[path.stem.split("__")[1]]
    return path.stem.partition("__")[0].replace("_", "/", 1)


def test_every_recorded_body_is_stored_acknowledged_and_read_to_an_end(stage: Scene, shared_data: Path) -> None:
    folder = shared_data / "shopify" / "webhooks"
    bodies = {str(path.relative_to(folder)): path for path in folder.glob("[!m]*/*.json") if topic_of(path) != LAST}
    assert len(bodies) > 40
    address = urlsplit(stage.webhook_url)
    with contextlib.closing(HTTPConnection(address.hostname or "", address.port, timeout=30)) as line:
        for key, path in bodies.items():
            body = path.read_bytes()
            signed = headers(stage.shop.client_secret, body, topic=topic_of(path), key=key)
            line.request("POST", address.path, body, signed)
            answer = line.getresponse()
            assert (answer.status, answer.read()) == (200, b""), key
    stage.drain()
    ends = {row["key"]: row for row in stage.deliveries() if row["key"] in bodies}
    assert len(ends) == len(bodies)
    assert {row["state"] for row in ends.values()} <= ENDS
    assert all(row["reason"] for row in ends.values() if row["state"] == "unreadable")
    stage.assert_sound()
