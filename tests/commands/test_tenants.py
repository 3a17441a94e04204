"""Every verb of the command line, said for one merchant of two with what belongs to the other."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from app import RehearsalGround, serve
from config.settings import load_settings
from core.commands import cli
from core.commands.office import Office
from core.gateway.hub import Hub
from tests.support.databases import copy_sqlite
from tests.support.places import ROOT
from tests.support.two_merchants import NOBODYS, TRACE_OF_THEIRS, TwoMerchants, two_merchants, without_chance
from tests.support.verbs import all_verbs

# About the whole house, or about no merchant's rows at all; with what keeps them from showing any.
OF_THE_HOUSE = {
    "audit head": "signs the ends of the chains for whoever keeps the house",
    "audit verify": "with --merchant only the own chain: tests/commands/test_audit.py",
    "backup list": "reads a folder",
    "backup make": "is of the whole hub",
    "backup prune": "reads a folder",
    "backup verify": "reads a file",
    "campaigns check": "reads a file",
    "campaigns schema": "is one for all",
    "clock": "one time for all",
    "fraud measure": "judges a made-up town",
    "init": "makes the tables",
    "keys add": "one key file for all",
    "keys list": "one key file for all",
    "keys reseal": "one key file for all",
    "keys retire": "one key file for all",
    "merchants add": "names merchants",
    "merchants list": "names merchants",
    "merchants remove": "names merchants",
    "merchants rename": "names merchants",
    "restore": "is of the whole hub",
    "serve": "serves until it is told to end",
    "worker": "stays within each connection's merchant: tests/core/worker",
}
# Asks the sources, which nobody plays here; of whom it asks is each connection's own hub's business.
ASKS = {"compare", "reconcile"}
MADE_ELSEWHERE = re.compile(r"^(demo|sandbox |connect |campaigns create|operators )")
# What each argument is given, by its name: of whomever the ids are.
GIVEN = {
    "campaign": "campaign",
    "case": "conversion",
    "connection": "crm",
    "delivery_id": "delivery",
    "identity_ids": "identity",
    "name": "shop",
    "offer": "campaign",
    "one": "friend",
    "order": "order",
    "other": "friend",
    "person": "friend",
    "proposal": "request",
    "push_id": "push",
    "request": "request",
    "rehearsal": "rehearsal",
    "reward_id": "refused",
    "room": "room",
    "said": "friend",
    "slug": "campaign",
    "something": "order",
}
WORDS = {
    "email": "guest@example.com",
    "words": "a test",
    "field": "referral_code",
    "theirs": "a_property",
    "because": "a test",
    "measure": "customers",
    "target": "10",
    "made_up": str(ROOT / "examples" / "orders" / "second-friend.toml"),
    "by": "2030-01-31",
    "what": "rewards",
    "verdict": "void",
    "to": "nobody",
    "amount": "10.00",
}
ABOUT = {"advocates add": ["--email", "new@example.com"], "pushes resolve": ["--not-given"]}


@pytest.fixture(scope="module")
def two(migrated_sqlite: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoMerchants]:
    with two_merchants(copy_sqlite(migrated_sqlite, tmp_path_factory.mktemp("two"))) as found:
        yield found


def _said(hub: Hub, folder: Path, *words: str) -> tuple[int, str]:
    settings = load_settings(
        database_url=hub.database.url,
        secret_key_file=folder / "k",
        environment="sandbox",
        rehearsals_folder=folder / "rehearsals",
    )
    office = Office(lambda: settings, lambda _: hub, lambda _: hub, serve, RehearsalGround)
    result = CliRunner().invoke(cli, list(words), obj=office)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def _tried() -> dict[str, click.Command]:
    verbs = {words: verb for words, verb in all_verbs().items() if words not in OF_THE_HOUSE}
    return {words: verb for words, verb in verbs.items() if not MADE_ELSEWHERE.match(words)}


def _arguments(words: str, verb: click.Command, ids: dict[str, str]) -> list[str]:
    """The verb with the ids of somebody; an argument or a required option that no table here knows fails."""
    said = words.split() + ABOUT.get(words, [])
    for one in verb.params:
        name = str(one.name)
        if isinstance(one, click.Argument):
            said.append(WORDS[name] if name in WORDS else ids[GIVEN[name]])
        elif one.required and getattr(one, "is_flag", False):
            said.append(one.opts[0])
        elif one.required:
            said += [one.opts[0], WORDS[name] if name in WORDS else ids[GIVEN[name]]]
    return said


def _takes_an_id(verb: click.Command) -> bool:
    return any((isinstance(one, click.Argument) or one.required) and one.name not in WORDS for one in verb.params)


@pytest.mark.parametrize("words", [words for words, verb in _tried().items() if _takes_an_id(verb)])
def test_anothers_id_is_nobodys_on_the_command_line(two: TwoMerchants, tmp_path: Path, words: str) -> None:
    """S29: refused, in the words in which an id that was never given is refused; and nothing changes."""
    verb, merchant = all_verbs()[words], two.my_ids["merchant"]
    nobody = dict.fromkeys(two.their_ids, NOBODYS)
    theirs = _said(two.house, tmp_path, "--merchant", merchant, *_arguments(words, verb, two.their_ids))
    nobodys = _said(two.house, tmp_path, "--merchant", merchant, *_arguments(words, verb, nobody))
    told = theirs[1]
    for one in two.their_ids.values():
        told = told.replace(one, NOBODYS)
    assert (theirs[0], told) == nobodys
    assert theirs[0] != 0


LISTS = [words for words, verb in _tried().items() if not _takes_an_id(verb) and words not in ASKS]


@pytest.mark.parametrize("words", LISTS)
def test_no_list_shows_a_trace_of_the_other_merchant(two: TwoMerchants, tmp_path: Path, words: str) -> None:
    status, told = _said(two.house, tmp_path, "--merchant", two.my_ids["merchant"], *words.split(), *_rest(words))
    assert status == (1 if words == "check" else 0)  # the story is told, not earned: its books are not in order
    assert not TRACE_OF_THEIRS.search(without_chance(told))


def _rest(words: str) -> list[str]:
    return ["rewards"] if words == "export" else []


def test_who_is_meant_has_to_be_said_where_there_are_two(two: TwoMerchants, tmp_path: Path) -> None:
    status, told = _said(two.house, tmp_path, "rewards", "list")
    assert status == 1
    assert told == "say which merchant: referhub --merchant NAME …; there are Tea House, Tea House-two\n"
    status, told = _said(two.house, tmp_path, "--merchant", "Nobody", "rewards", "list")
    assert (status, told) == (1, "no merchant is called 'Nobody'; there are Tea House, Tea House-two\n")


def test_a_merchant_is_named_or_known_by_id(two: TwoMerchants, tmp_path: Path) -> None:
    by_name = _said(two.house, tmp_path, "--merchant", "Tea House", "rewards", "list", "--json")
    by_id = _said(two.house, tmp_path, "--merchant", two.my_ids["merchant"], "rewards", "list", "--json")
    theirs = _said(two.house, tmp_path, "--merchant", "Tea House-two", "rewards", "list", "--json")
    assert by_name == by_id
    assert not TRACE_OF_THEIRS.search(by_name[1])
    assert TRACE_OF_THEIRS.search(theirs[1])


def test_what_is_left_out_exists() -> None:
    assert all_verbs().keys() >= OF_THE_HOUSE.keys()
