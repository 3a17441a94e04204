"""What the tests of the HubSpot connector share: payloads, signed requests, a scripted network, a small portal."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.hubspot.config import HubSpotConfig
from connectors.hubspot.connector import HubSpot
from referhub import DealReopened, DealWon, Delivery, Event, Http, HttpResponse, Keep, Memory, WebhookRequest

SECRET = "test-secret-of-the-app"
PUBLIC_URL = "https://hub.example/hooks/1"
TOKEN = "pat-eu1-test-token"
APP, PORTAL = "7654321", "12345678"
DEAL = 301
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
PAYLOADS = Path(__file__).parent / "payloads"
Answer = HttpResponse | Exception | Callable[[dict[str, Any]], HttpResponse]


def payload(name: str) -> Any:
    """A body of this folder, fresh and free to be changed."""
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def encoded(body: object) -> bytes:
    return json.dumps(body).encode()


def signature(body: bytes, stamp: str, uri: str = PUBLIC_URL, secret: str = SECRET, method: str = "POST") -> str:
    signed = f"{method}{uri}".encode() + body + stamp.encode()
    return base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()


def milliseconds(at: datetime = NOW) -> str:
    return str(int(at.timestamp() * 1000))


def request(
    body: bytes, *, at: datetime = NOW, secret: str = SECRET, query: str = "", **headers: str | None
) -> WebhookRequest:
    """A webhook as HubSpot sends it; a keyword such as `x_hubspot_signature_v3=None` takes that header away."""
    stamp = milliseconds(at)
    uri = f"{PUBLIC_URL}?{query}" if query else PUBLIC_URL
    given: dict[str, str | None] = {
        "x-hubspot-signature-v3": signature(body, stamp, uri, secret),
        "x-hubspot-request-timestamp": stamp,
        "content-type": "application/json",
    }
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    kept = {name: value for name, value in given.items() if value is not None}
    return WebhookRequest("POST", "/hooks/1", query, kept, body, NOW)


class NoNetwork:
    """A network that must not be used."""

    def request(self, method: str, url: str, **_: Any) -> HttpResponse:
        raise AssertionError(f"unexpected {method} {url}")


class ScriptedHttp:
    """Answers with what a test scripted, in order, and remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        body: bytes | None = None,
        timeout: float | None = None,
    ) -> HttpResponse:
        asked = {"method": method, "url": url, "headers": dict(headers or {}), "body": body, "timeout": timeout}
        self.asked.append(asked)
        answer = self.answer(asked)
        if isinstance(answer, Exception):
            raise answer
        return answer(asked) if callable(answer) else answer

    def answer(self, asked: dict[str, Any]) -> Answer:
        return self.answers.pop(0)

    def bodies(self) -> list[Any]:
        """What was sent, parsed."""
        return [json.loads(asked["body"]) for asked in self.asked if asked["body"]]


def answer(body: object = None, status: int = 200, **headers: str) -> HttpResponse:
    """An answer of the API."""
    raw = body if isinstance(body, bytes) else encoded({} if body is None else body)
    return HttpResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def config(**settings: str) -> HubSpotConfig:
    given = {"client_secret": SECRET, "access_token": TOKEN, "public_url": PUBLIC_URL, "app_id": APP}
    return HubSpotConfig(**(given | settings))


def connector(http: Http | None = None, keep: Keep | None = None, **settings: str) -> HubSpot:
    """A connector that knows its portal already, so that a script holds only the calls of the test."""
    opened = HubSpot(config(**settings), http or NoNetwork())
    opened.keep = keep or Memory()
    known = json.dumps({"portal": PORTAL, "zone": "Europe/Berlin", "currency": "EUR"})
    if opened.keep.get("portal") is None:
        opened.keep.change("portal", lambda _: known)
    return opened


def event(kind: str = "contact.propertyChange", object_id: int = 201, **told: Any) -> dict[str, Any]:
    """One event of a webhook."""
    given = {
        "appId": int(APP),
        "portalId": int(PORTAL),
        "eventId": 1,
        "subscriptionId": 7,
        "occurredAt": int(milliseconds()),
        "subscriptionType": kind,
        "attemptNumber": 0,
        "objectId": object_id,
        "changeSource": "CRM_UI",
    }
    return given | told


def delivery(told: dict[str, Any]) -> Delivery:
    """A stored delivery, as it came out of the door."""
    body = encoded([told])
    (found,) = connector(app_id="").receive(request(body)).deliveries
    return found


def told_by(small: "SmallPortal", told: dict[str, Any], **settings: str) -> Sequence[Event]:
    """What an event means in this portal."""
    return connector(small, **settings).read(delivery(told))


def deal_told_by(small: "SmallPortal", **settings: str) -> Any:
    """The one event about the portal's deal."""
    (found,) = told_by(small, event("deal.propertyChange", DEAL, propertyName="dealstage"), **settings)
    assert isinstance(found, (DealWon, DealReopened))
    return found


def only(events: Iterable[Event], kind: type) -> Any:
    """The one event of this kind."""
    (found,) = [one for one in events if isinstance(one, kind)]
    return found


class SmallPortal(ScriptedHttp):
    """A portal with contacts, deals and associations in dictionaries, for reading only."""

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, dict[str, dict[str, Any]]] = {"contacts": {}, "0-3": {}}
        self.contacts_of: dict[str, list[tuple[str, str | None]]] = {}

    def contact(self, record_id: str, **properties: str | None) -> None:
        self._record("contacts", record_id, payload("contact"), properties)

    def deal(self, record_id: str, *contacts: str | tuple[str, str], **properties: str | None) -> None:
        self._record("0-3", record_id, payload("deal"), properties)
        self.contacts_of[record_id] = [(one, None) if isinstance(one, str) else one for one in contacts]

    def _record(self, kind: str, record_id: str, body: dict[str, Any], properties: Mapping[str, str | None]) -> None:
        body["id"] = body["properties"]["hs_object_id"] = record_id
        body["properties"] |= properties
        self.records[kind][record_id] = body

    def archive(self, kind: str, record_id: str, at: str = "2026-11-25T11:00:00Z") -> None:
        self.records[kind][record_id] |= {"archived": True, "archivedAt": at}

    def merge(self, kind: str, old: Iterable[str], new: str) -> None:
        """The old ids answer with the new record from now on."""
        gone = list(old)
        for record_id in gone:
            self.records[kind].pop(record_id, None)
        self.records[kind][new]["properties"]["hs_merged_object_ids"] = ";".join(gone)

    def answer(self, asked: dict[str, Any]) -> Answer:
        path = asked["url"].partition("://")[2].partition("/")[2]
        kind = path.split("/")[3]
        body = json.loads(asked["body"])
        if path.startswith("crm/associations"):
            return answer(self._associations(kind, [one["id"] for one in body["inputs"]]))
        wants_archived = "archived=true" in path
        found = [self._find(kind, one["id"]) for one in body["inputs"]]
        rows = [row for row in found if row and row.get("archived", False) == wants_archived]
        return answer({"status": "COMPLETE", "results": rows}, 200 if len(rows) == len(found) else 207)

    def _find(self, kind: str, record_id: str) -> dict[str, Any] | None:
        merged = {
            old: row
            for row in self.records[kind].values()
            for old in (row["properties"].get("hs_merged_object_ids") or "").split(";")
        }
        return self.records[kind].get(record_id) or merged.get(record_id)

    def _associations(self, kind: str, ids: list[str]) -> dict[str, Any]:
        pairs = [(deal, contact, label) for deal, ones in self.contacts_of.items() for contact, label in ones]
        if kind == "contacts":
            pairs = [(contact, deal, label) for deal, contact, label in pairs]
        results = []
        for record_id in ids:
            to = [
                {"toObjectId": int(other), "associationTypes": [{"category": "X", "typeId": 3, "label": label}]}
                for one, other, label in pairs
                if one == record_id
            ]
            if to:
                results.append({"from": {"id": record_id}, "to": to})
        return {"status": "COMPLETE", "results": results}
