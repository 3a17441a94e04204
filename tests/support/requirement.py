"""The pytest plugin that says why tests were skipped; with REFERHUB_REQUIRE=all a skip is a failure."""

import os
from collections import Counter
from collections.abc import Generator

import pytest

SETTING = "REFERHUB_REQUIRE"


def everything_is_required() -> bool:
    """Whether a skip counts as a failure in this run."""
    return os.environ.get(SETTING) == "all"


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The words given to `pytest.skip`."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    expected_to_fail = hasattr(report, "wasxfail")
    if report.skipped and not expected_to_fail and everything_is_required():
        report.longrepr = f"skipped, but {SETTING}=all: {reason_of(report)}"
        report.outcome = "failed"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse_skip(report)
    return report


def pytest_configure(config: pytest.Config) -> None:
    wanted = os.environ.get(SETTING, "")
    if wanted not in ("", "all"):
        raise pytest.UsageError(f"{SETTING} is {wanted!r}; the only value it knows is 'all'")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = Counter(reason_of(report) for report in terminalreporter.stats.get("skipped", []))
    terminalreporter.write_line(f"{reasons.total()} skipped, because:" if reasons else "nothing was skipped")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"  {count} × {reason}")
