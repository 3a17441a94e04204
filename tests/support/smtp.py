"""A mail server that takes every letter and keeps it, on loopback."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Mailbox:
    """What arrived, and where the server listens."""

    url: str = ""
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    letters: list[EmailMessage] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int) -> list[EmailMessage]:
        """The letters, once so many have arrived."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.letters) >= count, 20)
        return self.letters


class _Talk(socketserver.StreamRequestHandler):
    """As much of SMTP as a client needs who sends plain letters."""

    def handle(self) -> None:
        mailbox: Mailbox = self.server.mailbox  # type: ignore[attr-defined]
        sender = ""
        to: list[str] = []
        self._say("220 here")
        for line in iter(self.rfile.readline, b""):
            word, _, rest = line.decode().strip().partition(":")
            match word.split(" ")[0].upper():
                case "DATA":
                    self._say("354 go on")
                    self._keep(mailbox, sender, to)
                    sender, to = "", []
                case "QUIT":
                    self._say("221 bye")
                    return
                case "MAIL":
                    sender = rest.split(" ")[0]
                case "RCPT":
                    to.append(rest.strip("<> "))
            if word.upper() != "DATA":
                self._say("250 fine")

    def _keep(self, mailbox: Mailbox, sender: str, to: list[str]) -> None:
        lines = list(iter(self.rfile.readline, b".\r\n"))
        letter = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(letter, EmailMessage)
        with mailbox.arrived:
            mailbox.envelopes.append((sender, to))
            mailbox.letters.append(letter)
            mailbox.arrived.notify_all()
        self._say("250 kept")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """A mailbox whose server runs for the length of the block."""
    mailbox = Mailbox()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Talk) as server:
        server.daemon_threads = True
        server.mailbox = mailbox  # type: ignore[attr-defined]
        mailbox.url = f"smtp://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield mailbox
        server.shutdown()
