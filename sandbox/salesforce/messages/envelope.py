"""The SOAP message of up to a hundred notifications, and whether what came back acknowledges it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.parsers import expat
from xml.sax.saxutils import escape

from sandbox.ground.posting import Reply
from sandbox.salesforce.org import Org
from sandbox.salesforce.times import xml_time

OUTBOUND = "http://soap.sforce.com/2005/09/outbound"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
VERSION = "66.0"
MOST = 100
HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""', "Accept": "text/xml", "User-Agent": "SFDC"}
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<soapenv:Envelope xmlns:soapenv="{SOAP}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n <soapenv:Body>\n'
    f'  <notifications xmlns="{OUTBOUND}">\n'
)
TAIL = "  </notifications>\n </soapenv:Body>\n</soapenv:Envelope>"


def body(org: Org, action_id: str, notes: Sequence[tuple[str, str, dict[str, Any] | None]]) -> bytes:
    """The message; each note is its id, its object, and the fields as they are now (None: the record is gone)."""
    org_id = str(org.truth.setting("announced org id", org.id))
    place = f"https://{org.domain}/services/Soap"
    text = HEAD
    text += f"   <OrganizationId>{escape(org_id)}</OrganizationId>\n   <ActionId>{action_id}</ActionId>\n"
    text += '   <SessionId xsi:nil="true"/>\n'
    text += f"   <EnterpriseUrl>{place}/c/{VERSION}/{org_id[:15]}</EnterpriseUrl>\n"
    text += f"   <PartnerUrl>{place}/u/{VERSION}/{org_id[:15]}</PartnerUrl>\n"
    empty = bool(org.truth.setting("empty sObject", True))
    return (text + "".join(_note(empty, *each) for each in notes) + TAIL).encode()


def _note(empty: bool, id: str, object: str, fields: dict[str, Any] | None) -> str:
    """A null field is left out; for a record that is gone there is an empty sObject or none: nobody says which."""
    opening = f'    <sObject xsi:type="sf:{object}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com"'
    if fields is None:
        told = f"{opening}/>\n" if empty else ""
    else:
        lines = (
            f"     <sf:{name}>{_value(value)}</sf:{name}>\n" for name, value in fields.items() if value is not None
        )
        told = f"{opening}>\n{''.join(lines)}    </sObject>\n"
    return f"   <Notification>\n    <Id>{id}</Id>\n{told}   </Notification>\n"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(xml_time(str(value)))


def complaint(reply: Reply) -> str | None:
    """Why this answer does not acknowledge the message; None if it does."""
    if reply.error or reply.status != 200:
        return reply.error or f"HTTP status {reply.status}"
    try:
        root = _parsed(reply.body)
    except (expat.ExpatError, ParseError) as error:
        return f"org.xml.sax.SAXParseException: {error}"
    ack = root.find(f"{{{SOAP}}}Body/{{{OUTBOUND}}}notificationsResponse/{{{OUTBOUND}}}Ack")
    if root.tag != f"{{{SOAP}}}Envelope" or ack is None:
        return "the answer is no notificationsResponse"
    return None if (ack.text or "").strip() == "true" else "SOAP response was a nack"


def _parsed(content: bytes) -> Element:
    """The answer as a tree, without any entity being looked up."""
    builder, parser = TreeBuilder(), expat.ParserCreate(namespace_separator="}")

    def named(name: str) -> str:
        return "{" + name if "}" in name else name

    parser.StartElementHandler = lambda name, found: builder.start(named(name), found)
    parser.EndElementHandler = lambda name: builder.end(named(name))
    parser.CharacterDataHandler = builder.data
    parser.Parse(content, True)
    return builder.close()
