"""Installs a package into a folder of its own, without a download or a trace in the developers' environment."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.support.places import ROOT

PATIENCE_SECONDS = 180


def copied(example: Path, folder: Path) -> Path:
    """The package's folder, copied, so that building and testing leave nothing in the repository."""
    ignored = shutil.ignore_patterns("__pycache__", ".pytest_cache", "dist", "build")
    return Path(shutil.copytree(example, folder / example.name, ignore=ignored))


def install(project: Path, site: Path) -> None:
    """As `pip install` does it, but with the build tool that is here instead of a download."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    said = run([*pip, "--no-index", "--no-build-isolation", "--target", str(site), str(project)], project)
    assert said.returncode == 0, said.stderr


def run(command: Sequence[str], folder: Path, *paths: Path) -> "subprocess.CompletedProcess[str]":
    """The command in a process of its own that finds packages in `paths` too, and has no settings of ours."""
    outer = {name: value for name, value in os.environ.items() if not name.startswith(("REFERHUB_", "PYTEST_"))}
    environment = outer | {"PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )


def run_kit(project: Path, site: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The package's own tests, with the package found where it was installed and referhub in this checkout."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(project), *arguments]
    return run(command, project, site, ROOT)
