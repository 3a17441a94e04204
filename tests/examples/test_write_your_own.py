"""Somebody who types what stands in write-your-own.md has a connector that keeps every rule and that the hub finds."""

import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.contract.parts import OPTIONAL_PARTS
from referhub.testing import Source
from tests.commands.shown import Terminal, blocks, newcomer
from tests.examples.installing import install, run, run_kit
from tests.support.places import ROOT
from tests.support.processes import free_port

PAGE = "docs/connectors/write-your-own.md"
WRITTEN = (ROOT / PAGE).read_text(encoding="utf-8")
FILE = re.compile(r"^`acme-referhub/([\w./-]+)`(, continued)?:\n\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder as somebody has it who typed along."""
    return typed(tmp_path_factory.mktemp("typed") / "acme-referhub")


@pytest.fixture(scope="module")
def site(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip laid the package."""
    site = tmp_path_factory.mktemp("site")
    install(project, site)
    return site


def typed(folder: Path) -> Path:
    for found in FILE.finditer(WRITTEN):
        place, is_continued, text = folder / found[1], bool(found[2]), found[3]
        assert place.exists() == is_continued, f"{found[1]}: begun twice, or continued before it begins"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text((place.read_text(encoding="utf-8") if is_continued else "") + text, encoding="utf-8")
    return folder


def test_every_snippet_belongs_to_a_file_or_is_typed_or_is_seen() -> None:
    languages = re.findall(r"^```(\w+)$", WRITTEN, re.MULTILINE)
    loose = [language for language in languages if language in ("sh", "text")]  # `order.http` is shown as text, too
    assert len(list(FILE.finditer(WRITTEN))) == len(languages) - len(loose) + 2


def test_it_passes_the_kit(project: Path, site: Path) -> None:
    done = run_kit(project, site)
    assert done.returncode == 0, done.stdout + done.stderr
    (count,) = re.findall(r"(\d+) passed", done.stdout)
    assert 45 <= int(count) <= 55  # "some fifty"


def test_a_broken_rule_is_told_as_the_page_shows_it(project: Path, site: Path, tmp_path: Path) -> None:
    broken = typed(tmp_path / "acme-referhub")
    code = broken / "acme_referhub" / "connector.py"
    text = code.read_text(encoding="utf-8")
    assert text.count("at.astimezone(UTC)") == 2
    code.write_text(text.replace("at.astimezone(UTC)", "at"), encoding="utf-8")
    done = run_kit(broken, broken, "-k", "test_what_is_read_is_well_formed")
    assert done.returncode == 1
    _typed, seen = blocks(PAGE, "6. Run them")
    assert seen.text.strip() in done.stdout


def test_without_the_file_of_events_the_kit_shows_what_to_write(project: Path, site: Path, tmp_path: Path) -> None:
    begun = typed(tmp_path / "acme-referhub")
    (begun / "tests" / "recordings" / "order.events.json").unlink()
    done = run_kit(begun, site, "-k", "test_a_recording_means_what_its_file_says")
    assert done.returncode == 1
    assert '"base": "EUR 79.00"' in done.stdout
    assert "order.events.json" in done.stdout


def test_the_hub_lists_it_beside_its_own_connectors(project: Path, site: Path) -> None:
    (lines,) = blocks(PAGE, "7. Let the hub find it")
    every, acme = (_said(project, site, line) for line in lines.text.splitlines())
    listed = [line.split() for line in every.split("Commands:\n")[1].splitlines()]
    assert {"acme", "demo", "shopify"} <= {key for key, *_label in listed}
    assert ["acme", "Connect", "Acme", "shop."] in listed
    assert "--url" in acme
    assert "REFERHUB_CONNECT_SECRET" in acme


@pytest.mark.long
def test_a_reward_is_paid_to_both_sides(project: Path, site: Path) -> None:
    hub, shop = str(free_port()), str(free_port())
    found = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    told = newcomer(project, REFERHUB_PORT=hub, PYTHONPATH=os.pathsep.join((str(site), str(ROOT))), PATH=found)
    terminal = Terminal(project, told)
    typed_or_seen = [
        replace(block, text=block.text.replace("8005", shop))
        for block in blocks(PAGE, "8. Pay a first reward")
        if block.language in ("sh", "text")
    ]
    served = {"referhub serve": f"http://127.0.0.1:{hub}/readyz", "acme_shop.py": f"http://127.0.0.1:{shop}/shop"}
    with terminal.followed(typed_or_seen, served) as typed:
        assert "/vouchers" in typed[-1][0]


def test_the_page_names_every_part_with_all_its_methods() -> None:
    table = {
        cells[0].strip(): cells[1]
        for cells in (line.split("|")[1:] for line in WRITTEN.splitlines() if line.startswith("| "))
    }
    for name, part in OPTIONAL_PARTS.items():
        methods = {one for one, value in vars(part).items() if not one.startswith("_") and callable(value)}
        assert set(re.findall(r"`(\w+)`", table[name.replace("_", " ")])) == methods


def test_the_page_names_everything_that_a_source_can_be_asked() -> None:
    asked = {name for name in vars(Source) if not name.startswith("_")}
    assert {name for name in asked if f"`{name}`" not in WRITTEN} == set()


def _said(project: Path, site: Path, line: str) -> str:
    assert line.startswith("referhub ")
    program = f"import sys; sys.argv = {line.split()!r}; import referhub; referhub.main()"
    done = run([sys.executable, "-c", program], project, site, ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout
