"""The lock holds every dependency inside its range, each with its hashes, and names no place to fetch it from."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.places import ROOT

ENTRY = re.compile(
    r"^([a-z0-9][a-z0-9._-]*)==(\S+)(?: ; [^\\\n]+)?((?: \\\n    --hash=sha256:[0-9a-f]{64})*)$", re.MULTILINE
)
LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def _declared() -> Iterator[str]:
    yield from PROJECT["build-system"]["requires"]
    yield from PROJECT["project"]["dependencies"]
    for extra in PROJECT["project"]["optional-dependencies"].values():
        yield from extra
    for group in PROJECT["dependency-groups"].values():
        yield from group


@pytest.mark.parametrize("declared", _declared())
def test_a_dependency_is_locked_inside_its_range(declared: str) -> None:
    wanted = Requirement(declared)
    locked = {name: version for name, version, _ in ENTRY.findall(LOCK)}
    assert wanted.specifier.contains(locked[canonicalize_name(wanted.name)])


def test_every_locked_package_has_a_hash() -> None:
    entries = ENTRY.findall(LOCK)
    assert len(entries) == len(re.findall(r"^[a-z0-9]\S*==", LOCK, re.MULTILINE)) > len(list(_declared()))
    assert [name for name, _, hashes in entries if not hashes] == []


def test_the_lock_says_what_and_never_where() -> None:
    lines = [line for line in LOCK.splitlines() if not line.startswith(("#", "    --hash=")) and line]
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9]\S*==\S+( ; [^\\]+)? \\", line)] == []
