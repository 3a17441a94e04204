"""The pages about the CRMs name every setting, and no option, variable or case that does not exist."""

import re
from pathlib import Path

import pytest

from connectors.hubspot.config import HubSpotConfig
from connectors.salesforce.config import SalesforceConfig
from core.contract.settings import settings_of
from tests.support.places import ROOT

CONFIGS = {"salesforce": SalesforceConfig, "hubspot": HubSpotConfig}
FROM_EVERYWHERE = {"label"}  # what `referhub connect` asks whatever the connector
COMMAND = re.compile(r"referhub connect (\w+)((?:[^\n`]*\\\n)*[^\n`]*)")
VARIABLE = re.compile(r"REFERHUB_CONNECT_([A-Z_]+)")

# Words in the tables of troubles that are the vendor's own, or a status in its log.
VENDORS_WORDS = {
    "invalid_grant",
    "user hasn't approved this consumer",
    "app must be installed into org",
    "OAUTH_APPROVAL_ERROR_GENERIC",
    "SOAP response was a nack",
    "content is not allowed in prolog",
    "timeout",
}

pytestmark = pytest.mark.parametrize("vendor", sorted(CONFIGS))


def test_the_page_explains_every_setting(vendor: str) -> None:
    section = _page(vendor).partition("## Settings")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    explained = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(explained) == sorted(spec.name for spec in settings_of(CONFIGS[vendor]))


def test_every_option_in_a_command_exists(vendor: str) -> None:
    names = {spec.name for spec in settings_of(CONFIGS[vendor])} | FROM_EVERYWHERE
    commands = [match for text in (_page(vendor), _readme(vendor)) for match in COMMAND.findall(text)]
    assert {kind for kind, _options in commands} == {vendor}
    options = {found.replace("-", "_") for _kind, rest in commands for found in re.findall(r"--([a-z-]+)", rest)}
    assert options
    assert options <= names


def test_every_secret_in_a_command_comes_from_the_environment(vendor: str) -> None:
    """What stands on a command line stays in the shell's history."""
    secrets = {spec.name for spec in settings_of(CONFIGS[vendor]) if spec.is_secret}
    variables = {name.lower() for name in VARIABLE.findall(_readme(vendor))}
    assert variables
    assert variables <= secrets
    typed = {found.replace("-", "_") for _k, rest in COMMAND.findall(_readme(vendor)) for found in _options(rest)}
    assert typed & secrets == set()


def test_what_the_page_says_the_hub_says_is_what_it_says(vendor: str) -> None:
    """Somebody searches the page for the sentence in front of them."""
    section = _page(vendor).partition("## When something is wrong")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \|", section, re.MULTILINE)[1:]
    quoted = {found for row in rows for found in re.findall(r"[*`]([^*`]+)[*`]", row)} - VENDORS_WORDS
    code = "".join(_text(path) for path in sorted((ROOT / "connectors" / vendor).glob("*.py")))
    said = re.sub(r'"\s*\n\s*f?"', "", code)  # sentences that go over several lines
    assert len(quoted) > 8
    assert [words for words in quoted if not all(part.strip() in said for part in words.split("…"))] == []


def test_every_case_is_tried_where_the_page_says(vendor: str) -> None:
    section = _page(vendor).partition("## The cases")[2]
    rows = re.findall(r"^\| ((?:SF|HS|X)-\w+) \| [^|]+ \| (.+) \|$", section, re.MULTILINE)
    assert len(rows) > 30
    places = [(case, file) for case, where in rows for file in re.findall(r"`([^`]+)`", where)]
    assert [(case, file) for case, file in places if not re.search(rf"\b{case}\b", _text(ROOT / file))] == []


def _options(rest: str) -> list[str]:
    return re.findall(r"--([a-z-]+)", rest)


def _page(vendor: str) -> str:
    return _text(ROOT / "docs" / "connectors" / f"{vendor}.md")


def _readme(vendor: str) -> str:
    return _text(ROOT / "connectors" / vendor / "kit" / "README.md")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
