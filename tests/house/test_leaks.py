"""A planted value that comes out fails the test that let it out, wherever that was, and a clean run says nothing."""

import shutil

import pytest

from tests.support.postgres import PostgresServer, fresh_database

BESIDE = ("-p", "tests.support.leaks", "-p", "no:cacheprovider", "-n", "1")
PLUGIN = (*BESIDE[:4], "-p", "no:xdist")
SHARED = """
    import sqlite3

    import pytest

    @pytest.fixture(scope="session")
    def shared(tmp_path_factory):
        with sqlite3.connect(tmp_path_factory.mktemp("shared") / "template.db") as one:
            one.execute("CREATE TABLE alembic_version (version_num TEXT)")
            one.execute("CREATE TABLE people (name TEXT)")
            one.execute("INSERT INTO people VALUES ('bob@example.com')")

    def test_shared(shared): pass
"""
SEALED_AND_SILENT = """
    import logging, sqlite3

    def test_quiet(tmp_path):
        with sqlite3.connect(tmp_path / "referhub.db") as one:
            one.execute("CREATE TABLE alembic_version (version_num TEXT)")
            one.execute("CREATE TABLE people (name BLOB)")
            one.execute("INSERT INTO people VALUES (x'00ff')")
        logging.getLogger("core").warning("read waits")
"""
LEAKY = """
    import logging, sqlite3

    import flask
    import pytest

    from tests.support.markers import secret

    def test_table(tmp_path):
        with sqlite3.connect(tmp_path / "referhub.db") as one:
            one.execute("CREATE TABLE alembic_version (version_num TEXT)")
            one.execute("CREATE TABLE connections (config TEXT)")
            one.execute("INSERT INTO connections VALUES (?)", [secret("shop")])

    @pytest.fixture
    def asked_for(request):
        return request.getfixturevalue("tmp_path")

    def test_late_folder(asked_for):
        with sqlite3.connect(asked_for / "late.db") as one:
            one.execute("CREATE TABLE alembic_version (version_num TEXT)")
            one.execute("CREATE TABLE connections (config TEXT)")
            one.execute("INSERT INTO connections VALUES (?)", [secret("late")])

    def test_log():
        logging.getLogger("core").warning("nobody is called eve@tea.example")

    def test_error_page():
        app = flask.Flask("doors")
        app.add_url_rule("/<who>", view_func=lambda who: ("no such person as mia@tea.example or " + who, 404))
        app.test_client().get("/eve@tea.example")

    def test_said():
        from tests.support import leaks

        leaks.look("what `referhub serve` said", b"listening with " + secret("app").encode())
"""


def _run(pytester: pytest.Pytester, *more: str) -> pytest.RunResult:
    folder = pytester.path / "made"
    try:
        return pytester.runpytest_inprocess(*(more or PLUGIN), "--basetemp", str(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # what was planted here is not for the run that this is part of


def test_what_is_sealed_and_silent_passes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SEALED_AND_SILENT)
    result = _run(pytester)
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK


@pytest.mark.plants
def test_each_way_out_is_watched_and_named(pytester: pytest.Pytester) -> None:
    """S31, S35: a table, a log line, an error page, a server's own words, and what only the run as a whole holds."""
    pytester.makepyfile(LEAKY + SHARED)
    result = _run(pytester)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=6, errors=5)
    result.stdout.fnmatch_lines_random(
        [
            "*ERROR at teardown of test_table*",
            "*referhub.db: *shop-planted*",
            "*ERROR at teardown of test_late_folder*",
            "*late.db: *late-planted*",
            "*ERROR at teardown of test_log*",
            "*captured log: *eve@tea.example*",
            "*ERROR at teardown of test_error_page*",
            "GET /eve@tea.example says 'mia@tea.example'",
            "*what `referhub serve` said: *app-planted*",
            "*template.db: *bob@example.com*",
        ]
    )


@pytest.mark.plants
def test_what_one_of_several_processes_finds_at_its_end_fails_the_whole_run(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SHARED)
    result = _run(pytester, *BESIDE)
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["planted values came out*template.db: *bob@example.com*"])


def test_a_database_that_is_dropped_is_looked_at_before(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes too, which PostgreSQL writes as hex."""
    import psycopg

    from tests.support import leaks

    found: list[str] = []
    monkeypatch.setattr(leaks, "_found", found)
    with fresh_database(postgres) as url, psycopg.connect(url, autocommit=True) as session:
        session.execute("CREATE TABLE notes (told bytea)")
        session.execute("INSERT INTO notes VALUES (%s), (%s)", [b"\0\1sealed", b"for bob@example.com"])
    (one,) = found
    assert "table notes" in one
