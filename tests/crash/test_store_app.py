"""Killed with SIGKILL at each point of an installation: the next page goes on, and one merchant is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from sqlalchemy import func, select

from core.database import Database
from core.models import AppInstallation, Connection, Merchant
from core.services.failpoints import OF_A_STORE
from sandbox.shopify import App, SandboxShop
from tests.support.processes import KILLED, Process, free_port, started, wait_for_line
from tests.support.store import NORTH, SECRET, TOML, app_settings

TABLES = (Merchant, Connection, AppInstallation)


@contextmanager
def serving(town: SandboxShop, port: int, folder: Path, crash_at: str = "") -> Iterator[Process]:
    """The hub in a process of its own."""
    told = {f"REFERHUB_CONNECTORS__SHOPIFY__APP__{name.upper()}": value for name, value in app_settings(town).items()}
    told |= {"REFERHUB_ENVIRONMENT": "sandbox", "REFERHUB_PORT": str(port), "REFERHUB_WORKER": "false"}
    with started(["serve"], told | ({"REFERHUB_CRASH_AT": crash_at} if crash_at else {}), folder) as process:
        wait_for_line(process, "referhub listens")
        yield process


def look(town: SandboxShop, port: int) -> int:
    """The status of the app's page; 0 when the hub died over it."""
    token = town.control(NORTH).id_token()
    try:
        headers = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
        address = f"http://127.0.0.1:{port}/store/shopify/?shop={NORTH}&id_token={token}"
        return requests.get(address, headers=headers, timeout=20, allow_redirects=False).status_code
    except requests.ConnectionError:
        return 0


@pytest.mark.parametrize("point", OF_A_STORE)
def test_an_installation_that_was_killed_goes_on_with_the_next_page(tmp_path: Path, point: str) -> None:
    port = free_port()
    app = App.from_toml(TOML, f"http://127.0.0.1:{port}", client_secret=SECRET)
    with SandboxShop(NORTH, app=app) as town:
        town.control(NORTH).install()
        with serving(town, port, tmp_path, point) as hub:
            assert look(town, port) == 0
            assert hub.ended() == KILLED, hub.output
        with serving(town, port, tmp_path):
            assert look(town, port) == 200
    database = Database(f"sqlite:///{tmp_path}/data/referhub.db")
    with database.reading() as session:
        counts = [session.scalar(select(func.count()).select_from(each)) for each in TABLES]
        assert counts == [1, 1, 1]
        assert session.scalars(select(Connection.status)).all() == ["active"]
    database.close()
