"""Somebody who follows the connector's page has a package whose connector the hub finds."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.shown import blocks
from tests.support.places import ROOT

PAGE = "connectors/demo/README.md"
OURS = ROOT / "connectors" / "demo" / "connector.py"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where an installer laid the package that the page describes, written by its folder and its pyproject.toml."""
    beside = tmp_path_factory.mktemp("beside")
    layout, pyproject = blocks(PAGE, "The package")
    project = _made(beside, layout.text)
    (project / "pyproject.toml").write_text(pyproject.text, encoding="utf-8")
    (project / "acme_referhub" / "connector.py").write_text(_renamed(), encoding="utf-8")
    site = tmp_path_factory.mktemp("site")
    _install(project, site)
    return site


def test_the_hub_lists_the_package_beside_its_own_connectors(site: Path) -> None:
    (typed,) = blocks(PAGE, "Let the hub find it")
    assert typed.text.splitlines()[0] == "pip install ./acme-referhub"
    every, acme = (_said(site, line) for line in typed.text.splitlines()[1:])
    listed = [line.split() for line in every.split("Commands:\n")[1].splitlines()]
    assert {"acme", "demo", "shopify"} <= {key for key, *_label in listed}
    assert ["acme", "Connect", "Acme", "shop."] in listed
    assert "--credits-url" in acme


def test_the_page_names_everything_a_connector_must_say_of_itself() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    ours = OURS.read_text(encoding="utf-8")
    said = [line.split(":")[0].strip() for line in ours.splitlines() if ": ClassVar[" in line]
    assert len(said) == 5
    assert [name for name in said if f"**`{name}`**" not in page] == []


def _made(folder: Path, layout: str) -> Path:
    """The folders and empty files of an indented list; the topmost one is returned."""
    above: dict[int, Path] = {-1: folder}
    for line in layout.splitlines():
        depth = (len(line) - len(line.lstrip())) // 4
        above[depth] = above[depth - 1] / line.strip()
        above[depth].mkdir() if line.endswith("/") else above[depth].touch()
    return above[0]


def _renamed() -> str:
    ours = OURS.read_text(encoding="utf-8").replace("DemoConfig", "AcmeConfig").replace("class Demo(", "class Acme(")
    return ours.replace('= "demo"', '= "acme"').replace('= "Demo webshop"', '= "Acme shop"')


def _install(project: Path, site: Path) -> None:
    """As `pip install` does it, but with the build tool that is here instead of a download."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    command = [*pip, "--no-index", "--no-build-isolation", "--target", str(site), str(project)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _said(site: Path, line: str) -> str:
    assert line.startswith("referhub ")
    run = f"import sys; sys.path.append({str(site)!r}); sys.argv = {line.split()!r}; import referhub; referhub.main()"
    done = subprocess.run([sys.executable, "-c", run], cwd=site, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
