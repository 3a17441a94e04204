"""One org: who it is, who works in it, what it keeps, and the fates scripted for its callers."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.ground.fates import Fates
from sandbox.salesforce import schema
from sandbox.salesforce.fates import Fate
from sandbox.salesforce.ids import normal_id, numbered_id
from sandbox.salesforce.refusals import Refusal
from sandbox.salesforce.schema import Field, Kind
from sandbox.salesforce.times import written_time
from sandbox.salesforce.truth import Record, Truth

INTEGRATION = "integration"
PEOPLE = "people"
FEATURES = ("orders", "persons", "currencies")
STAGES = [  # name, closed, won, probability
    ("Prospecting", False, False, 10),
    ("Negotiation/Review", False, False, 90),
    ("Closed Won", True, True, 100),
    ("Closed Lost", True, False, 0),
]
CURRENCIES = {"EUR": ("1", 2, True), "USD": ("1.1", 2, False), "JPY": ("160", 0, False), "KWD": ("0.33", 3, False)}


@dataclass
class Org:
    """What the vendor's side and the desk share; settings live in its truth and change while it runs."""

    truth: Truth
    username: str
    client_id: str
    client_secret: str
    base_url: str = ""
    retry_scale: float = 0.0
    fates: Fates[Fate] = field(default_factory=Fates)
    woken: threading.Event = field(default_factory=threading.Event)
    # How often saving under the lock on a record still fails; a negative number never gets to zero.
    locks: dict[str | None, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._kinds: tuple[object, dict[str, Kind]] | None = None

    # Who it is

    @property
    def id(self) -> str:
        """18 characters; a desk may give the org another one."""
        return normal_id(str(self.truth.setting("org_id", numbered_id("00D", 1))))

    @property
    def domain(self) -> str:
        return str(self.truth.setting("domain", "acme.my.salesforce.com"))

    def is_sandbox(self) -> bool:
        return bool(self.truth.setting("is_sandbox", False))

    def zone(self) -> ZoneInfo:
        return ZoneInfo(str(self.truth.setting("time_zone", "Europe/Berlin")))

    def today(self) -> str:
        """The date in the org's own time zone."""
        return self.truth.now().astimezone(self.zone()).date().isoformat()

    def stamp(self) -> str:
        return written_time(self.truth.now())

    # Who works in it

    def user(self, name: str) -> Record:
        """A user by username, id, or one of the words people and integration; raises Refusal where there is none."""
        wanted = self.truth.setting(f"user {name}", name)
        for each in self.truth.all("User"):
            if wanted in (each["Id"], each["Id"][:15], each["Username"]):
                return each
        raise Refusal("NOT_FOUND", f"the org has no user {name}", status=404)

    def sends_messages(self, user_id: str) -> bool:
        """Whether the user's profile has "Send Outbound Messages"."""
        return user_id in self.truth.setting("send outbound messages", [])

    # What it keeps

    def features(self) -> set[str]:
        return set(self.truth.setting("features", ["orders"]))

    def custom_fields(self) -> dict[str, list[Field]]:
        kept = self.truth.setting("custom fields", {})
        return {name: [Field(**each) for each in fields] for name, fields in kept.items()}

    def kinds(self) -> dict[str, Kind]:
        """The kinds of records as they are now; worked out anew when a feature or a field changed."""
        shape = (self.truth.setting("features"), self.truth.setting("custom fields"))
        if self._kinds is None or self._kinds[0] != shape:
            self._kinds = (shape, schema.kinds(self.features(), self.custom_fields()))
        return self._kinds[1]

    def kind(self, name: str) -> Kind | None:
        """The kind of this name, however its letters are cased."""
        found = self.kinds().get(name)
        return found or next((each for each in self.kinds().values() if each.name.lower() == name.lower()), None)

    def kind_of(self, id: str) -> Kind | None:
        return next((each for each in self.kinds().values() if each.prefix == id[:3]), None)

    def record(self, id: str | None) -> Record | None:
        """The record of this id, deleted or not."""
        kind = self.kind_of(id) if id else None
        return self.truth.get(kind.name, normal_id(id)) if kind and id else None

    # What the integration user may see and write

    def seen(self, kind: Kind) -> Kind:
        """The kind as the API shows it: without the fields that field-level security hides."""
        hidden = self.truth.setting("hidden", {}).get(kind.name, [])
        if not hidden:
            return kind
        left = {name: each for name, each in kind.fields.items() if name not in hidden}
        return Kind(kind.name, kind.prefix, left, kind.children, kind.feature)

    def may(self, deed: str, kind: Kind) -> bool:
        """Whether the API may read, or edit, records of this kind at all."""
        return kind.name not in self.truth.setting(f"may not {deed}", [])

    def is_locked_down(self, kind: Kind, field: Field) -> bool:
        """Whether field-level security lets the API read the field but not write it."""
        return field.name in self.truth.setting("read only", {}).get(kind.name, [])

    # Calls a day

    def budget(self) -> tuple[int, int]:
        """Calls used in the last 24 hours' window, and how many there are."""
        return int(self.truth.setting("calls used", 0)), int(self.truth.setting("calls a day", 15000))


def furnish(org: Org, with_kit: bool, features: list[str]) -> None:
    """A new org gets its users, its stages and its fields; one that is furnished already stays as it is."""
    if org.truth.all("User"):
        return
    with org.truth.transaction():
        org.truth.set("features", features)
        if with_kit:
            org.truth.set("custom fields", {name: [vars(each) for each in them] for name, them in schema.kit().items()})
        _hire(org)
        _settle_in(org, features)


def _hire(org: Org) -> None:
    people = _add(org, "User", Username="sam@acme.example", FirstName="Sam", LastName="Sales", Email="sam@acme.example")
    machine = _add(org, "User", Username=org.username, LastName="Integration", Email="integration@acme.example")
    for name, user in ((PEOPLE, people), (INTEGRATION, machine)):
        org.truth.set(f"user {name}", user["Id"])
    org.truth.set("send outbound messages", [people["Id"]])


def _settle_in(org: Org, features: list[str]) -> None:
    own = {
        "Name": "Acme",
        "OrganizationType": "Developer Edition",
        "IsSandbox": False,
        "TimeZoneSidKey": "Europe/Berlin",
    }
    org.truth.put("Organization", org.id, _systemic(org, org.id) | own | {"InstanceName": "SY0"})
    for place, (name, closed, won, chance) in enumerate(STAGES):
        flags = {"IsClosed": closed, "IsWon": won, "IsActive": True, "DefaultProbability": chance, "SortOrder": place}
        _add(org, "OpportunityStage", MasterLabel=name, ApiName=name, **flags)
    if "currencies" in features:
        mint(org)


def mint(org: Org) -> None:
    """The currencies that an org has once it uses several; those it has already stay."""
    for code, (rate, places, corporate) in CURRENCIES.items() if not org.truth.all("CurrencyType") else ():
        money: Record = {
            "ConversionRate": Decimal(rate),
            "DecimalPlaces": places,
            "IsCorporate": corporate,
            "IsActive": True,
        }
        _add(org, "CurrencyType", IsoCode=code, **money)


def _systemic(org: Org, id: str) -> Record:
    now, author = org.stamp(), org.truth.setting(f"user {PEOPLE}")
    stamps = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), now)
    return {"Id": id, "IsDeleted": False} | stamps | dict.fromkeys(("CreatedById", "LastModifiedById"), author)


def _add(org: Org, kind: str, **fields: Any) -> Record:
    number = org.truth.next_id(schema.standard_kinds()[kind].prefix)
    record = _systemic(org, number) | {"IsActive": True} | fields
    if kind == "User":
        record["Name"] = " ".join(filter(None, (fields.get("FirstName"), fields["LastName"])))
    org.truth.put(kind, number, record)
    return record


def new_secret() -> str:
    return secrets.token_hex(32).upper()
