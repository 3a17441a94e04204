"""The whole of it: one app, the portals that installed it, their truth, and what is scripted for callers."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from sandbox.ground.late import Late
from sandbox.ground.refusal import Refused
from sandbox.hubspot.fates import Fates
from sandbox.hubspot.nouns import Portal
from sandbox.hubspot.rates import Rates
from sandbox.hubspot.truth import Truth

SCOPES = (
    "oauth crm.objects.contacts.read crm.objects.contacts.write crm.schemas.contacts.read crm.schemas.contacts.write "
    "crm.objects.deals.read crm.objects.deals.write crm.schemas.deals.read crm.objects.orders.read "
    "crm.objects.leads.read"
).split()
FIRST_IDS = {"0-1": 220006890001, "0-3": 41000000001, "0-123": 52000000001, "0-136": 63000000001}
SECRETS_AT_ONCE = 2


@dataclass(frozen=True)
class Actor:
    """Who did something, as a webhook tells it."""

    source: str = "CRM_UI"
    source_id: str = "userId:111"


@dataclass
class Cloud:
    """What the API, the courier and the desk share. `static` maps tokens without end to portals."""

    truth: Truth
    app_id: int
    client_id: str
    redirect_uris: list[str]
    static: dict[str, int] = field(default_factory=dict)
    retry_scale: float = 0.0
    fates: Fates = field(default_factory=Fates)
    late: Late[int] = field(default_factory=Late)
    rates: Rates = field(default_factory=Rates)
    woken: threading.Event = field(default_factory=threading.Event)

    @property
    def client_secret(self) -> str:
        """The newest one."""
        return self.secrets()[-1]

    def signing_secret(self) -> str:
        """The one that signs webhooks: while two are good, the desk says which."""
        return self.secrets()[0 if self.truth.setting("signs_with_the_old_secret") else -1]

    def secrets(self) -> list[str]:
        """All that are good, the newest last."""
        return [str(each) for each in self.truth.setting("secrets", [])]

    def rotate_secret(self, secret: str) -> None:
        """Two secrets are good until the rotation is finished."""
        self.truth.set("secrets", [*self.secrets(), secret][-SECRETS_AT_ONCE:])

    def finish_rotation(self) -> None:
        self.truth.set("secrets", [self.client_secret])

    def portal(self, number: int) -> Portal:
        found = self.truth.find(Portal, "Portal", number)
        if found is None:
            raise Refused(f"there is no portal {number}")
        return found

    def portals(self) -> list[Portal]:
        return sorted(self.truth.all(Portal, "Portal"), key=lambda each: each.portal)

    def setting(self, portal: Portal, name: str) -> Any:
        return portal.settings.get(name, DEFAULTS[name])

    def new_id(self, kind: str) -> int:
        return self.truth.next_number(kind, FIRST_IDS.get(kind, 1))

    def app(self) -> Actor:
        """This app as an author: its id is a string (seen in public captures, promised nowhere)."""
        return Actor("INTEGRATION", str(self.app_id))


# What a portal's settings may say, and what holds otherwise.
DEFAULTS: dict[str, Any] = {
    "index_lag_ms": 0,
    "per_ten_seconds": 100,
    "per_day": 250_000,
    "searches_per_second": 5,
    "updates_follow_merges": True,
}
