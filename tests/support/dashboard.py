"""A dashboard on a test database, asked in process or served on loopback."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import NoReturn

from flask import Flask
from werkzeug.serving import make_server

from core.contract.errors import WrongSetting
from core.database import Database
from core.gateway.vault import Vault
from core.rules.switches import LEFT_TO_PEOPLE, Switches
from core.services.field_verbs import FieldPlace
from core.services.install import BadReturn
from tests.support.story import NOW, Story, well_known_vault
from web.accounts.visiting import neighbour
from web.accounts.visitor import Visitor
from web.dashboard import create_dashboard
from web.dashboard.access import Gate, People
from web.dashboard.forms import Forms
from web.dashboard.hub import Hub
from web.dashboard.sources import FinishInstall, Sources


@dataclass
class LookedAtHub:
    """As much of a hub as the dashboard looks at."""

    database: Database
    vault: Vault = field(default_factory=well_known_vault)
    clock: Callable[[], datetime] = lambda: NOW
    switches: Switches = LEFT_TO_PEOPLE
    asked_within: tuple[str, str] = ("", "")

    def within(self, merchant_id: str, /, *, actor: str = "") -> "LookedAtHub":
        """The same rows: there is one merchant here."""
        self.asked_within = merchant_id, actor
        return self

    @contextmanager
    def story(self) -> Iterator[Story]:
        """A story whose rows are committed when the block ends."""
        with self.database.transaction() as session:
            yield Story(session, self.vault)


def _abilities(key: str) -> frozenset[str]:
    return frozenset({"polls", "writes", "pushes"} if key == "shopify" else {"polls", "writes", "shows", "meters"})


def _takes_no_fields(_connection_id: str) -> NoReturn:
    raise WrongSetting("this one takes no fields")


def _nobody_left(_state: str, _code: str, _query: str) -> NoReturn:
    raise BadReturn("begin again")


def dashboard_app(
    hub: Hub,
    *,
    hosts: tuple[str, ...] = ("localhost",),
    is_local: bool = True,
    visitor: Visitor | None = None,
    is_fresh: bool = True,
    has_operators: bool = False,
    finish_install: FinishInstall = _nobody_left,
    fields: Callable[[str], list[FieldPlace]] = _takes_no_fields,
    retry: Callable[[str], int] = _takes_no_fields,
) -> Flask:
    """A Flask app that has the dashboard and nothing else; what is called shopify pays, all else is a CRM.

    `visitor` is signed in; without one this machine's own browser is let in if `is_local`.
    """
    app = Flask(__name__, static_folder=None)
    people = People(
        neighbour=partial(neighbour, hub),
        recognise=lambda _request: visitor,
        has_operators=lambda: has_operators,
        is_fresh=lambda: is_fresh,
        scope=lambda: visitor.operator_id if visitor else "",
    )
    entrance = Gate(frozenset(hosts), is_local, people, Forms(b"a key for forms", hub.clock))
    sources = Sources(finish_install, _abilities, fields, retry)
    app.register_blueprint(create_dashboard(hub, entrance=entrance, sources=lambda _hub: sources))
    return app


def signed_in(role: str, merchant_id: str = "") -> Visitor:
    """An operator with that role."""
    return Visitor("0" * 31 + "1", "Nora", role, merchant_id, "Tea & Co")


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of the app, served on loopback for the length of the block."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/dashboard"
    server.shutdown()
    thread.join()
