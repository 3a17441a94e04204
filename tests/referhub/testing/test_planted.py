"""Every rule of the kit catches the connector that breaks it, and says which rule it is and what to do."""

import subprocess
import sys
from pathlib import Path
from xml.etree.ElementTree import parse

from referhub.testing import ConnectorContract
from tests.referhub.testing.planted import named
from tests.support.places import ROOT

PLANTED = "tests/referhub/testing/planted.py"


def test_every_broken_connector_is_caught_by_the_rule_it_breaks_in_words(tmp_path: Path) -> None:
    said = _run(tmp_path / "report.xml")
    assert set(said) == {name for name, *_ in named()}
    missed = {name: said[name] for name, _check, says in named() if not _is_told(said[name], says)}
    assert missed == {}


def _is_told(said: str, says: str) -> bool:
    return all(word in said for word in ("Rule:", says, "Do:"))


def _run(report: Path) -> dict[str, str]:
    """What each planted class's one test said when it failed; nothing for one that passed."""
    every = [f"{PLANTED}::{name}::{check}" for name, check, _says in named()]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *every]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout[-3000:] + done.stderr
    return _read(report)


def _read(report: Path) -> dict[str, str]:
    cases = parse(report).iter("testcase")
    found: dict[str, str] = {}
    for case in cases:
        failures = [one.text or "" for one in case.iter("failure")]
        errors = [f"not a failure but an error: {one.text}" for one in case.iter("error")]
        found[str(case.get("classname")).rpartition(".")[2]] = "".join(errors or failures)
    return found


def test_every_check_has_a_bug_planted_for_it() -> None:
    checks = {name for name in dir(ConnectorContract) if name.startswith("test_")}
    assert len(checks) > 80
    assert checks == {check for _name, check, _says in named()}


def test_no_check_of_one_part_hides_behind_the_name_of_another() -> None:
    names = [name for part in ConnectorContract.__mro__ for name in vars(part) if name.startswith("test_")]
    assert sorted(names) == sorted(set(names))
