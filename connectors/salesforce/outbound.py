"""Outbound messages: SOAP without a signature, so a secret address, the org's id, and never more than a hint.

https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_om_outboundmessaging_notifications.htm
"""

import hmac
import json
import re
from collections.abc import Iterable
from datetime import datetime
from xml.etree.ElementTree import Element

from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.ids import full_id
from connectors.salesforce.picking import parsed_moment
from connectors.salesforce.soap import parsed
from referhub import Delivery, NotAccepted, Reception, Reply, WebhookRequest

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
OUTBOUND = "{http://soap.sforce.com/2005/09/outbound}"
FIELDS = "{urn:sobject.enterprise.soap.sforce.com}"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
OBJECT = re.compile(r"(?:[A-Za-z0-9_]{1,40}:)?([A-Za-z][A-Za-z0-9_]{0,79})")
LARGEST_BODY = 1024 * 1024
MOST_NOTIFICATIONS = 100
MEDIA_TYPES = frozenset({"text/xml", "application/xml", "application/soap+xml"})
NO_RECORD = ""  # the record was gone before the message was sent: all that is left is the notification
# Nothing may stand before it, or Salesforce sends everything again.
ACK = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    b'<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>'
    b"</soapenv:Body></soapenv:Envelope>\n"
)
ACKNOWLEDGED = Reply(200, ACK, "text/xml; charset=utf-8")


def receive(request: WebhookRequest, config: SalesforceConfig, org_id: str | None) -> Reception:
    """Every notification of the message as a hint, or none of them. Raises `NotAccepted`."""
    if not is_secret(request.path, config, request.received_at):
        raise NotAccepted(404, "the address does not end in this connection's webhook_token")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in MEDIA_TYPES:
        raise NotAccepted(415, "an outbound message is text/xml")
    if len(request.body) > LARGEST_BODY:
        raise NotAccepted(413, "an outbound message of the recommended fields is much smaller")
    message = _message(request.body)
    _check_org(message, org_id)
    return Reception(tuple(_hints(message)), ACKNOWLEDGED)


def is_secret(path: str, config: SalesforceConfig, now: datetime) -> bool:
    """True when the path ends in the token, or in the previous one as long as that is valid."""
    given = path.rpartition("/")[2].encode("utf-8", "surrogateescape")
    return any(hmac.compare_digest(given, token) for token in config.tokens_at(now))


def _message(body: bytes) -> Element:
    """The `notifications` element of a SOAP 1.1 envelope."""
    try:
        envelope = parsed(body)
    except ValueError:
        raise NotAccepted(400, "this is not the XML of an outbound message") from None
    if envelope.tag != f"{SOAP}Envelope":
        raise NotAccepted(400, "this is not a SOAP 1.1 envelope")
    found = envelope.findall(f"{SOAP}Body/{OUTBOUND}notifications")
    if len(found) != 1:
        raise NotAccepted(400, "the envelope holds no notifications in the namespace of outbound messages")
    return found[0]


def _check_org(message: Element, org_id: str | None) -> None:
    told = full_id(_text(message, f"{OUTBOUND}OrganizationId"))
    if org_id is None:
        raise NotAccepted(503, "the connection has not logged in yet, so it does not know its org")
    if told is None or not hmac.compare_digest(told.encode(), org_id.encode()):
        raise NotAccepted(403, "the message is of another org than this connection")


def _hints(message: Element) -> Iterable[Delivery]:
    notifications = message.findall(f"{OUTBOUND}Notification")
    if len(notifications) > MOST_NOTIFICATIONS:
        raise NotAccepted(400, f"a message holds at most {MOST_NOTIFICATIONS} notifications")
    by_key = {hint.key: hint for hint in map(_hint, notifications)}
    return by_key.values()


def _hint(notification: Element) -> Delivery:
    key = full_id(_text(notification, f"{OUTBOUND}Id"))
    if key is None:
        raise NotAccepted(400, "a notification has no id")
    record = notification.find(f"{OUTBOUND}sObject")
    if record is None:
        return hint(key, NO_RECORD, NO_RECORD, "", "")
    found = OBJECT.fullmatch(record.get(TYPE, ""))
    return hint(
        key,
        found[1] if found else NO_RECORD,
        full_id(_text(record, f"{FIELDS}Id")) or NO_RECORD,
        _text(record, f"{FIELDS}SystemModstamp"),
        full_id(_text(record, f"{FIELDS}LastModifiedById")) or "",
    )


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def hint(key: str, kind: str, record_id: str, stamp: str, author: str) -> Delivery:
    """What is kept of a change: which record to read again, and nothing of what was in it."""
    at = parsed_moment(stamp)
    told = {"object": kind, "id": record_id, "modstamp": at.isoformat() if at else "", "by": author}
    return Delivery(
        key=key, topic=kind or "no record", body=json.dumps(told).encode(), triggered_at=at, subject=record_id
    )
