"""The README and docs name only files, functions and commands that exist."""

import ast
import re
from pathlib import Path

import pytest

from tests.support.places import ROOT
from tests.support.sources import tracked_files, tree

PAGES = [path for path in tracked_files() if path.suffix == ".md" and path.parts[0] != "tests"]

IN_TICKS = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)")
FILE_AND_NAME = re.compile(r"([\w./-]+\.py):([A-Za-z_][\w.]*)")
FILE = re.compile(r"\.?[\w-]+(/[\w.-]+)+/?|[\w-]+\.(py|md|toml|lock)|Makefile")
MAKE = re.compile(r"make ([a-z]+)")

pytestmark = pytest.mark.parametrize("page", PAGES, ids=str)


def test_every_link_leads_to_a_file(page: Path) -> None:
    links = LINK.findall((ROOT / page).read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / page.parent / link).exists()] == []


def test_every_file_and_function_named_in_the_text_exists(page: Path) -> None:
    named = [match for text in _ticked(page) if (match := FILE_AND_NAME.fullmatch(text))]
    assert [match[0] for match in named if not _defines(page, match[1], match[2])] == []


def test_every_file_named_in_the_text_exists(page: Path) -> None:
    tops = {path.parts[0] for path in tracked_files()}
    named = [text for text in _ticked(page) if FILE.fullmatch(text) and text.split("/")[0] in tops]
    assert [name for name in named if not _place(page, name).exists()] == []


def test_every_make_target_named_in_the_text_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {match[1] for text in _ticked(page) for match in MAKE.finditer(text)}
    assert named <= targets


def _ticked(page: Path) -> list[str]:
    return IN_TICKS.findall((ROOT / page).read_text(encoding="utf-8"))


def _place(page: Path, name: str) -> Path:
    """A name in a page is meant from the root, or else from the page's own folder."""
    return ROOT / name if (ROOT / name).exists() else ROOT / page.parent / name


def _defines(page: Path, file: str, dotted: str) -> bool:
    place = _place(page, file)
    if not place.is_file():
        return False
    body: list[ast.stmt] = tree(place.relative_to(ROOT)).body
    for name in dotted.split("."):
        found = next((node for node in body if name in _bound(node)), None)
        if found is None:
            return False
        body = getattr(found, "body", [])
    return True


def _bound(node: ast.stmt) -> set[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()
