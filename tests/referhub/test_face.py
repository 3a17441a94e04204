"""The face is what a connector may import; the kit behind it is no part of the running hub."""

import subprocess
import sys

import referhub
from tests.support.places import ROOT

WITHOUT_PYTEST = """
import sys
sys.modules["pytest"] = None  # as where it is not installed
import referhub
try:
    import referhub.testing
except ImportError as problem:
    print(problem)
"""


def test_everything_it_names_is_there_once() -> None:
    assert sorted(set(referhub.__all__)) == sorted(referhub.__all__)
    assert [name for name in referhub.__all__ if not hasattr(referhub, name)] == []


def test_the_hub_runs_without_pytest_and_the_kit_says_what_to_install() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_PYTEST], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "pip install 'referhub[testing]'" in done.stdout
