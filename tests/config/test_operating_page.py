"""The examples of docs/operating.md fit each other and the hub."""

import os
import re
from pathlib import Path

import pytest

from config.settings import Settings, load_settings
from tests.commands.shown import blocks


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
