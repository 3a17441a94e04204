"""The part of requirements.lock that a running hub needs, on standard output; `--with-build` adds what builds it."""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
HEAD = "# Made by `make lock` from requirements.lock: what a running hub needs, and what builds it. Do not edit.\n"


def main() -> int:
    """Whatever the packages in pyproject.toml need, and what those need, as far as the lock knows it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["procrastinate"]]
    wanted += project["dependency-groups"]["build"] if "--with-build" in sys.argv else []
    blocks = locked((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    needed = closure(wanted, frozenset(blocks))
    print(HEAD + "".join(text for name, text in blocks.items() if name in needed), end="")
    return 0


def locked(text: str) -> dict[str, str]:
    """Each package's lines, by its name."""
    starts = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", re.MULTILINE)
    found = list(starts.finditer(text))
    ends = [*(one.start() for one in found[1:]), len(text)]
    return {str(canonicalize_name(one[1])): text[one.start() : end] for one, end in zip(found, ends, strict=True)}


def closure(wanted: Iterable[str], known: frozenset[str]) -> set[str]:
    """The names of all that is needed on any platform: a marker is only asked about extras."""
    needed: set[str] = set()
    waiting = [Requirement(text) for text in wanted]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        one = waiting.pop()
        name, extras = str(canonicalize_name(one.name)), frozenset(one.extras)
        if name not in known or (name, extras) in seen:
            continue
        seen.add((name, extras))
        needed.add(name)
        waiting += needs_of(name, extras)
    return needed


def needs_of(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    """What this package asks for, with these extras of its own."""
    try:
        told = requires(name) or []
    except PackageNotFoundError:  # for another platform than this one
        return
    for text in told:
        one = Requirement(text)
        of_extra = re.search(r"extra\s*==\s*['\"]([^'\"]+)['\"]", str(one.marker or ""))
        if of_extra is None or canonicalize_name(of_extra[1]) in {canonicalize_name(extra) for extra in extras}:
            yield one


if __name__ == "__main__":
    sys.exit(main())
