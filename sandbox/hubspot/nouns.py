"""What a portal is made of: records, properties, labels, associations, tokens; all times are ms since 1970, UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Values = dict[str, str]
PLANS = ("free", "starter", "pro", "enterprise")


@dataclass
class Noun:
    """Something the truth keeps: on a shelf, under a key that is unique there."""

    portal: int

    def shelf(self) -> str:
        return f"{type(self).__name__}/{self.portal}"

    def key(self) -> str:
        raise NotImplementedError

    def mark(self) -> str | None:
        """A natural key by which the truth finds it too."""
        return None


@dataclass
class Portal(Noun):
    """One customer's account; plan is one of PLANS."""

    scopes: list[str]
    time_zone: str = "Europe/Berlin"
    currency: str = "EUR"
    plan: str = "pro"
    installed: bool = True
    multi_currency: bool = True
    settings: dict[str, Any] = field(default_factory=dict)

    def shelf(self) -> str:
        return "Portal"

    def key(self) -> str:
        return str(self.portal)


@dataclass
class Record(Noun):
    """A contact, deal, order or lead; `past` is what the search index may still show, as [valid from, values]."""

    object_type: str
    id: int
    values: Values
    created_at: int
    updated_at: int
    archived_at: int | None = None
    merged_into: int | None = None
    forgotten: bool = False
    past: list[tuple[int, Values | None]] = field(default_factory=list)

    def shelf(self) -> str:
        return records_of(self.portal, self.object_type)

    def key(self) -> str:
        return str(self.id)

    def mark(self) -> str | None:
        """The email, which belongs to one living contact only."""
        return self.values["email"].lower() if self.lives and self.values.get("email") else None

    @property
    def lives(self) -> bool:
        return self.archived_at is None and self.merged_into is None


def records_of(portal: int, object_type: str) -> str:
    return f"Record/{portal}/{object_type}"


@dataclass
class Property(Noun):
    """A field of one object type; `shape` is its definition as the API tells it."""

    object_type: str
    name: str
    shape: dict[str, Any]

    def shelf(self) -> str:
        return f"Property/{self.portal}/{self.object_type}"

    def key(self) -> str:
        return self.name


@dataclass
class Group(Noun):
    object_type: str
    name: str
    label: str
    display_order: int = -1

    def shelf(self) -> str:
        return f"Group/{self.portal}/{self.object_type}"

    def key(self) -> str:
        return self.name


@dataclass
class Label(Noun):
    """One direction of a label made by people or apps; `inverse` is the type id of the other direction."""

    from_type: str
    to_type: str
    type_id: int
    name: str
    label: str
    inverse: int

    def key(self) -> str:
        return str(self.type_id)


@dataclass
class Association(Noun):
    """Two records are tied, seen from one of them; type ids say how. The other direction is a noun of its own."""

    from_type: str
    from_id: int
    to_type: str
    to_id: int
    type_ids: list[int]

    def shelf(self) -> str:
        return ties_of(self.portal, self.from_type, self.from_id)

    def key(self) -> str:
        return f"{self.to_type}/{self.to_id}"


def ties_of(portal: int, object_type: str, id: int) -> str:
    return f"Association/{portal}/{object_type}/{id}"


@dataclass
class Grant(Noun):
    """What an admin allowed, as long as its refresh token lives; codes come before."""

    refresh_token: str
    scopes: list[str]
    dead: bool = False

    def shelf(self) -> str:
        return "Grant"

    def key(self) -> str:
        return self.refresh_token


@dataclass
class Access(Noun):
    """An access token of a grant; it lives to its own end, whatever comes after it."""

    access_token: str
    refresh_token: str
    expires_at: int

    def shelf(self) -> str:
        return "Access"

    def key(self) -> str:
        return self.access_token


@dataclass
class Code(Noun):
    """An authorisation code: good once, soon, and for the address it was sent to."""

    code: str
    redirect_uri: str
    scopes: list[str]
    expires_at: int
    spent: bool = False

    def shelf(self) -> str:
        return "Code"

    def key(self) -> str:
        return self.code


@dataclass
class Event(Noun):
    """One webhook event on its way; state is held, waiting, unanswered, delivered, failed or dropped."""

    number: int
    body: dict[str, Any]
    state: str
    due_at: int
    attempts: list[dict[str, Any]] = field(default_factory=list)

    def shelf(self) -> str:
        return "Event"

    def key(self) -> str:
        return str(self.number)


@dataclass
class Call(Noun):
    """One request to the API, without its token; portal 0 where none was recognised."""

    number: int
    at: int
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any
    fate: str | None
    effect: bool
    status: int | None

    def shelf(self) -> str:
        return "Call"

    def key(self) -> str:
        return str(self.number)


KINDS: dict[str, type[Noun]] = {
    kind.__name__: kind
    for kind in (Portal, Record, Property, Group, Label, Association, Grant, Access, Code, Event, Call)
}
