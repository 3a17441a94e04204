"""Parsers under fuzzing: each takes any bytes, and raises only if the hub would have done something it never may."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.hubspot.config import HubSpotConfig
from connectors.hubspot.connector import HubSpot
from connectors.salesforce.bulk import EMPTY, table_of
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.fields import Row
from connectors.salesforce.outbound import receive as receive_outbound
from connectors.shopify import strict_json
from connectors.shopify.config import ShopifyConfig
from connectors.shopify.connector import Shopify
from core.contract.connector import Connector
from core.contract.errors import ConnectorError, Unreadable
from core.contract.events import Event, IdentityClaim, IdentityKind
from core.contract.http import HttpResponse, NotSent
from core.contract.money import Money
from core.contract.webhooks import Delivery, WebhookRequest
from core.gateway.reach import OutOfReach, Reach, is_public, literal
from core.rules.identities import canonical
from core.rules.promise import LANGUAGES, promise
from core.rules.terms import BadTerms, parse_terms
from core.rules.terms.documents import read_document
from core.rules.terms.problems import MOST_TOLD

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ORG = "00D000000000001EAA"
LARGEST_MINOR = 10**15


class Silent:
    """A network where nobody answers, so that reading ends by itself."""

    def request(self, method: str, url: str, **_: Any) -> HttpResponse:
        """Never an answer."""
        raise NotSent("nobody is there")


SHOPIFY = Shopify(ShopifyConfig(shop="demo.myshopify.com", client_id="id", client_secret="hush"), Silent())
HUBSPOT = HubSpot(HubSpotConfig(client_secret="hush", access_token="token", portal_id="1"), Silent())
SALESFORCE = SalesforceConfig(
    client_id="id",
    currency="EUR",
    webhook_token="a-token-that-is-long-enough",
    client_secret="hush",
    domain="acme.my.salesforce.com",
)


def json_body(raw: bytes) -> None:
    """A body is a value that every database and every file can hold, or it is refused."""
    try:
        value = strict_json.loads(raw)
    except ValueError:
        return
    json.dumps(value, default=str, ensure_ascii=False).encode("utf-8")


def soap_body(raw: bytes) -> None:
    """An outbound message is a list of hints with proper keys, or it is refused."""
    request = WebhookRequest("POST", "/hooks/x/a-token-that-is-long-enough", "", {"content-type": "text/xml"}, raw, NOW)
    try:
        reception = receive_outbound(request, SALESFORCE, ORG)
    except ConnectorError:
        return
    assert all(one.key and len(one.key) == len(ORG) for one in reception.deliveries)


def money(raw: bytes) -> None:
    """An amount comes out as it was written, to the minor unit, or it is refused."""
    text = raw.decode("utf-8", "replace")
    for currency in ("EUR", "JPY", "KWD"):
        try:
            found = Money.parse(text, currency)
        except Unreadable:
            continue
        assert text.isascii()
        assert abs(found.minor) < LARGEST_MINOR
        assert Money.parse(found.text(), currency) == found


def identity(raw: bytes) -> None:
    """What compares equal once compares equal for ever, and can be stored."""
    text = raw.decode("utf-8", "surrogatepass") if _is_wide(raw) else raw.decode("utf-8", "replace")
    for kind in IdentityKind:
        found = canonical(IdentityClaim(kind, text))
        if found is not None:
            found.encode("utf-8")
            assert found
            assert "\0" not in found
            assert canonical(IdentityClaim(kind, found)) == found, (kind, text, found)


def _is_wide(raw: bytes) -> bool:
    try:
        raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def csv_table(raw: bytes) -> None:
    """What is written as a table is read back as it was, cell by cell; a line break is a line break, however spelt."""
    text = raw.decode("utf-8", "replace").replace("\0", "")
    cells = text.split("\x1f")
    rows = [Row(place, "Contact", ORG, {"Referral_Code__c": cell}) for place, cell in enumerate(cells)]
    read = list(csv.DictReader(io.StringIO(table_of("Contact", rows), newline="")))
    assert [row["Referral_Code__c"] for row in read] == [_unix(cell) or EMPTY for cell in cells]


def _unix(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n")


def address(raw: bytes) -> None:
    """What is let through is no address inside."""
    text = raw.decode("utf-8", "replace")
    for url in (text, f"https://{text}/"):
        try:
            host = Reach().check(url)
        except OutOfReach:
            continue
        written = literal(host)
        assert written is None or is_public(written), url


def shopify_webhook(raw: bytes) -> None:
    """A body under any topic is events, or it cannot be read."""
    _read(SHOPIFY, raw, ("orders/updated", "refunds/create", "customers/update", "orders/edited", "customers/redact"))


def hubspot_webhook(raw: bytes) -> None:
    """The same for a CRM's notifications."""
    _read(HUBSPOT, raw, ("object.propertyChange", "contact.privacyDeletion", "deal.polled", "contact.merge"))


def _read(connector: Connector, raw: bytes, topics: tuple[str, ...]) -> None:
    for topic in topics:
        try:
            events = list(connector.read(Delivery(key="k", topic=topic, body=raw)))
        except ConnectorError:
            continue
        assert all(isinstance(one, Event) for one in events)


def headers(raw: bytes) -> None:
    """A request whose headers say anything at all is proven by none of them."""
    lines = raw.decode("latin-1").split("\n")
    told = {name.strip().lower(): value for name, _, value in (line.partition(":") for line in lines)}
    for connector, path in ((SHOPIFY, "/hooks/x"), (HUBSPOT, "/hooks/x")):
        try:
            connector.receive(WebhookRequest("POST", path, "", told, b'{"id":1}', NOW))
        except ConnectorError:
            continue
        raise AssertionError("a request was proven by nothing")


def terms_file(raw: bytes) -> None:
    """A file is terms that are told in every language, or everything that is wrong with it is told."""
    text = raw.decode("utf-8", "replace")
    for is_json in (False, True):
        problems = _problems(text, is_json=is_json)
        assert problems is None or 0 < len(problems) <= MOST_TOLD + 1


def _problems(text: str, *, is_json: bool) -> list[str] | None:
    try:
        terms = parse_terms(read_document(text, is_json=is_json))
    except BadTerms as bad:
        return bad.problems
    assert all(promise(terms, language).for_friends for language in LANGUAGES)
    return None


PARSERS: Mapping[str, Callable[[bytes], None]] = {
    one.__name__: one
    for one in (
        json_body,
        soap_body,
        money,
        identity,
        csv_table,
        address,
        shopify_webhook,
        hubspot_webhook,
        headers,
        terms_file,
    )
}
