"""The page about the command line says what the command line is."""

import re

import click
import pytest

from tests.support.places import ROOT
from tests.support.verbs import all_verbs, options

PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
HEADING = re.compile(r"^### `referhub ([a-z -]+?)((?: \[?[A-Z_]+\]?)*)`$", re.MULTILINE)
SECTIONS = {found[1]: (found[2].split(), PAGE[found.end() :].split("\n##")[0]) for found in HEADING.finditer(PAGE)}
VERBS = all_verbs()


def test_every_verb_has_its_section_and_every_section_its_verb() -> None:
    assert set(SECTIONS) == set(VERBS)


@pytest.mark.parametrize("words", VERBS)
def test_the_section_names_every_option_and_no_other(words: str) -> None:
    listed = set(re.findall(r"^- `(--[a-z-]+)`", SECTIONS[words][1], re.MULTILINE))
    assert listed == options(VERBS[words])


@pytest.mark.parametrize("words", VERBS)
def test_the_heading_names_every_argument(words: str) -> None:
    arguments = [param for param in VERBS[words].params if isinstance(param, click.Argument)]
    shown = [f"[{one.name}]".upper() if not one.required else str(one.name).upper() for one in arguments]
    assert SECTIONS[words][0] == shown


@pytest.mark.parametrize("words", VERBS)
def test_the_section_names_every_choice(words: str) -> None:
    choices = [
        choice for param in VERBS[words].params if isinstance(param.type, click.Choice) for choice in param.type.choices
    ]
    assert [choice for choice in choices if f"`{choice}`" not in SECTIONS[words][1]] == []


@pytest.mark.parametrize("words", VERBS)
def test_every_option_explains_itself(words: str) -> None:
    silent = [param.name for param in VERBS[words].params if isinstance(param, click.Option) and not param.help]
    assert silent == []


def test_secrets_of_a_connection_can_be_given_in_the_environment() -> None:
    found = {param.envvar for param in VERBS["connect shopify"].params if isinstance(param, click.Option)} - {None}
    assert found == set(re.findall(r"REFERHUB_CONNECT_[A-Z_]+", SECTIONS["connect shopify"][1]))


def test_no_verb_goes_without_json() -> None:
    # Servers bring their own flag of that name.
    servers = {"demo"} | {words for words in VERBS if words.startswith("sandbox ")}
    flags = {words: [p.opts for p in verb.params if isinstance(p, click.Option)] for words, verb in VERBS.items()}
    assert [words for words, opts in flags.items() if ["--json"] not in opts and words not in servers] == []
    assert all(["--json"] in flags[words] for words in servers)
