"""A connector from outside the tree: installed by pip, found by its entry point, true to the contract, and it pays."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.examples.installing import copied, install, run, run_kit
from tests.support.places import ROOT
from tests.support.sources import imported_names, tracked_files

EXAMPLE = ROOT / "examples" / "referhub-woocommerce"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's folder, as somebody has it who downloaded it."""
    return copied(EXAMPLE, tmp_path_factory.mktemp("example"))


@pytest.fixture(scope="module")
def site(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip laid it."""
    site = tmp_path_factory.mktemp("site")
    install(project, site)
    return site


@pytest.fixture(scope="module")
def story(project: Path, site: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What happened to one order."""
    command = [
        sys.executable,
        "-m",
        "tests.examples.story",
        str(tmp_path_factory.mktemp("hub")),
        str(project / "tests"),
    ]
    done = run(command, ROOT, site, ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_it_passes_the_kit(project: Path, site: Path) -> None:
    done = run_kit(project, site)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout.replace("nothing was skipped", "")


def test_the_hub_finds_it_with_all_it_can_do(story: Any) -> None:
    assert story["connected"]["abilities"] == ["polls", "verifies", "locates", "pushes", "finds", "prepares"]
    assert story["connected"]["findings"] == []


def test_its_webhooks_are_made_signed_and_accepted(story: Any) -> None:
    assert story["statuses"] == [200, 200, 200]


def test_an_order_earns_both_sides_a_coupon(story: Any) -> None:
    assert story["held"] == {"advocate": "held", "friend": "held"}
    assert story["paid"] == {"advocate": "pushed", "friend": "pushed"}
    assert story["coupons"] == [["alice@example.com", "10.00", 1], ["bob@example.com", "5.00", 1]]


def test_a_refund_takes_the_coupons_back(story: Any) -> None:
    assert story["left"] == []
    assert story["sound"] is True


def test_it_imports_the_face_and_nothing_else_of_this_house() -> None:
    modules = [
        path for path in tracked_files() if path.is_relative_to("examples/referhub-woocommerce/referhub_woocommerce")
    ]
    names = {name.partition(".")[0] for path in modules if path.suffix == ".py" for name in imported_names(path)}
    assert names - sys.stdlib_module_names == {"referhub", "referhub_woocommerce"}


def test_nothing_outside_its_folder_knows_of_it() -> None:
    named = [
        path for path in (ROOT / "core").rglob("*.py") if "woocommerce" in path.read_text(encoding="utf-8").lower()
    ]
    assert named == []
    assert "woocommerce = " not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
