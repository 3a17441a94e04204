"""What goes in and out: webhook subscriptions and deliveries, the calls of the app, and its tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sandbox.shopify.nouns import Noun


@dataclass
class WebhookSubscription(Noun):
    """An address that hears one topic; origin is api (made by a mutation) or app (made by configuration)."""

    topic: str
    uri: str
    origin: str
    created_at: datetime
    name: str | None = None
    filter: str | None = None
    include_fields: list[str] = field(default_factory=list)
    metafield_namespaces: list[str] = field(default_factory=list)

    def key(self) -> str:
        return self.topic


@dataclass
class Attempt:
    at: datetime
    status: int | None
    error: str | None


@dataclass
class Delivery(Noun):
    """One webhook on its way; state is held, waiting, unanswered, delivered, failed or dropped."""

    subscription_id: int
    topic: str
    uri: str
    webhook_id: str
    event_id: str
    triggered_at: datetime
    body: str
    state: str
    name: str | None = None
    due_at: datetime | None = None
    attempts: list[Attempt] = field(default_factory=list)

    def key(self) -> str:
        return self.state

    def stamp(self) -> str | None:
        return self.due_at.isoformat() if self.due_at else None


@dataclass
class Call(Noun):
    """One request to the vendor side, without its token; effect says whether the truth changed by it."""

    at: datetime
    path: str
    operation: str | None
    fields: list[str]
    headers: dict[str, str]
    variables: dict[str, object]
    fate: str | None
    effect: bool
    status: int | None


@dataclass
class Token(Noun):
    """An access token; its family replaced one another, refreshed_at is when this one was first replaced."""

    access_token: str
    kind: str
    expires_at: datetime | None
    refresh_token: str | None = None
    refresh_expires_at: datetime | None = None
    refreshed_at: datetime | None = None
    family: str = ""

    def key(self) -> str:
        return self.access_token


@dataclass
class AuthorizationCode(Noun):
    """The merchant's yes on its way to the app, good once and for some minutes."""

    code: str
    ends_at: datetime

    def key(self) -> str:
        return self.code
