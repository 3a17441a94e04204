"""A live scene for tests: a hub, a sandbox shop and a command line that meet over loopback HTTP."""

import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from sqlalchemy import select, text

from app import create_app, create_hub, serve
from config.settings import Settings, load_settings
from core.commands import cli
from core.commands.office import Office
from core.gateway.hub import Hub, Timings
from core.models import Connection, Push, StoredDelivery
from core.services.inbox import Inbox
from sandbox.shopify import SandboxShop, ShopControl
from tests.support.markers import secret
from tests.support.processes import Process, free_port, started, wait_for_line
from webhooks.server import Server

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
TERMS: dict[str, Any] = {
    "campaign": {"slug": "friends", "name": "Friends bring friends", "destination": "https://demo.myshopify.com/"},
    "counts": {"currency": "EUR", "minimum": "20.00", "first_order_only": True},
    "advocate": {"kind": "store_credit", "amount": "10.00", "expires_days": 365},
    "friend": {"kind": "store_credit", "percent": "5", "expires_days": 90},
    "hold": {"days": 14},
    "limits": {"budget": "5000.00"},
}
CODE = "ALICE-8F2K"


@dataclass
class Scene:
    """A hub's database, the shop it is connected to, and what a person could do about either."""

    folder: Path
    database_url: str
    shop: SandboxShop
    port: int = field(default_factory=free_port)
    given: dict[str, Any] = field(default_factory=dict)
    connection_id: str = ""

    def __post_init__(self) -> None:
        self.desk = ShopControl(self.shop.base_url)
        self.hub = self.another_hub()

    # The hub

    @property
    def settings(self) -> Settings:
        """What the hub is told; the same for this process and for started ones."""
        return load_settings(
            database_url=self.database_url,
            secret_key_file=self.folder / "secret.key",
            environment="sandbox",
            port=self.port,
            worker=False,
            **self.given,
        )

    @property
    def environment(self) -> dict[str, str]:
        """The same settings for a process of its own."""
        told = {
            "database_url": self.database_url,
            "secret_key_file": str(self.folder / "secret.key"),
            "environment": "sandbox",
            "port": str(self.port),
            "worker": "false",
        }
        return prefixed(told | self.given)

    @property
    def never_polling(self) -> Timings:
        """The hub's timings, but it asks the shop for nothing by itself any more."""
        return replace(self.hub.timings, poll_every=timedelta(days=3650))

    def another_hub(self) -> Hub:
        """The hub as a fresh process would open it."""
        return create_hub(self.settings)

    def referhub(self, *arguments: str, status: int = 0) -> Any:
        """`referhub … --json` in this process; its answer, once the exit status is as expected."""
        result = self.invoke(*arguments, "--json")
        assert result.exit_code == status, f"referhub {' '.join(arguments)}: {result.output}"
        return json.loads(result.stdout) if result.stdout.strip() else None

    def invoke(self, *arguments: str) -> Any:
        """`referhub …` in this process, as click's runner saw it."""
        office = Office(
            load_settings=lambda: self.settings,
            create_hub=lambda _settings: self.hub,
            open_hub=lambda _settings: self.hub,
            serve=serve,
        )
        return CliRunner().invoke(cli, list(arguments), obj=office, catch_exceptions=False)

    def rows(self, what: str) -> list[dict[str, Any]]:
        """`referhub export WHAT`."""
        return [json.loads(line) for line in self.invoke("export", what).stdout.splitlines()]

    def deliveries(self) -> list[dict[str, Any]]:
        """All deliveries on the table, whatever a list would leave off."""
        query = select(StoredDelivery.key, StoredDelivery.topic, StoredDelivery.state, StoredDelivery.reason)
        with self.hub.database.reading() as session:
            return [dict(row._mapping) for row in session.execute(query)]

    def drain(self) -> int:
        """Everything due is done."""
        return int(self.referhub("worker", "--until-idle")["done"])

    def later(self, by: str) -> None:
        """The hub's clock and the shop's clock move on."""
        self.referhub("clock", by)
        self.desk.advance(seconds=int(by[:-1]) * SECONDS[by[-1]])

    def settle(self) -> None:
        """Every webhook has arrived (unanswered ones at a later try), and everything due is done."""
        assert self.desk.settle(30)
        for delivery in self.desk.deliveries(state="unanswered"):
            self.desk.send(delivery["id"])
        assert not self.desk.deliveries(state="unanswered")
        self.drain()

    def let_leases_end(self) -> None:
        """The time of every lease is over, as it would be a while after its worker died."""
        with self.hub.database.transaction() as session:
            session.execute(text("UPDATE leases SET until_at = '2000-01-01 00:00:00'"))

    def restart(self) -> None:
        """After a crash: the leases of the dead run out, and this process is a fresh one."""
        self.let_leases_end()
        self.hub.database.close()
        self.hub = self.another_hub()

    def recover(self) -> None:
        """A restart, and time enough for a quiet time, two looks and what follows from them."""
        self.restart()
        for by in ("3m", "2m"):
            self.settle()
            self.later(by)
        self.settle()

    def due_pushes(self) -> list[str]:
        """The pushes that a worker could attempt or look up now."""
        due = Push.state.in_(("intended", "unknown")), Push.due_at <= self.hub.now()
        with self.hub.database.reading() as session:
            return list(session.scalars(select(Push.id).where(*due)))

    # Doors

    @contextmanager
    def door(self) -> Iterator[str]:
        """The machines' door is open in this process; its address."""
        inbox = Inbox(self.hub)
        server = Server(create_app(self.settings, self.hub, inbox), host="127.0.0.1", port=self.port, threads=8)
        ended = threading.Event()
        thread = threading.Thread(target=server.run, kwargs={"until": ended}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{self.port}"
        finally:
            ended.set()
            thread.join(10)
            inbox.close()

    @contextmanager
    def another_door(self) -> Iterator[None]:
        """A second door at another port, whose address the hub gives while it is open."""
        port, self.port = self.port, free_port()
        base_url, self.hub.base_url = self.hub.base_url, f"http://127.0.0.1:{self.port}"
        try:
            with self.door():
                yield
        finally:
            self.port, self.hub.base_url = port, base_url

    @contextmanager
    def serving(self, **settings: str) -> Iterator[Process]:
        """`referhub serve` in a process of its own, already listening."""
        with started(["serve"], self.environment | prefixed(settings), self.folder) as process:
            wait_for_line(process, "referhub listens on")
            yield process

    def begun(self, *arguments: str, **settings: str) -> Any:
        """`referhub ARGUMENTS` in a process of its own."""
        return started([*arguments], self.environment | prefixed(settings), self.folder)

    def worker(self, *arguments: str, **settings: str) -> Any:
        """`referhub worker …` in a process of its own."""
        return started(["worker", *arguments], self.environment | prefixed(settings), self.folder)

    def connect(self, label: str = "shopify", **settings: str) -> str:
        """The shop is connected; the connection's id."""
        given = {
            "label": label,
            "shop": self.shop.domain,
            "client-id": self.shop.client_id,
            "client-secret": self.shop.client_secret,
            "access-token": self.shop.access_token,
            "api-base": self.shop.base_url,
        } | settings
        options = [part for name, value in given.items() for part in (f"--{name}", value)]
        self.connection_id = self.referhub("connect", "shopify", *options)["id"]
        return self.connection_id

    @property
    def webhook_url(self) -> str:
        """Where the shop sends its webhooks."""
        return self.hub.webhook_url(self.connection_id)

    def connection(self) -> Connection:
        """The row of the connection."""
        with self.hub.database.reading() as session:
            return session.get_one(Connection, self.connection_id)

    # The story

    def campaign(self, **changes: Mapping[str, Any] | None) -> None:
        """The usual campaign is published, with whole tables of its terms changed (None: left out)."""
        terms = {name: table for name, table in (TERMS | changes).items() if table is not None}
        file = self.folder / "campaign.json"
        file.write_text(json.dumps(terms), encoding="utf-8")
        slug = self.referhub("campaigns", "create", str(file))["slug"]
        self.referhub("campaigns", "publish", slug, "--from", "2026-01-01")  # orders are stamped to the second

    def advocate(self, email: str = "alice@example.com", code: str = CODE) -> dict[str, Any]:
        """A customer of the shop recommends; returns the customer."""
        customer = self.desk.create_customer(email=email, first_name=email.partition("@")[0].title())
        self.referhub("advocates", "add", "friends", "--email", email, "--code", code)
        return customer

    def friend(self, email: str = "bob@example.com") -> dict[str, Any]:
        """A new customer of the shop."""
        return self.desk.create_customer(email=email, first_name=email.partition("@")[0].title())

    def order(self, customer: Mapping[str, Any] | None, code: str | None = CODE, **basket: Any) -> dict[str, Any]:
        """A paid order of EUR 80.00, with the code if there is one."""
        told: dict[str, Any] = {
            "lines": [{"title": "Mug", "price": "80.00", "quantity": 1}],
            "customer": customer["id"] if customer else None,
            "discount_codes": [{"code": code, "amount": "0.00"}] if code else [],
            "paid": True,
            "taxes_included": False,
            "tax_rate": "0",
        }
        return self.desk.create_order(**(told | basket))

    # What is true

    def states(self) -> dict[str, str]:
        """The state of each reward by side; only for scenes with one order."""
        return {row["side"]: row["state"] for row in self.referhub("rewards", "list")}

    def moves(self, customer: Mapping[str, Any]) -> list[str]:
        """The amounts of the customer's store credit transactions at the shop, oldest first; debits below zero."""
        accounts = [one for one in self.desk.truth()["store_credit_accounts"] if one["owner_id"] == customer["id"]]
        moves = sorted((move for one in accounts for move in one["transactions"]), key=lambda move: move["id"])
        return [move["amount"] if move["kind"] == "credit" else f"-{move['amount'].lstrip('-')}" for move in moves]

    def balance(self, customer: Mapping[str, Any]) -> Decimal:
        """The customer's store credit at the shop, in euros."""
        return Decimal(self.desk.balances().get((customer["gid"], "EUR"), "0"))

    def assert_sound(self) -> None:
        """`referhub check` holds every promise, and what the shop truly gave is what the ledger says."""
        report = self.referhub("check")
        assert report["sound"], report
        assert self._receipts() == self._given_by_the_shop()
        assert self._ledger() == sum(self._worth(one) for one in self._given_by_the_shop())

    def _receipts(self) -> Counter[str]:
        return Counter(row["remote_id"] for row in self.rows("pushes") if row["state"] == "confirmed")

    def _given_by_the_shop(self) -> Counter[str]:
        """The ids of every effect at the shop that an app asked for (people's own acts have other events)."""
        truth = self.desk.truth()
        moves = [move for account in truth["store_credit_accounts"] for move in account["transactions"]]
        ids = [move["gid"] for move in moves if move["event"] == "ADJUSTMENT" and move["kind"] != "expiration"]
        ids += [card["gid"] for card in truth["gift_cards"]]
        ids += [node["gid"] for node in truth["discounts"] if "Referral reward" in node["title"]]
        return Counter(ids)

    def _worth(self, gid: str) -> Decimal:
        truth = self.desk.truth()
        for account in truth["store_credit_accounts"]:
            for move in account["transactions"]:
                if move["gid"] == gid:
                    amount = abs(Decimal(move["amount"]))
                    return amount if move["kind"] == "credit" else -amount
        for card in truth["gift_cards"]:
            if card["gid"] == gid:
                return Decimal(card["initial"])
        return next(Decimal(node["amount"]) for node in truth["discounts"] if node["gid"] == gid)

    def _ledger(self) -> Decimal:
        """What the ledger says is at the shop: given, or given and owed back, or kept instead of a later reward."""
        kept = ("pushed", "netted", "receivable")
        entries = [row for row in self.rows("ledger") if row["account"].partition(":")[0] in kept]
        return Decimal(sum(row["amount_minor"] for row in entries)) / 100


def prefixed(settings: Mapping[str, Any]) -> dict[str, str]:
    """The settings as the environment spells them."""
    return {f"REFERHUB_{name.upper()}": str(value) for name, value in settings.items()}


@contextmanager
def scene(folder: Path, database_url: str, *, is_ready: bool = True, **given: Any) -> Iterator[Scene]:
    """A scene; ready means connected, with a published campaign, and everything due done."""
    with SandboxShop(client_secret=secret("shop"), points=1_000_000, points_per_second=100_000) as shop:
        made = Scene(folder, database_url, shop, given=given)
        with closing(made.hub.database):
            if is_ready:
                made.connect()
                made.campaign()
                made.drain()
            yield made
