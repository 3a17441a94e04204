"""The canary: unmistakable secrets and personal values go in at every door, and come out nowhere (S35, SH-58)."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from sqlalchemy.engine import make_url

from sandbox.hubspot import PortalControl, SandboxPortal
from sandbox.salesforce import OrgControl, SandboxOrg
from sandbox.shopify import SandboxShop
from tests.support.hooks import headers
from tests.support.live import CODE, Scene
from tests.support.processes import Process, wait_until

# Every planted value has it inside, whatever else is made of the value on its way.
MARK = "canary7f3"
PHONE = "+49 170 9988776655"
PHONES = ("9988776655", "170 99887766")
STREET = f"{MARK} street 9"
LOUD = {"log_level": "debug", "log_format": "json", "worker": "true", "environment": "sandbox"}


def address(name: str) -> str:
    return f"{name}.{MARK}@example.com"


class World:
    """A hub of its own process with three vendors, whose every secret is a canary."""

    def __init__(self, stage: Scene, portal: SandboxPortal, org: SandboxOrg) -> None:
        self.stage, self.portal, self.org = stage, portal, org
        self.crm, self.sales = PortalControl(portal.base_url), OrgControl(org.base_url)
        self.said: list[str] = []
        self.base = f"http://127.0.0.1:{stage.port}"

    def connect(self) -> None:
        stage = self.stage
        stage.connect()
        stage.campaign()
        hubspot = {"access-token": self.portal.access_token, "client-secret": self.portal.client_secret}
        given = {"app-id": str(self.portal.app_id), "public-url": self.base, "api-base": self.portal.base_url}
        told = stage.referhub("connect", "hubspot", *_options(hubspot | given))
        self.crm.configure(url=told["webhook_url"])
        salesforce = {"client-id": self.org.client_id, "client-secret": f"{MARK}-consumer", "currency": "EUR"}
        told = stage.referhub("connect", "salesforce", *_options(salesforce | {"domain": self.org.base_url}))
        self.sales.announce_to_nobody()
        self.sales.announce_to(told["webhook_url"])
        self.secret_path = told["webhook_url"].rpartition("/")[2]

    def story(self) -> None:
        """Everybody buys, in the shop and in both CRMs, and what was earned is paid."""
        desk, stage = self.stage.desk, self.stage
        desk.create_customer(email=address("alice"), first_name=f"Alice {MARK}")
        given = ("--email", address("alice"), "--name", f"Alice {MARK}", "--code", CODE)
        stage.referhub("advocates", "add", "friends", *given)
        named = {"first_name": f"{MARK} first", "last_name": f"{MARK} last", "note": f"{MARK} says hello"}
        bob = desk.create_customer(email=address("bob"), phone=PHONE, **named)
        stage.order(bob, landing_site=f"/?ref={CODE}&email={address('bob')}", note_attributes={"gift": STREET})
        frida = {"email": address("frida"), "firstname": f"{MARK} Frida", "phone": PHONE}
        contact = self.crm.create_contact(**frida, referred_by_code=CODE)
        deal = self.crm.create_deal(contact=contact["id"], dealname="Kitchen", amount="250.00")
        self.crm.win_deal(deal["id"])
        gustav = {"LastName": f"{MARK} Gustav", "Email": address("gustav"), "Phone": PHONE}
        person = self.sales.create_contact(**gustav, Referred_By_Code__c=CODE)["Id"]
        self.sales.win(self.sales.create_opportunity(Name="Garden", Amount=250, ContactId=person)["Id"])
        self.settle()
        stage.later("15d")
        self.settle()

    def settle(self) -> None:
        assert self.stage.desk.settle(30)
        assert self.crm.settle(30)
        assert self.sales.settle(30)
        self.stage.drain()

    def knock(self) -> None:
        """Everything that goes wrong at a door, with a canary in it."""
        hooks = self.stage.webhook_url.replace(self.stage.hub.base_url, self.base)
        lost = json.dumps({"id": 1, "email": address("lost"), "phone": PHONE}).encode()
        torn = lost[:-5]
        genuine = headers(self.stage.shop.client_secret, torn, topic="orders/paid")
        self.hear("POST", hooks, data=torn, headers=genuine)
        self.hear("POST", hooks, data=lost, headers=headers(f"{MARK}-wrong", lost))
        self.hear("POST", hooks, data=lost, headers={"X-Shopify-Hmac-Sha256": MARK, "X-Shopify-Topic": MARK})
        self.hear("POST", f"{hooks}/{MARK}", data=lost)
        self.hear("POST", f"{self.base}/hooks/{MARK}", data=lost)
        self.hear("POST", f"{self.base}/hooks/app/shopify", data=lost, headers=headers(f"{MARK}-wrong", lost))
        for path in ("/dashboard/nothing", "/welcome/invite", "/nowhere", "/store/shopify", "/dashboard/orders"):
            self.hear("GET", f"{self.base}{path}/{MARK}?email={address('lost')}&token={MARK}")
        back = {"code": f"{MARK}-code", "state": f"{MARK}-state"}
        self.hear("GET", f"{self.base}/dashboard/connect/back", params=back, cookies={"session": MARK})
        self.hear("GET", f"{self.base}/dashboard/account/sso/back", params=back)
        self.hear("GET", f"{self.base}/dashboard/", headers={"Host": f"{MARK}.example.com"})
        self.hear("GET", f"{self.base}/dashboard/", headers={"Authorization": f"Basic {MARK}", "X-Padding": MARK * 200})
        form = {"email": address("lost"), "password": f"{MARK}-password", "csrf_token": MARK}
        self.hear("POST", f"{self.base}/dashboard/account/sign-in", data=form)
        self.hear("POST", f"{self.base}/dashboard/account/forgot", data=form)
        self.hear("PUT", f"{self.base}/dashboard/", data=lost)
        for path in ("/healthz", "/readyz", "/metrics"):
            self.hear("GET", self.base + path)

    def hear(self, method: str, url: str, **told: Any) -> None:
        answer = requests.request(method, url, timeout=30, allow_redirects=False, **told)
        # Where a page sends somebody it may repeat the address that was asked for, to whoever asked.
        shown = {name: value for name, value in answer.headers.items() if name.lower() != "location"}
        assert answer.status_code != 500, f"{method} {url}"
        self.said.append(f"{method} {url}\0{answer.status_code} {shown} {answer.text}")

    def mistype(self) -> None:
        """A person at the keyboard gives a wrong secret, a wrong address and a wrong database."""
        wrong = {"shop": self.stage.shop.domain, "client-id": "x", "client-secret": f"{MARK}-typo", "label": "typo"}
        for base in (self.stage.shop.base_url, "http://127.0.0.1:9"):
            told = self.stage.invoke("connect", "shopify", *_options(wrong | {"api-base": base}))
            assert told.exit_code != 0, "it is a mistake"
            self.said.append(f"connect\0{told.output}")
        self.run("check", database_url=f"postgresql://hub:{MARK}-password@127.0.0.1:9/{MARK}")

    def run(self, *arguments: str, **settings: str) -> None:
        with self.stage.begun(*arguments, **(LOUD | settings)) as process:
            assert process.ended() != 0, "it is a mistake"
        self.said.append(f"{arguments[0]}\0{process.output}")


def _options(given: dict[str, str]) -> list[str]:
    return [part for name, value in given.items() for part in (f"--{name}", value)]


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = request.getfixturevalue(f"{request.param}_url")
    shop = SandboxShop(
        client_secret=f"{MARK}-shop", access_token=f"shpat_{MARK}", points=1_000_000, points_per_second=100_000
    )
    portal = SandboxPortal(
        client_secret=f"{MARK}-portal",
        access_token=f"pat-eu1-{MARK}",
        per_ten_seconds=100_000,
        searches_per_second=100_000,
    )
    with shop, portal, SandboxOrg(client_secret=f"{MARK}-consumer") as org:
        stage = Scene(tmp_path, url, shop)
        with closing(stage.hub.database):
            yield World(stage, portal, org)


def dump(stage: Scene) -> bytes:
    """Every byte of the database: the files as they lie on disk, or what a dump would copy."""
    stage.hub.database.close()
    url = make_url(stage.database_url)
    if url.get_backend_name() == "sqlite":
        path = Path(str(url.database))
        return b"".join(one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*")))
    found = []
    with psycopg.connect(stage.database_url.replace("+psycopg", "")) as session:
        tables = session.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
        for (table,) in tables:
            with session.cursor().copy(f'COPY "{table}" TO STDOUT') as copied:
                found += [bytes(part) for part in copied]
    # The text format writes bytes as hex.
    return b"".join(found) + b"".join(_unhexed(part) for part in found)


def _unhexed(line: bytes) -> bytes:
    words = [word[3:] for word in line.split(b"\t") if word.startswith(b"\\\\x")]
    return b" ".join(bytes.fromhex(word.decode().strip()) for word in words)


def assert_silent(where: str, text: str) -> None:
    spelt = text.casefold()
    for mark in (MARK, *PHONES):
        at = spelt.find(mark)
        assert at < 0, f"{where} tells {text[max(0, at - 300) : at + 100]!r}"


def await_what_went_in(world: World) -> None:
    """What never went in could not come out: the hub knows these people, paid, and parked the torn body."""
    stage = world.stage
    for name in ("bob", "frida", "gustav"):
        wait_until(lambda name=name: _has_bought(stage, name), f"{name} has bought", 90)  # type: ignore[misc]
    wait_until(lambda: _pushed(stage) >= 2, "two rewards are paid", 90)
    wait_until(lambda: "unreadable" in {row["state"] for row in stage.deliveries()}, "the torn body is parked", 90)
    assert MARK in stage.hub.config_of(stage.connection())["client_secret"]


def _has_bought(stage: Scene, name: str) -> bool:
    stage.drain()  # the served hub works as well; whoever holds a lane does what is due there
    told = stage.invoke("people", "show", address(name), "--json")
    return told.exit_code == 0 and bool(json.loads(told.stdout)["row"]["orders"] == 1)


def _pushed(stage: Scene) -> int:
    stage.drain()
    return [row["state"] for row in stage.referhub("rewards", "list")].count("pushed")


def test_no_canary_is_in_the_database_the_logs_the_pages_or_the_metrics(world: World) -> None:
    """S31, S35, SH-58."""
    stage = world.stage
    with stage.serving(**LOUD) as server:
        world.connect()
        world.story()
        world.knock()
        world.mistype()
        await_what_went_in(world)
        assert server.end() == 0, server.output
    assert_silent("the database", dump(stage).decode("latin-1"))
    assert_logs_are_silent(world, server)
    for one in world.said:
        asked, _, answer = one.partition("\0")
        assert_silent(asked, answer)
    assert len(world.said) > 20


def assert_logs_are_silent(world: World, server: Process) -> None:
    lines = [json.loads(line) for line in server.output.splitlines() if line.startswith("{")]
    assert {line["connection"] for line in lines if line["level"] == "debug"}, "it was told to say everything"
    assert_silent("the log", server.output)
    assert world.secret_path not in server.output
