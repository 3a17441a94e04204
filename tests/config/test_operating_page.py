"""The examples of docs/operating.md fit each other and the hub."""

import os
import re
from contextlib import closing
from pathlib import Path

import pytest
from click import Context

from app import WRONG_CONFIGURATION
from config.settings import Settings, load_settings
from core.clock import system_clock
from core.commands import cli
from core.database import Database
from core.gateway.http_client import ANSWER_SECONDS
from core.models import HubState
from core.services.readiness import LEAST_FREE, house_measures
from tests.commands.shown import blocks
from tests.support.places import ROOT
from web.api.threshold import LARGEST_FORM
from webhooks.routes import LARGEST_BODY
from webhooks.server import ARRIVAL_SECONDS, GRACE_SECONDS, IDLE_SECONDS, LARGEST_HEADERS, READING_SECONDS
from webhooks.strangers import REFUSALS_AT_ONCE


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What a hub reads that is started beside the page's example of a small server."""
    for name in [name for name in os.environ if name.startswith("REFERHUB_")]:
        monkeypatch.delenv(name)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "referhub.toml").write_text(_example("toml"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return load_settings()


def test_the_example_of_a_small_server_is_read_from_the_folder_where_it_starts(settings: Settings) -> None:
    assert settings.base_url == "https://referrals.example.com"
    assert settings.host == "0.0.0.0"


@pytest.mark.parametrize("proxy", ["nginx", "caddyfile"])
def test_both_proxies_lead_to_the_port_the_hub_listens_on(settings: Settings, proxy: str) -> None:
    assert re.findall(r"127\.0\.0\.1:(\d+)", _example(proxy)) == [str(settings.port)]


def test_nginx_keeps_the_host_and_says_that_it_is_there() -> None:
    """By itself nginx writes the hub's own address into Host, and tells of nobody."""
    sent = re.findall(r"proxy_set_header (\S+) (\S+);", _example("nginx"))
    assert ("Host", "$host") in sent
    assert {"X-Forwarded-For", "X-Forwarded-Proto"} <= {name for name, _value in sent}


def test_caddy_serves_the_name_in_base_url_and_leaves_the_host_alone(settings: Settings) -> None:
    example = _example("caddyfile")
    assert example.split(" {")[0] == settings.base_url.removeprefix("https://")
    assert "header_up" not in example


def _example(language: str) -> str:
    (found,) = (block.text for block in blocks("docs/operating.md", "A small server") if block.language == language)
    return found


def test_systemd_starts_a_command_of_ours_and_waits_longer_than_the_hub_needs_to_end() -> None:
    unit = dict(re.findall(r"^(\w+)=(.*)$", _example("ini"), re.MULTILINE))
    assert unit["ExecStart"].split()[1] in cli.list_commands(Context(cli))
    assert int(unit["TimeoutStopSec"]) > GRACE_SECONDS + ANSWER_SECONDS
    assert unit["RestartPreventExitStatus"] == str(WRONG_CONFIGURATION)
    assert unit["ReadWritePaths"] == unit["WorkingDirectory"]


def test_nginx_lets_through_what_the_webhook_door_takes() -> None:
    (said,) = re.findall(r"client_max_body_size (\d+)m;", _example("nginx"))
    assert int(said) * 1024 * 1024 == LARGEST_BODY


def test_the_table_of_the_doors_says_what_they_do() -> None:
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    for words in (
        f"{LARGEST_BODY // 1024**2} MiB, with a length",
        f"{LARGEST_FORM // 1024} KiB, with a length",
        f"{LARGEST_HEADERS // 1024} KiB |",
        f"within {ARRIVAL_SECONDS} seconds",
        f"within {READING_SECONDS // 60} minutes",
        f"{IDLE_SECONDS} seconds |",
        f"the {REFUSALS_AT_ONCE + 1}st refusal",
        f"below {LEAST_FREE // 1024**2} MiB no webhook",
    ):
        assert words in page, words


def test_every_number_that_the_page_wakes_somebody_for_is_one(sqlite_url: str) -> None:
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(referhub_[a-z_]+)", page)) - {"referhub_requests_total", "referhub_request_seconds"}
    named -= {name for name in named if name == "referhub_oidc_client_secret"}
    database = Database(sqlite_url)
    with database.transaction() as session:
        for name in ("last_check_at", "worker_seen_at"):
            session.add(HubState(name=name, value=system_clock().isoformat()))
    with closing(database):
        told = {one.name for one in house_measures(database, system_clock)}
    assert named - told == set()
