"""The lock holds every dependency inside its range, with hashes, and names no place to fetch it from."""

import re
import tomllib
from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.places import ROOT

HASHES = r"((?: \\\n    --hash=sha256:[0-9a-f]{64})*)"
ENTRY = re.compile(r"^([a-z0-9][\w.-]*)==(\S+)(?: ; [^\\\n]+)?" + HASHES + "$", re.MULTILINE)
LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def _declared() -> Iterator[str]:
    yield from PROJECT["build-system"]["requires"]
    yield from PROJECT["project"]["dependencies"]
    for extra in PROJECT["project"]["optional-dependencies"].values():
        yield from extra
    for group in PROJECT["dependency-groups"].values():
        yield from group


def test_every_dependency_is_locked_inside_its_range() -> None:
    locked = {name: version for name, version, _ in ENTRY.findall(LOCK)}
    declared = [Requirement(text) for text in _declared()]
    assert len(declared) > 20
    outside = [one for one in declared if locked.get(canonicalize_name(one.name), "") not in one.specifier]
    assert outside == []


def test_every_locked_package_has_a_hash() -> None:
    entries = ENTRY.findall(LOCK)
    assert len(entries) == len(re.findall(r"^[a-z0-9]\S*==", LOCK, re.MULTILINE)) > len(list(_declared()))
    assert [name for name, _, hashes in entries if not hashes] == []


def test_the_lock_says_what_and_never_where() -> None:
    lines = [line for line in LOCK.splitlines() if not line.startswith(("#", "    --hash=")) and line]
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9]\S*==\S+( ; [^\\]+)? \\", line)] == []
