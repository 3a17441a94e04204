"""Every module says what it is, and names keep to the glossary."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.places import ROOT
from tests.support.sources import modules, tracked_files, tree

EMPTY_WORDS = re.compile(r"(^|_)(utils?|helpers?|manager|handler)(_|$)|^process_|^data$", re.IGNORECASE)
LETTER_APART = re.compile(r"referrer|referee", re.IGNORECASE)
GIVEN_BY_LIBRARIES = {
    *("process_bind_param", "process_result_value"),  # SQLAlchemy's TypeDecorator
    "proxy_manager_for",  # requests' adapter
}
SPEAKS_VENDOR = ("connectors", "sandbox", "tests")  # where a vendor's words may stand, GraphQL's `data` too

SOMEBODYS_MACHINE = re.compile(r"(?<![\w.~-])/(home|root|Users|work)/[\w.-]+")
INDEX_ADDRESS = re.compile(r"https?://\S*(simple|pypi|pythonhosted)\S*", re.IGNORECASE)
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".ini",
    ".cfg",
    ".txt",
    ".lock",
    ".html",
    ".css",
    ".js",
    ".json",
    ".graphql",
    "",
}


def test_every_module_opens_with_one_sentence_that_says_what_it_is() -> None:
    openings = {path: (ast.get_docstring(tree(path)) or "").split("\n\n")[0] for path in modules()}
    assert openings
    assert {path: text for path, text in openings.items() if not text.endswith(".") or len(text) < 12} == {}


def test_no_module_has_an_empty_word_for_a_name() -> None:
    assert [path for path in modules() if EMPTY_WORDS.search(path.stem)] == []


def test_nothing_of_ours_is_named_by_an_empty_word() -> None:
    empty = [(str(path), line, name) for path, line, name in _names() if EMPTY_WORDS.search(_snake(name))]
    assert [where for where in empty if not _given_by_others(where[0], where[2])] == []


def _given_by_others(path: str, name: str) -> bool:
    return name in GIVEN_BY_LIBRARIES or (name == "data" and path.startswith(SPEAKS_VENDOR))


def test_advocate_and_friend_are_the_only_words_for_the_two_sides() -> None:
    mixed = [f"{path}:{line} {name}" for path, line, name in _names() if LETTER_APART.search(name)]
    assert [where for where in mixed if not where.startswith(SPEAKS_VENDOR)] == []


def _names() -> Iterator[tuple[Path, int, str]]:
    """Every function, class, argument and variable that our modules define."""
    for path in modules():
        for node in ast.walk(tree(path)):
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    yield path, node.lineno, name
                case ast.arg(arg=name):
                    yield path, node.lineno, name
                case ast.Name(id=name, ctx=ast.Store()):
                    yield path, node.lineno, name


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)


def test_no_file_names_a_place_on_somebodys_machine_or_a_package_index() -> None:
    found = [
        f"{path}:{number}: {line.strip()[:80]}"
        for path in tracked_files()
        if path.suffix in TEXT and path != Path("tests/house/test_words.py")
        for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1)
        if SOMEBODYS_MACHINE.search(line) or INDEX_ADDRESS.search(line)
    ]
    assert found == []
