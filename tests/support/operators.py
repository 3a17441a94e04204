"""A live hub whose pages people sign in to: a browser in process, and the operators it may be."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app, create_hub
from config.settings import Settings, load_settings
from core.gateway.hub import Hub
from core.models import Merchant, new_id
from core.services.accounts import find_account
from core.services.invitations import accept, accept_as, accept_welcome, invite, make_welcome
from core.services.secretary import owner_link
from tests.support.markers import PASSWORD as PASSWORD

OWNER, EMAIL = "Olga Owner", "olga@tea.example"
TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')
SIGN_IN = "/dashboard/account/sign-in"
CHEAP = {"argon2__rounds": 1, "argon2__memory_cost": 16, "argon2__parallelism": 1}


@dataclass
class Clock:
    """The hub's time, which a test moves on."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.at

    def later(self, **by: float) -> None:
        """So much time has passed."""
        self.at += timedelta(**by)


@dataclass
class LiveHub:
    """A hub that asks who is there, with one merchant."""

    hub: Hub
    app: Flask
    clock: Clock
    merchant_id: str
    settings: Settings

    def browser(self) -> "Browser":
        """A browser that has not been here yet."""
        return Browser(self.app.test_client())

    def own(self) -> str:
        """Somebody owns the house; their id. Hashing a password takes its time, so tests share what they can."""
        secret = make_welcome(self.hub)
        assert secret is not None
        return accept_welcome(self.hub, secret, email=EMAIL, name=OWNER, password=self.hashed())

    def hub_owner(self) -> str:
        """The id of the operator who owns the house."""
        account = find_account(self.hub, email=EMAIL)
        assert account is not None
        return account.id

    def member(self, role: str, email: str = "mia@tea.example", name: str = "Mia Member") -> str:
        """Somebody who was invited and has come; their id."""
        secret = invite(self.hub, self.merchant_id, email, role, "Olga Owner")
        return accept(self.hub, secret, name=name, password=self.hashed())

    def also(self, operator_id: str, merchant_id: str, role: str) -> None:
        """The operator was invited by another merchant as well, and has accepted."""
        account = find_account(self.hub, id=operator_id)
        assert account is not None
        accept_as(self.hub, invite(self.hub, merchant_id, account.email, role, "Carl"), operator_id)

    def hashed(self, password: str = PASSWORD) -> str:
        """The password as the table keeps it."""
        from flask_security import hash_password

        with self.app.app_context():
            return str(hash_password(password))

    def welcome_path(self) -> str:
        """The path of a link that makes the owner."""
        secret = make_welcome(self.hub)
        assert secret is not None
        return owner_link(self.hub, secret).removeprefix(self.hub.base_url)

    def merchant(self, name: str) -> str:
        """One more merchant; its id."""
        with self.hub.database.transaction() as session:
            row = Merchant(id=new_id(), name=name, created_at=self.clock())
            session.add(row)
            return row.id


@dataclass
class Browser:
    """A browser that keeps cookies, and sends forms as a real one does."""

    client: FlaskClient
    address: str = "198.51.100.7"

    def get(self, path: str, **headers: str) -> TestResponse:
        """The page, without following where it leads."""
        return self.client.get(path, headers=headers, environ_base={"REMOTE_ADDR": self.address})

    def token(self, path: str) -> str:
        """The token of the forms on that page."""
        found = TOKEN.search(self.get(path).text)
        assert found is not None, path
        return found[1]

    def send(self, path: str, page: str = "", **fields: Any) -> TestResponse:
        """The form, from the page where it stands."""
        told = {"token": self.token(page or path), **fields}
        return self.post(path, told)

    def post(self, path: str, fields: dict[str, Any], origin: str = "http://localhost") -> TestResponse:
        """The form as it is."""
        headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
        return self.client.post(path, data=fields, headers=headers, environ_base={"REMOTE_ADDR": self.address})

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD, then: str = "") -> TestResponse:
        """Address and password are sent."""
        path = f"{SIGN_IN}?next={then}" if then else SIGN_IN
        return self.send(path, email=email, password=password)

    def is_in(self) -> bool:
        """True when the overview is shown."""
        return self.get("/dashboard/").status_code == 200


@contextmanager
def live_hub(database_url: str, folder: Path, *, has_merchant: bool = False, **settings: Any) -> Iterator[LiveHub]:
    """A live hub on that database, asked in process; `has_merchant` when its merchant is there already.

    Its hashes are cheap, or the tests would do little else; what they cost in earnest is checked by itself.
    """
    told = load_settings(
        database_url=database_url, secret_key_file=folder / "secret.key", environment="live", **settings
    )
    hub = create_hub(told)
    hub.clock = clock = Clock()
    app = create_app(told, hub)
    app.testing = True
    app.extensions["security"].pwd_context.update(**CHEAP)
    found = LiveHub(hub, app, clock, "", told)
    found.merchant_id = (folder / "merchant").read_text() if has_merchant else found.merchant("Tea & Co")
    yield found
    hub.database.close()
