"""One shop: its name and secrets, its truth, the fates scripted for its callers, and its points bucket."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4
from zlib import crc32

from sandbox.ground.late import Late
from sandbox.shopify.bucket import Bucket
from sandbox.shopify.fates import Fates
from sandbox.shopify.registration import App
from sandbox.shopify.truth import Truth

FIRST_IDS = {"Customer": 7000000000001, "Order": 5500000000001, "Refund": 6600000000001, "Shop": 548380009}
# Above 2**53, where floats lose digits; order ids in the vendor's own samples are this large.
LARGE = 1 << 59
APP_ID = 580111
SECRET_GRACE = timedelta(hours=1)

SCOPES = (
    "read_orders write_customers read_customers write_store_credit_account_transactions "
    "read_store_credit_accounts read_store_credit_account_transactions write_discounts write_gift_cards "
    "read_customer_merge"
).split()


@dataclass
class Shop:
    """What the vendor side and the desk share; a fate may put a stale copy in the place of its truth."""

    truth: Truth
    domain: str
    currency: str
    app: App
    access_token: str
    large_ids: bool = False
    retry_scale: float = 0.0
    name: str = "Sandbox shop"
    fates: Fates = field(default_factory=Fates)
    late: Late[datetime] = field(default_factory=Late)
    bucket: Bucket = field(default_factory=Bucket)
    woken: threading.Event = field(default_factory=threading.Event)

    def new_id(self, kind: str) -> int:
        first = FIRST_IDS.get(kind, 910000000001)
        return self.truth.next_id(kind, first + LARGE if self.large_ids else first)

    @property
    def client_id(self) -> str:
        return self.app.client_id

    @property
    def client_secret(self) -> str:
        return self.app.client_secret

    @property
    def handle(self) -> str:
        """The shop's name in the admin's addresses."""
        return self.domain.removesuffix(".myshopify.com")

    def scopes(self) -> list[str]:
        """What the merchant granted; a merchant's own app has every right from the beginning."""
        kept = self.truth.setting("scopes", [] if self.app.is_in_store else SCOPES)
        return [str(scope) for scope in kept] if isinstance(kept, list) else []

    def installed(self) -> bool:
        return bool(self.truth.setting("installed", not self.app.is_in_store))

    def webhook_secret(self) -> str:
        """For an hour after a rotation the old secret still signs (https://shopify.dev/docs/apps/build/webhooks)."""
        old, until = self.app.old_secret, self.app.old_secret_until
        return old if until and self.truth.now() < until else self.client_secret

    def rotate_secret(self, secret: str) -> None:
        """The new secret opens the token endpoint at once and signs webhooks after an hour of this shop's clock."""
        self.app.old_secret_until = self.truth.now() + SECRET_GRACE
        self.app.old_secret, self.app.client_secret = self.client_secret, secret

    def redacts(self) -> bool:
        """Whether the app lacks approval for names, addresses, phones and emails."""
        return bool(self.truth.setting("redacts", False))

    def currencies(self) -> list[str]:
        """The currencies that buyers can pay in; the shop's own comes first."""
        others = self.truth.setting("presentment_currencies", [])
        return [self.currency, *(str(code) for code in others)] if isinstance(others, list) else [self.currency]

    @property
    def shop_id(self) -> int:
        """Another one for every domain: two sandbox shops are two shops."""
        return FIRST_IDS["Shop"] + crc32(self.domain.encode())


@dataclass
class Action:
    """One thing somebody did; every webhook it causes shares its event id and its time."""

    at: datetime
    event_id: str = field(default_factory=lambda: str(uuid4()))
