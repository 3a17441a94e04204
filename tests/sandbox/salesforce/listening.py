"""A listener at the end of an outbound message: keeps what is posted to it, and answers as it is told."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree

OUTBOUND = "{http://soap.sforce.com/2005/09/outbound}"
FIELD = "{urn:sobject.enterprise.soap.sforce.com}"
ENVELOPE = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>{}</Ack></notificationsResponse>'
    "</soapenv:Body></soapenv:Envelope>"
)
ACK, NACK = ENVELOPE.format("true"), ENVELOPE.format("false")


@dataclass
class Message:
    """One message as it came in."""

    headers: dict[str, str]
    body: bytes

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


class Quiet(ThreadingHTTPServer):
    """A sender that lost its patience and hung up is no news."""

    def handle_error(self, request: object, client_address: object) -> None:
        return


class Listener:
    """Answers every POST with `status` and `answer` after so many seconds, once head and body are read."""

    def __init__(self) -> None:
        self.received: list[Message] = []
        self.status, self.answer, self.seconds = 200, ACK, 0.0
        listener = self

        class Ear(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.received.append(Message({name.lower(): text for name, text in self.headers.items()}, body))
                time.sleep(listener.seconds)
                content = listener.answer.encode()
                self.send_response(listener.status)
                self.send_header("Content-Type", "text/xml; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = Quiet(("127.0.0.1", 0), Ear)
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hooks/salesforce/path-token"

    def about(self, record_id: str) -> list[dict[str, str | None]]:
        """What was told of this record, in the order it came."""
        return [each for message in self.received for each in message.records if each.get("Id") == record_id]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
