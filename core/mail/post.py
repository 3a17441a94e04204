"""The post: takes letters and hands them to a mail server in its own time."""

import logging
import smtplib
import ssl
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 10
PORTS = {"smtp": 587, "smtps": 465}


class BadMailServer(ValueError):
    """The address of the mail server cannot be used; the text says what to write."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed in. Passwords travel encrypted, or not at all."""

    is_encrypted_at_once: bool
    host: str
    port: int
    user: str
    password: str
    sender: str

    @property
    def is_here(self) -> bool:
        """True when the server runs on this very machine."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def mail_server(url: str, sender: str) -> MailServer:
    """The server at `smtp://user:password@host:587` (encrypted by STARTTLS) or `smtps://…`. Raises `BadMailServer`."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise BadMailServer("write smtp://user:password@host:587 or smtps://user:password@host:465")
    return MailServer(
        is_encrypted_at_once=parts.scheme == "smtps",
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        sender=sender,
    )


@dataclass(slots=True)
class Post:
    """Letters are sent one after the other, away from whoever wrote them: how long it takes tells nobody anything."""

    server: MailServer
    _carrier: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "post"))

    def send(self, to: str, subject: str, text: str) -> "Future[None]":
        """The letter is on its way; a failure is logged, without a word of what it said or to whom.

        Raises `ValueError` for an address or subject of more than one line.
        """
        if not (to.isprintable() and subject.isprintable()):
            raise ValueError("an address and a subject are one line each")
        letter = EmailMessage(policy=SMTP)
        letter["From"], letter["To"], letter["Subject"] = self.server.sender, to, subject
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text)
        return self._carrier.submit(self._carry, letter)

    def _carry(self, letter: EmailMessage) -> None:
        try:
            with _connected(self.server) as server:
                server.send_message(letter)
        except (OSError, smtplib.SMTPException) as trouble:
            log.warning("a letter could not be sent: the mail server answered with %s", type(trouble).__name__)


def _connected(where: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if where.is_encrypted_at_once:
        server: smtplib.SMTP = smtplib.SMTP_SSL(where.host, where.port, timeout=PATIENCE_SECONDS, context=context)
    else:
        server = smtplib.SMTP(where.host, where.port, timeout=PATIENCE_SECONDS)
    try:
        if not (where.is_encrypted_at_once or where.is_here):
            server.starttls(context=context)  # raises where the server does not know it
        if where.user:
            server.login(where.user, where.password)
    except BaseException:
        server.close()
        raise
    return server
