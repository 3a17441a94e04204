"""A dashboard on a test database, asked in process or served on loopback."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn

from flask import Flask
from werkzeug.serving import make_server

from core.database import Database
from core.gateway.vault import Vault
from core.services.install import BadReturn
from tests.support.story import NOW, Story, well_known_vault
from web.dashboard import create_dashboard
from web.dashboard.pages import FinishInstall


@dataclass
class LookedAtHub:
    """As much of a hub as the dashboard looks at."""

    database: Database
    vault: Vault = field(default_factory=well_known_vault)
    clock: Callable[[], datetime] = lambda: NOW
    switched_off: frozenset[str] = frozenset()

    @contextmanager
    def story(self) -> Iterator[Story]:
        """A story whose rows are committed when the block ends."""
        with self.database.transaction() as session:
            yield Story(session, self.vault)


def _nobody_left(_state: str, _code: str) -> NoReturn:
    raise BadReturn("begin again")


def dashboard_app(
    hub: LookedAtHub,
    *,
    hosts: tuple[str, ...] = ("localhost",),
    is_local: bool = True,
    password: str = "",
    finish_install: FinishInstall = _nobody_left,
) -> Flask:
    """A Flask app that has the dashboard and nothing else."""
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(
        create_dashboard(
            hub,
            trusted_hosts=frozenset(hosts),
            is_loopback_only=is_local,
            password=password or None,
            finish_install=finish_install,
        )
    )
    return app


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of the app, served on loopback for the length of the block."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/dashboard"
    server.shutdown()
    thread.join()
