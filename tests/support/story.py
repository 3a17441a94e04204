"""A small cast for tests of questions and screens: rows written straight into the tables."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.gateway.vault import Keys, Vault
from core.models import (
    Allowance,
    Assessment,
    Balance,
    Campaign,
    Code,
    Collision,
    Connection,
    Conversion,
    FieldSync,
    HubState,
    Identity,
    LedgerEntry,
    LedgerTransaction,
    Merchant,
    Person,
    Push,
    Referral,
    Reversal,
    Reward,
    StoredDelivery,
    StoredOrder,
    StoredRefund,
    StoredTerms,
    SyncedRecord,
    WriteRun,
)
from core.services.audit import note

Row = TypeVar("Row")
NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
DAY = timedelta(days=1)
TERMS: dict[str, Any] = {
    "campaign": {"slug": "friends", "name": "Bring a friend", "destination": "https://tea.example/welcome"},
    "counts": {"currency": "EUR", "minimum": "30.00", "first_order_only": True},
    "advocate": {"kind": "store_credit", "amount": "10.00", "expires_days": 365},
    "friend": {"kind": "gift_card", "percent": "5", "at_most": "5.00"},
    "hold": {"days": 14},
    "limits": {"budget": "500.00"},
}


def well_known_vault() -> Vault:
    """A vault with well-known keys."""
    return Vault(Keys(root=b"r" * 32, seals={b"test": b"k" * 32}))


@dataclass
class Story:
    """Writes rows with ids that sort in the order of writing; what a method is not told, it makes up."""

    session: Session
    vault: Vault = field(default_factory=well_known_vault)
    now: datetime = NOW
    written: int = 0
    postings: int = 0
    suffix: str = ""  # tells one merchant's names and shops from another's, where the house knows them apart
    merchant_id: str | None = None

    def id(self) -> str:
        self.written += 1
        return f"{self.written:032x}"

    def add(self, row: Row) -> Row:
        self.session.add(row)
        self.session.flush()
        return row

    def merchant(self, name: str = "Tea House") -> Merchant:
        row = self.add(Merchant(id=self.id(), name=f"{name}{self.suffix}", created_at=self.now - 90 * DAY))
        self.merchant_id = self.merchant_id or row.id
        return row

    def campaign(
        self, merchant: Merchant, name: str = "Bring a friend", state: str = "published", body: Any = TERMS
    ) -> Campaign:
        slug = f"campaign-{self.written}"
        row = self.add(
            Campaign(
                id=self.id(),
                merchant_id=merchant.id,
                slug=slug,
                name=name,
                state=state,
                created_at=self.now - 80 * DAY,
            )
        )
        self.terms(row, 3, self.now - 80 * DAY, body)
        return row

    def terms(self, campaign: Campaign, version: int, effective_at: datetime | None, body: Any = TERMS) -> StoredTerms:
        return self.add(
            StoredTerms(
                id=self.id(),
                merchant_id=campaign.merchant_id,
                campaign_id=campaign.id,
                version=version,
                body=body,
                effective_at=effective_at,
                created_at=self.now,
            )
        )

    def budget(self, campaign: Campaign, ceiling: int, used: int, currency: str = "EUR") -> Allowance:
        return self.add(
            Allowance(
                id=self.id(),
                merchant_id=campaign.merchant_id,
                campaign_id=campaign.id,
                name=f"budget:{currency}",
                ceiling=ceiling,
                used=used,
            )
        )

    def connection(self, merchant: Merchant, label: str = "Tea shop", **told: Any) -> Connection:
        row_id = self.id()
        shop = f"tea-house{self.suffix}" if label == "Tea shop" else f"shop-{row_id[-6:]}"
        told = {
            "connector": "shopify",
            "config": self.vault.seal(b"{}", f"connections.config:{row_id}"),
            "connected_at": self.now - 60 * DAY,
            "account": {"name": "Tea House Berlin"},
            "source_id": f"{shop}.myshopify.com",
        } | told
        return self.add(Connection(id=row_id, merchant_id=merchant.id, label=label, **told))

    def delivery(
        self, connection: Connection, topic: str = "orders/paid", body: bytes = b"{}", **told: Any
    ) -> StoredDelivery:
        row_id = self.id()
        key = told.pop("key", f"key-{row_id[-4:]}")
        told = {
            "received_at": self.now,
            "due_at": self.now,
            "state": "read",
            "headers": {"x-shopify-topic": topic},
        } | told
        sealed = self.vault.seal(body, f"deliveries.body:{connection.id}:{key}")
        return self.add(
            StoredDelivery(
                id=row_id,
                merchant_id=connection.merchant_id,
                connection_id=connection.id,
                key=key,
                topic=topic,
                body=sealed,
                size=len(body),
                **told,
            )
        )

    def person(self, merchant: Merchant, name: str | None = None, email: str | None = None) -> Person:
        row_id = self.id()
        sealed = self.vault.seal(name.encode(), f"people.name:{row_id}") if name else None
        row = self.add(Person(id=row_id, merchant_id=merchant.id, name=sealed, created_at=self.now - 50 * DAY))
        if email:
            self.identity(row, email)
        return row

    def identity(self, person: Person, email: str, **told: Any) -> Identity:
        row_id = self.id()
        told = {
            "scope": "*",
            "kind": "email",
            "lookup": self.vault.lookup(email),
            "seen_at": self.now - 40 * DAY,
            "is_gone": False,
        } | told
        return self.add(
            Identity(
                id=row_id,
                merchant_id=person.merchant_id,
                sealed=self.vault.seal(email.encode(), f"identities.sealed:{row_id}"),
                person_id=person.id,
                **told,
            )
        )

    def collision(self, one: Person, other: Person, connection: Connection, state: str = "open") -> Collision:
        first, second = sorted((one.id, other.id))
        return self.add(
            Collision(
                id=self.id(),
                merchant_id=one.merchant_id,
                one_id=first,
                other_id=second,
                connection_id=connection.id,
                why="one address on both",
                state=state,
                found_at=self.now - DAY,
            )
        )

    def field_sync(self, connection: Connection, **told: Any) -> FieldSync:
        told = {"stage": "live", "mapped": {}, "problems": {}, "mended": {}} | told
        return self.add(FieldSync(merchant_id=connection.merchant_id, connection_id=connection.id, **told))

    def synced_record(self, connection: Connection, person: Person, **told: Any) -> SyncedRecord:
        row_id = self.id()
        told = {"source_id": f"contact-{row_id[-4:]}", "is_dirty": False, "due_at": self.now - DAY} | told
        told = {"merchant_id": connection.merchant_id, "connection_id": connection.id} | told
        return self.add(SyncedRecord(id=row_id, person_id=person.id, **told))

    def write_run(self, connection: Connection, **told: Any) -> WriteRun:
        told = {"kind": "sync", "started_at": self.now, "ended_at": self.now, "written": 1, "refused": 0} | told
        return self.add(WriteRun(id=self.id(), merchant_id=connection.merchant_id, connection_id=connection.id, **told))

    def code(self, advocate: Person, campaign: Campaign, text: str, *, is_active: bool = True) -> Code:
        return self.add(
            Code(
                id=self.id(),
                merchant_id=advocate.merchant_id,
                campaign_id=campaign.id,
                advocate_id=advocate.id,
                text=text,
                lookup=text.lower(),
                is_active=is_active,
                created_at=self.now - 45 * DAY,
            )
        )

    def order(self, connection: Connection, name: str, base: Money, **told: Any) -> StoredOrder:
        row_id = self.id()
        told = {
            "source_id": f"55{row_id[-6:]}",
            "is_paid": True,
            "is_test": False,
            "placed_at": self.now - 20 * DAY,
            "updated_at": self.now - 20 * DAY,
            "evidence": [],
            "reasons": {},
        } | told
        return self.add(
            StoredOrder(
                id=row_id,
                merchant_id=connection.merchant_id,
                connection_id=connection.id,
                name=name,
                base_minor=base.minor,
                currency=base.currency,
                **told,
            )
        )

    def refund(self, order: StoredOrder, amount: Money, refunded_at: datetime) -> StoredRefund:
        row_id = self.id()
        return self.add(
            StoredRefund(
                id=row_id,
                merchant_id=order.merchant_id,
                connection_id=order.connection_id,
                source_id=f"refund-{row_id[-4:]}",
                order_source_id=order.source_id,
                amount_minor=amount.minor,
                currency=amount.currency,
                refunded_at=refunded_at,
            )
        )

    def conversion(self, order: StoredOrder, code: Code, friend: Person, **told: Any) -> Conversion:
        referral = self.add(
            Referral(
                id=self.id(),
                merchant_id=order.merchant_id,
                campaign_id=code.campaign_id,
                advocate_id=code.advocate_id,
                friend_id=friend.id,
                code_id=code.id,
                evidence="code",
                referred_at=order.placed_at,
            )
        )
        terms = self.session.query(StoredTerms).filter_by(campaign_id=code.campaign_id, version=3).one()
        told = {
            "state": "qualified",
            "reasons": [],
            "converted_at": order.placed_at,
            "release_at": order.placed_at + 14 * DAY,
            "verified_at": None,
            "reversed_minor": 0,
        } | told
        return self.add(
            Conversion(
                id=self.id(),
                merchant_id=order.merchant_id,
                campaign_id=code.campaign_id,
                terms_id=terms.id,
                connection_id=order.connection_id,
                order_id=order.id,
                order_source_id=order.source_id,
                referral_id=referral.id,
                currency=order.currency,
                base_minor=order.base_minor,
                **told,
            )
        )

    def assessment(self, conversion: Conversion, state: str, **told: Any) -> Assessment:
        """A case that has come to that."""
        names = ("merchant_id", "campaign_id")
        owned = {name: getattr(conversion, name) for name in names} | {"created_at": conversion.converted_at}
        return self.add(Assessment(id=self.id(), conversion_id=conversion.id, state=state, **owned | told))

    def reversal(self, conversion: Conversion, cause: str, base_minor: int, at: datetime) -> Reversal:
        return self.add(
            Reversal(
                id=self.id(),
                merchant_id=conversion.merchant_id,
                conversion_id=conversion.id,
                cause=cause,
                base_minor=base_minor,
                reversed_at=at,
            )
        )

    def reward(
        self,
        conversion: Conversion,
        person_id: str,
        side: str = "advocate",
        granted_minor: int = 1000,
        **told: Any,
    ) -> Reward:
        told = {
            "kind": "store_credit",
            "state": "held",
            "due_at": conversion.release_at,
            "created_at": conversion.converted_at,
            "currency": conversion.currency,
        } | told
        return self.add(
            Reward(
                id=self.id(),
                merchant_id=conversion.merchant_id,
                campaign_id=conversion.campaign_id,
                conversion_id=conversion.id,
                connection_id=conversion.connection_id,
                side=side,
                person_id=person_id,
                granted_minor=granted_minor,
                **told,
            )
        )

    def push(self, reward: Reward, state: str = "confirmed", **told: Any) -> Push:
        row_id = self.id()
        sent = self.now - DAY
        told = {
            "gives": True,
            "recipient": f"customer-{row_id[-4:]}",
            "note": "Thank you",
            "code_seed": row_id,
            "due_at": sent,
            "created_at": sent,
            "sent_at": sent,
            "story": [{"at": sent.isoformat(), "words": "sent to the shop"}],
        } | told
        return self.add(
            Push(
                id=row_id,
                merchant_id=reward.merchant_id,
                connection_id=reward.connection_id,
                reward_id=reward.id,
                kind=reward.kind,
                amount_minor=told.pop("amount_minor", reward.granted_minor),
                currency=reward.currency,
                state=state,
                **told,
            )
        )

    def posting(self, what: str, reward: Reward, source: str, target: str, minor: int) -> LedgerTransaction:
        self.postings += 1
        key = f"{what}:{reward.id}:{self.postings}"
        row = self.add(
            LedgerTransaction(
                id=self.id(),
                merchant_id=reward.merchant_id,
                number=self.postings,
                key=key,
                what=what,
                reward_id=reward.id,
                posted_at=self.now - DAY,
                previous_hash="0" * 64,
                hash=hashlib.sha256(key.encode()).hexdigest(),
            )
        )
        for account, amount in ((source, -minor), (target, minor)):
            self.entry(row, reward, account, amount)
        return row

    def entry(self, transaction: LedgerTransaction, reward: Reward, account: str, minor: int) -> LedgerEntry:
        return self.add(
            LedgerEntry(
                id=self.id(),
                merchant_id=reward.merchant_id,
                transaction_id=transaction.id,
                reward_id=reward.id,
                account=account,
                currency=reward.currency,
                amount_minor=minor,
            )
        )

    def balance(self, merchant: Merchant, account: str, amount: Money) -> Balance:
        return self.add(
            Balance(
                id=self.id(),
                merchant_id=merchant.id,
                account=account,
                currency=amount.currency,
                amount_minor=amount.minor,
            )
        )

    def act(self, subject: str, verb: str, actor: str = "Ada", detail: str = "") -> None:
        merchant_id = self.merchant_id or self.session.scalars(select(Merchant.id).order_by(Merchant.id)).first()
        note(self.session, merchant_id, verb, subject, detail, self.now, actor=actor)

    def fact(self, name: str, value: str) -> HubState:
        row = self.session.merge(HubState(name=name, value=value))
        self.session.flush()
        return row
