"""The project's own files, for tests that read the code instead of running it."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.places import ROOT

PROGRAM = ("app.py", "doors.py", "config", "connectors", "core", "referhub", "sandbox", "web", "webhooks")


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that git would commit, relative to the root; without git, every file outside dot folders."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listing.returncode:
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        return tuple(sorted(path for path in found if not path.parts[0].startswith(".")))
    names = (Path(name) for name in listing.stdout.split("\0") if name)
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


def modules(*tops: str) -> Iterator[Path]:
    """The Python files under these top-level names; under all of them if none is named."""
    return (path for path in tracked_files() if path.suffix == ".py" and (not tops or path.parts[0] in tops))


@cache
def tree(path: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse((ROOT / path).read_bytes(), filename=str(path))


def imported_names(path: Path) -> set[str]:
    """The dotted name of every module that this one imports, wherever in its text."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names
