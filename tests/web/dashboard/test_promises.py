"""What the screens promise exists: the commands they name, the icons they draw, the files they brought along."""

import base64
import hashlib
import json
import re

import click
import pytest

from core.commands import cli
from core.rules.states import TABLES
from tests.support.places import ROOT
from web.dashboard.wording import STATES

DASHBOARD = ROOT / "web" / "dashboard"
TEMPLATES = sorted((DASHBOARD / "templates").rglob("*.html"))
VENDORED = json.loads((ROOT / "tools" / "vendor.json").read_text())
COMMAND = re.compile(r"referhub ((?:[a-z]+(?:-[a-z]+)* ?)+)")
ICON = re.compile(r'icon\("([a-z0-9-]+)"|empty\("([a-z0-9-]+)"')


def _commands() -> list[str]:
    sources = [*TEMPLATES, ROOT / "core" / "queries" / "next_steps.py"]
    ours = cli.list_commands(click.Context(cli))
    told = {found.strip() for path in sources for found in COMMAND.findall(path.read_text())}
    return sorted(one for one in told if one.split()[0] in ours or "<code" in one)


def test_the_screens_name_some_commands() -> None:
    assert {"check", "pushes resolve", "rewards approve", "rewards void"} <= set(_commands())
    assert {"people merge", "people keep-apart", "fields map"} <= set(_commands())


@pytest.mark.parametrize("told", _commands())
def test_a_command_that_a_screen_names_can_be_typed(told: str) -> None:
    command: click.Command = cli
    for word in told.split():
        assert isinstance(command, click.Group), told
        found = command.get_command(click.Context(command), word)
        assert found is not None, f"there is no `referhub {told}`"
        command = found


def test_every_icon_that_is_drawn_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (DASHBOARD / "static/vendor/icons.svg").read_text()))
    sources = [*TEMPLATES, *DASHBOARD.glob("*.py")]
    drawn = {name for path in sources for pair in ICON.findall(path.read_text()) for name in pair if name}
    assert drawn
    assert drawn <= sprite


def test_every_state_there_is_has_its_words() -> None:
    for noun, table in TABLES.items():
        assert set(table) <= set(STATES[noun]), noun


def _sha512(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def test_every_file_from_elsewhere_is_the_one_that_is_written_down_with_its_licence() -> None:
    folder = ROOT / VENDORED["folder"]
    told = {name: file["sha512"] for package in VENDORED["packages"] for name, file in package["files"].items()}
    licences = {package["licence_file"] for package in VENDORED["packages"]}
    assert {path.name for path in folder.iterdir()} == set(told) | licences
    for name, expected in told.items():
        assert _sha512((folder / name).read_bytes()) == expected, name
    assert all((folder / name).read_text().strip() for name in licences)
