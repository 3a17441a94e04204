"""The wheel puts one name into site-packages, carries everything the program reads, and runs from there."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.places import ROOT
from tests.support.sources import PROGRAM, tracked_files

LOADS_EVERYTHING = """
import importlib.metadata, pathlib, sys
site = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(site))
import referhub
assert pathlib.Path(referhub.__file__).is_relative_to(site), referhub.__file__
import app, core
assert pathlib.Path(app.__file__).is_relative_to(site), app.__file__
assert pathlib.Path(core.__file__).is_relative_to(site), core.__file__
(installed,) = importlib.metadata.distributions(name="referhub", path=[str(site)])
for entry in installed.entry_points:
    print(entry.group, entry.name, entry.load().__module__)
sys.argv = ["referhub", "--help"]
referhub.main()
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what an installer would lay into site-packages."""
    built = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = built.glob("*.whl")
    unpacked = tmp_path_factory.mktemp("site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    return unpacked


def test_the_wheel_brings_one_name_besides_its_own_description(site: Path) -> None:
    tops = {path.name for path in site.iterdir()}
    assert {name for name in tops if not name.endswith(".dist-info")} == {"referhub"}


def test_the_wheel_carries_every_file_of_the_program(site: Path) -> None:
    wanted = [path for path in tracked_files() if path.parts[0] in PROGRAM]
    assert [path for path in wanted if not (site / _inside(path)).is_file()] == []


def test_the_wheel_carries_neither_tests_nor_benchmarks(site: Path) -> None:
    tops = {path.name for path in (site / "referhub" / "_app").iterdir()}
    assert tops == set(PROGRAM) - {"referhub"}


def test_the_installed_program_starts_and_finds_its_connectors(site: Path, tmp_path: Path) -> None:
    started = subprocess.run(
        [sys.executable, "-P", "-c", LOADS_EVERYTHING, str(site)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert started.returncode == 0, started.stderr
    assert "referhub.connectors demo connectors.demo.connector" in started.stdout
    assert "referhub.connectors shopify connectors.shopify.connector" in started.stdout
    assert "Usage: referhub" in started.stdout


def _inside(path: Path) -> Path:
    return path if path.parts[0] == "referhub" else Path("referhub/_app") / path
