"""The page about terms says what the reader reads: every key with its meaning, its default and an example."""

import re
import tomllib
from collections.abc import Iterator

import pytest

from core.contract.events import EvidenceKind
from core.contract.facts import KNOWN_FACTS
from core.rules.comparing import OPERATORS
from core.rules.fraud_table import RULES
from core.rules.promise import LANGUAGES
from core.rules.simulating.made_up import SECTIONS as MADE_UP
from core.rules.terms import parse_terms
from core.rules.terms.documents import read_document
from core.rules.terms.shapes import Reading
from core.rules.terms.table import SECTIONS
from core.rules.terms.tables import Either, Key, Table, Tables
from tests.support.hub import terms
from tests.support.places import ROOT

PAGE = (ROOT / "docs" / "terms.md").read_text(encoding="utf-8")
LINES = set(PAGE.splitlines())


def row(key: Key) -> str:
    """The key's line in its table."""
    without = "it must be written" if key.is_needed else key.default or "-"
    shown = f"`{without}`" if re.match(r'["\[0-9]|true$|false$', without) else without
    return f"| `{key.name}` | {key.meaning} | {shown} | `{key.example}` |"


def keys(table: Table) -> Iterator[Key]:
    """The keys of a table and of the tables within it."""
    for key in table.keys:
        yield key
        if isinstance(key.shape, (Tables, Either)):
            yield from keys(key.shape.table)


ALL = [(f"{section}.{key.name}", key) for section, table in SECTIONS.items() for key in keys(table)]


@pytest.mark.parametrize(("place", "key"), ALL, ids=[place for place, _ in ALL])
def test_every_key_is_on_the_page(place: str, key: Key) -> None:
    assert row(key) in LINES


def test_the_page_names_no_other_key() -> None:
    told = {line for line in LINES if re.match(r"\| `\w+` \| .* \| .* \| `.*` \|$", line)}
    assert told == {row(key) for _, key in ALL}


@pytest.mark.parametrize(("place", "key"), ALL, ids=[place for place, _ in ALL])
def test_every_example_can_be_read(place: str, key: Key) -> None:
    ((name, value),) = tomllib.loads(key.example).items()
    reading = Reading(currencies=("EUR",))
    assert key.shape.read(value, place, reading) is not None
    assert (name, reading.problems.all()) == (key.name, [])


# What the fraud rules do where nothing is written stands in their own table.
WRITTEN = [
    (place, key)
    for place, key in ALL
    if re.match(r'["\[0-9]|true$|false$', key.default) and not place.startswith("fraud.")
]


@pytest.mark.parametrize(("place", "key"), WRITTEN, ids=[place for place, _ in WRITTEN])
def test_writing_a_default_changes_nothing(place: str, key: Key) -> None:
    """What the page calls the default is what holds where nothing is written."""
    section, name = place.split(".")
    table = terms().get(section, {})
    silent = {key: value for key, value in table.items() if key != name}
    said = silent | tomllib.loads(f"{name} = {_quoted(key.default)}")
    assert parse_terms(terms() | {section: said}) == parse_terms(terms() | {section: silent})


def _quoted(default: str) -> str:
    """An amount is told plainly, and written in quotes."""
    return '"0"' if default == "0" else default


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
def test_every_block_on_the_page_is_toml(block: str) -> None:
    assert read_document(block, is_json=False)


def test_the_whole_example_on_the_page_is_read() -> None:
    whole = [block for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL) if "[campaign]" in block]
    assert whole
    assert all(parse_terms(read_document(block, is_json=False)) for block in whole)


@pytest.mark.parametrize("words", [*OPERATORS, *EvidenceKind, *KNOWN_FACTS, *RULES])
def test_every_word_of_the_format_is_on_the_page(words: str) -> None:
    assert f"`{words}`" in PAGE


def test_the_traces_stand_in_their_usual_order() -> None:
    assert re.findall(r"^\d+\. `(\w+)`: ", PAGE, re.MULTILINE) == list(EvidenceKind)


def test_the_languages_of_the_rules_text_are_named() -> None:
    assert all(f"`--language {code}`" in PAGE for code in LANGUAGES)


def test_every_key_of_a_made_up_order_is_on_the_page() -> None:
    told = {line for line in LINES if re.match(r"\| `(order|friend|advocate|campaign)\.\w+` \| [^|]* \|$", line)}
    assert told == {
        f"| `{section}.{key.name}` | {key.meaning} |" for section, table in MADE_UP.items() for key in table.keys
    }
