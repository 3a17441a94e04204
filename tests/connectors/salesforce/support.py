"""What the tests of the Salesforce connector share: keys, messages, a scripted network."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.connector import Salesforce
from referhub import Delivery, Http, HttpResponse, WebhookRequest

TOKEN = "webhook-token-of-the-tests-0123456789"
ORG = "00DSY00000000012AA"
USER = "005SY00000INTUSYA5"
INSTANCE = "https://acme.my.salesforce.com"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
PAYLOADS = Path(__file__).parent / "payloads"


@cache
def keys() -> tuple[str, str]:
    """A private key and its public half, made once for all tests."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def payload(name: str) -> bytes:
    """A body of this folder."""
    return (PAYLOADS / name).read_bytes()


def row(name: str) -> dict[str, Any]:
    """A record of this folder as the REST API tells it, fresh and free to be changed."""
    found: dict[str, Any] = json.loads(payload(f"{name}.json"))
    return found


def message(body: bytes, path: str = f"/hooks/1/{TOKEN}", **headers: str) -> WebhookRequest:
    """An outbound message as Salesforce posts it."""
    given = {"content-type": "text/xml; charset=utf-8", "soapaction": '""'}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return WebhookRequest("POST", path, "", given, body, NOW)


def hint(kind: str, record_id: str, key: str = "04lSY0000000101YAA", by: str = "") -> Delivery:
    """A stored hint, as `read` gets it."""
    told = {"object": kind, "id": record_id, "modstamp": "", "by": by}
    return Delivery(key=key, topic=kind, body=json.dumps(told).encode(), subject=record_id)


class NoNetwork:
    """A network that must not be used."""

    def request(self, method: str, url: str, **_: Any) -> HttpResponse:
        raise AssertionError(f"unexpected {method} {url}")


class ScriptedHttp:
    """Answers with what a test scripted, in order, and remembers what it was asked."""

    def __init__(self, *answers: HttpResponse | Exception | Callable[[Any], HttpResponse]) -> None:
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
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found(asked) if callable(found) else found


def answer(body: object, status: int = 200, **headers: str) -> HttpResponse:
    """An answer of the REST API."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def login(token: str = "token-1", instance_url: str = INSTANCE, org: str = ORG) -> HttpResponse:
    """What the token endpoint answers."""
    identity = f"https://login.salesforce.com/id/{org}/{USER}"
    return answer({"access_token": token, "instance_url": instance_url, "id": identity, "token_type": "Bearer"})


def records(*found: Mapping[str, Any]) -> HttpResponse:
    """What a query answers."""
    return answer({"totalSize": len(found), "done": True, "records": list(found)})


def errors(code: str, text: str = "no", status: int = 400, **headers: str) -> HttpResponse:
    """A refusal of the REST API."""
    return answer([{"errorCode": code, "message": text}], status, **headers)


def signing() -> dict[str, str]:
    """Settings of a login with a signed assertion, which costs much more time than one with a secret."""
    return {
        "username": "referhub@acme.example",
        "private_key": keys()[0],
        "client_secret": "",
        "domain": "",
    }


def config(**settings: str) -> SalesforceConfig:
    given = {
        "client_id": "consumer-key",
        "currency": "EUR",
        "webhook_token": TOKEN,
        "client_secret": "consumer-secret",
        "domain": "acme.my.salesforce.com",
    }
    return SalesforceConfig(**(given | settings))


def connector(http: Http | None = None, **settings: str) -> Salesforce:
    return Salesforce(config(**settings), http or NoNetwork())
