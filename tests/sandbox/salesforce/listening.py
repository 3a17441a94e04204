"""A listener at the end of an outbound message: keeps what is posted to it, and answers as it is told."""

from __future__ import annotations

from xml.etree import ElementTree

from tests.sandbox.listening import Hearing, Posted

OUTBOUND = "{http://soap.sforce.com/2005/09/outbound}"
FIELD = "{urn:sobject.enterprise.soap.sforce.com}"
ENVELOPE = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>{}</Ack></notificationsResponse>'
    "</soapenv:Body></soapenv:Envelope>"
)
ACK, NACK = ENVELOPE.format("true"), ENVELOPE.format("false")


class Message(Posted):
    """One message as it came in."""

    @property
    def tree(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.body)

    def text(self, name: str) -> str | None:
        return self.tree.findtext(f".//{OUTBOUND}{name}")

    @property
    def ids(self) -> list[str]:
        """The notifications' own ids."""
        return [found.text or "" for found in self.tree.findall(f".//{OUTBOUND}Notification/{OUTBOUND}Id")]

    @property
    def records(self) -> list[dict[str, str | None]]:
        """Each notification's record: its fields by name."""
        found = self.tree.findall(f".//{OUTBOUND}sObject")
        return [{part.tag.removeprefix(FIELD): part.text for part in each} for each in found]


class Listener(Hearing[Message]):
    """The hub that hears an org; what it answers is a true Ack unless told otherwise."""

    def __init__(self) -> None:
        super().__init__(Message, "/hooks/salesforce/path-token")
        self.answer = ACK

    def answering(self) -> tuple[dict[str, str], bytes]:
        return {"Content-Type": "text/xml; charset=utf-8"}, self.answer.encode()

    def about(self, record_id: str) -> list[dict[str, str | None]]:
        """What was told of this record, in the order it came."""
        return [each for message in self.received for each in message.records if each.get("Id") == record_id]
