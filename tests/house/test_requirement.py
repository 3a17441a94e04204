"""A skip is told with its reason, and fails a run that asked for everything."""

import pytest

from tests.support.requirement import SETTING

A_SKIP_OF_EACH_KIND = """
    import pytest

    @pytest.fixture
    def missing():
        pytest.skip("no such server")

    def test_by_fixture(missing): pass

    def test_by_call(): pytest.skip("not on a Monday")

    @pytest.mark.skipif(True, reason="not on a Monday")
    def test_by_mark(): pass

    @pytest.mark.xfail(reason="known", strict=True)
    def test_known(): assert False

    def test_good(): pass
"""


def _run(pytester: pytest.Pytester) -> pytest.RunResult:
    return pytester.runpytest_inprocess("-p", "tests.support.requirement", "-p", "no:cacheprovider")


def test_skips_are_counted_by_reason(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    pytester.makepyfile(A_SKIP_OF_EACH_KIND)
    result = _run(pytester)
    result.assert_outcomes(passed=1, skipped=3, xfailed=1)
    result.stdout.fnmatch_lines(["3 skipped, because:", "  2 × not on a Monday", "  1 × no such server", "*3 skipped*"])


def test_a_run_without_a_skip_says_so(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_good(): pass")
    _run(pytester).stdout.fnmatch_lines(["nothing was skipped", "*1 passed*"])


def test_a_skip_fails_a_run_that_requires_everything(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, "all")
    pytester.makepyfile(A_SKIP_OF_EACH_KIND)
    result = _run(pytester)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    counts = result.parseoutcomes()
    assert (counts.get("skipped", 0), counts["failed"] + counts["errors"], counts["xfailed"]) == (0, 3, 1)
    result.stdout.fnmatch_lines(["*REFERHUB_REQUIRE=all: no such server*"])


def test_a_skipped_module_fails_a_run_that_requires_everything(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, "all")
    pytester.makepyfile('import pytest; pytest.skip("not here", allow_module_level=True)')
    result = _run(pytester)
    assert result.ret != pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*REFERHUB_REQUIRE=all: not here*"])


def test_a_misspelt_requirement_stops_the_run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "everything")
    result = _run(pytester)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*REFERHUB_REQUIRE is 'everything'*"])
