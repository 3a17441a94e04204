"""What arrives at the machines' door, and what a connector makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One HTTP request as it came: raw bytes, header names in lower case, received at a UTC time."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing handed to us, raw, once.

    `key` is the sender's own name for this delivery and the same on every retry of it.
    `headers` holds only what `read` will need later; secrets and signatures stay out. `subject` is the source's id of
    the record it speaks of, if it speaks of one. `source` names the account it belongs to where one address serves
    several accounts; empty means the connection's own.
    """

    key: str
    topic: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    triggered_at: datetime | None = None
    subject: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the sender gets to hear once everything it sent is stored."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reception:
    """A proven request, split into deliveries, with the reply that acknowledges all of them."""

    deliveries: tuple[Delivery, ...]
    reply: Reply = Reply()
