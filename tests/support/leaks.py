"""The pytest plugin that looks for planted values where none may be: in databases, logs and error pages (S31, S35).

A test that leaves one behind fails: in its SQLite files, in its PostgreSQL database before that is dropped, in what was
logged, in what a served hub said, and on a page of the hub that says no. What only the run as a whole holds is looked
at when it ends.
"""

import contextlib
import re
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

import flask
import psycopg
import pytest

from tests.support.markers import markers

PAGE = 4096  # of a SQLite file; a page that was clean once is not looked at again
BAD_REQUEST = 400
PUT_TOGETHER_IN = "doors"  # whose pages are looked at: the hub's, and no stand-in's
SHOWN = 60  # letters around a find
A_HUBS = b"alembic_version"  # which only a hub's database has
PLANTS = "plants"
FAILED = "planted values came out where none may be"
WORDS = tuple(word.encode() for word in markers())
# The text form of bytes in PostgreSQL.
HEXED = tuple(word.hex() for word in WORDS)
WHOLE = re.compile("|".join(rf"[\w.+-]*{re.escape(word)}[\w-]*" for word in markers()))
# Tables that hold, or held, a row.
FILLED = """SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0"""
LEAKS = pytest.StashKey[list[str]]()
FOLDER = pytest.StashKey[Path]()

_clean: set[int] = set()
_looked: set[Path] = set()
_found: list[str] = []


def look(where: str, told: bytes) -> None:
    """A planted value in `told` is remembered; whoever asks next fails with it."""
    for word in WORDS:
        at = told.find(word)
        if at >= 0:
            around = told[max(0, at - SHOWN) : at + len(word) + SHOWN]
            _found.append(f"{where}: {around!r}")


def look_into_file(path: Path) -> None:
    """Every page of the SQLite file, or of the journal beside it, that was not seen before."""
    _looked.add(path)
    with contextlib.suppress(FileNotFoundError):
        told = path.read_bytes()
        pages = (told[at : at + PAGE] for at in range(0, len(told), PAGE))
        look(str(path), b"".join(_unseen(pages)))


def _databases(folder: Path | None) -> Iterator[Path]:
    """The files of every hub in the folder; what a stand-in holds of people is its own truth."""
    for file in folder.rglob("*.db") if folder else ():
        parts = [path for path in (file, file.with_name(f"{file.name}-wal")) if path.is_file()]
        if any(A_HUBS in path.read_bytes() for path in parts):
            yield from parts


def _unseen(pages: Iterable[bytes]) -> Iterator[bytes]:
    for page in pages:
        known = hash(page)
        if known not in _clean:
            _clean.add(known)
            yield page


def look_into_postgres(url: str) -> None:
    """Every row of the PostgreSQL database, of all merchants."""
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url, autocommit=True) as session:
        session.execute("SELECT set_config('referhub.merchant', '*', false), set_config('lock_timeout', '2s', false)")
        tables = session.execute(FILLED).fetchall()
        if tables:
            _ask(session, url, [name for (name,) in tables])


def _ask(session: "psycopg.Connection[tuple[str, ...]]", url: str, tables: list[str]) -> None:
    pattern = "|".join((*(word.decode().replace(".", "[.]") for word in WORDS), *HEXED))
    each = (f"SELECT '{name}', t::text FROM \"{name}\" t WHERE t::text ~ %(pattern)s" for name in tables)
    for table, row in session.execute(" UNION ALL ".join(each).encode(), {"pattern": pattern}).fetchall():
        _found.append(f"{url}, table {table}: {row[:400]}")


def _look_at_answer(sender: flask.Flask, response: flask.Response, **_told: object) -> None:
    """A page that says no may repeat what was just asked, to whoever asked it; nothing else."""
    if sender.import_name != PUT_TOGETHER_IN or response.status_code < 400 or response.direct_passthrough:
        return
    asked = f"{flask.request.full_path} {flask.request.values.to_dict(flat=False)}"
    told = response.get_data(as_text=True)
    if response.status_code == BAD_REQUEST and "<form" in told:
        return  # the page again, for whoever may see it, with what was wrong
    for found in WHOLE.finditer(told):
        if found[0] not in asked:
            _found.append(f"{flask.request.method} {flask.request.path} says {found[0]!r}")


def _taken() -> list[str]:
    found = list(_found)
    _found.clear()
    return found


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: "pytest.FixtureDef[object]", request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """A test's folder is known, also where another fixture asks for it while it is made."""
    made = yield
    if fixturedef.argname == "tmp_path" and isinstance(made, Path):
        request.node.stash[FOLDER] = made
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Once everything is put away, nothing that was planted is left."""
    yield
    for path in _databases(item.stash.get(FOLDER, None)):
        look_into_file(path)
    for _when, kind, told in item._report_sections:
        look(f"captured {kind}", told.encode(errors="replace") if kind in ("log", "stderr") else b"")
    found = _taken()
    if found and not item.get_closest_marker(PLANTS):
        pytest.fail("\n".join((FAILED, *found)), pytrace=False)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What was made for many tests at once is looked at as well, such as databases that are only copied."""
    factory = getattr(session.config, "_tmp_path_factory", None)
    base = getattr(factory, "_basetemp", None)
    for path in _databases(base):
        if path not in _looked:
            look_into_file(path)
    leaks = session.config.stash.setdefault(LEAKS, [])
    leaks.extend(_taken())
    if leaks:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    output = getattr(session.config, "workeroutput", None)
    if output is not None:  # of a process among several, whose words only the first one prints
        output["leaks"] = leaks


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """What another process found."""
    config = node.config  # type: ignore[attr-defined]
    config.stash.setdefault(LEAKS, []).extend(getattr(node, "workeroutput", {}).get("leaks", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What was found at the end is named."""
    for one in config.stash.get(LEAKS, []):
        terminalreporter.write_line(f"{FAILED}: {one}", red=True)


def pytest_configure(config: pytest.Config) -> None:
    """From here on every page of the hub that says no is read."""
    config.addinivalue_line("markers", f"{PLANTS}: shows planted values on purpose, to see that they are found")
    flask.request_finished.connect(_look_at_answer)
