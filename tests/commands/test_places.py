"""Only the verbs that begin a hub make one; every other verb in the wrong place says so and leaves no trace."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from core.commands import cli
from core.migrations import NoHub, migrate, require_hub
from tests.support.databases import sqlite_url
from tests.support.postgres import PostgresServer, fresh_database
from tests.support.verbs import all_verbs, office

BEGINNING = {"init", "serve", "worker", "restore"}
WITHOUT_HUB = {"demo", "backup list", "campaigns check", "campaigns schema", "fraud measure"}
NEEDS_NO_HUB = WITHOUT_HUB | {words for words in all_verbs() if words.startswith("sandbox ")}
ASKING = sorted(words for words in all_verbs() if words not in BEGINNING | NEEDS_NO_HUB and words[:8] != "connect ")
GIVEN = {"because": "x", "email": "a@example.com", "not_given": ""}


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def _typed(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words), obj=office(), catch_exceptions=False)


def _whole(words: str, folder: Path) -> list[str]:
    """The verb with something for everything that it asks for."""
    typed = words.split()
    for param in all_verbs()[words].params:
        if isinstance(param, click.Argument) and param.required:
            typed.append(_argument(param, folder))
        elif isinstance(param, click.Option) and (param.required or param.name in GIVEN):
            typed += [param.opts[0], *_value(param, folder)]
    return typed


def _value(option: click.Option, folder: Path) -> list[str]:
    if option.is_flag:
        return []
    return [GIVEN.get(str(option.name)) or _argument(option, folder)]


def _argument(param: click.Parameter, folder: Path) -> str:
    if isinstance(param.type, click.Choice):
        return str(param.type.choices[0])
    if isinstance(param.type, click.Path):
        return str(folder) if param.name == "folder" else str(_file(folder))
    return "x"


def _file(folder: Path) -> Path:
    file = folder / "offer.toml"
    file.write_text("")
    return file


@pytest.mark.parametrize("words", ASKING)
def test_a_verb_in_the_wrong_folder_names_the_place_and_makes_nothing(
    words: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    result = _typed(*_whole(words, tmp_path_factory.mktemp("given")))
    assert (result.exit_code, result.stdout) == (1, "")
    place = tmp_path / "data" / "referhub.db"
    assert result.stderr == f"there is no hub at {place}: go to its folder, or run `referhub init`\n"
    assert list(tmp_path.iterdir()) == []


def test_with_json_the_wrong_folder_is_an_error_in_json() -> None:
    result = _typed("rewards", "list", "--json")
    assert result.exit_code == 1
    assert "there is no hub at " in json.loads(result.stdout)["error"][0]


@pytest.mark.parametrize("words", [("init",), ("worker", "--until-idle")], ids=" ".join)
def test_a_verb_that_begins_a_hub_may_do_so_anywhere_and_the_others_then_find_it(words: tuple[str, ...]) -> None:
    assert _typed(*words).exit_code == 0
    assert Path("data/referhub.db").is_file()
    assert _typed("rewards", "list").stdout == "Nothing is owed yet.\n"


def test_connecting_may_begin_a_hub() -> None:
    result = _typed("connect", "demo", "--secret", "hush", "--credits-url", "http://127.0.0.1:9/")
    assert "there is no hub" not in result.stderr
    assert Path("data/referhub.db").is_file()


def test_a_file_that_is_no_hub_is_none(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(NoHub, match=r"empty\.db holds no hub: run `referhub init`"):
        require_hub(sqlite_url(tmp_path / "empty.db"))


def test_a_postgresql_database_without_tables_has_no_hub_yet(postgres: PostgresServer) -> None:
    with fresh_database(postgres) as url:
        with pytest.raises(NoHub, match="the database has no hub yet: run `referhub init`"):
            require_hub(url)
        migrate(url)
        require_hub(url)
