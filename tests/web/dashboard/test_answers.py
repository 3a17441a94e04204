"""What every answer has in common: its headers, its manners with wrong addresses, and that it changes nothing."""

import hashlib

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from core.models import Base
from tests.support.dashboard import LookedAtHub, dashboard_app
from web.dashboard import pages

STRICT = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
LISTS = (
    "",
    "deliveries",
    "conversions",
    "rewards",
    "pushes",
    "campaigns",
    "advocates",
    "people",
    "proposals",
    "audit",
    "connections",
    "orders",
    "leaderboard",
    "milestones",
    "fraud",
)


def _pages(ids: dict[str, str]) -> list[str]:
    ones = (
        f"orders/{ids['order']}",
        f"rewards/{ids['given']}",
        f"deliveries/{ids['delivery']}",
        f"connections/{ids['crm']}",
        f"campaigns/{ids['campaign']}",
        f"people/{ids['friend']}",
        f"fraud/{ids['case']}",
        f"campaigns/{ids['campaign']}/backtests",
        f"campaigns/{ids['campaign']}/rehearsals",
        f"backtests/{ids['backtest']}",
        f"rehearsals/{ids['rehearsal']}",
        f"rehearsals/{ids['room']}",
    )
    return [
        f"/dashboard/{path}" for path in (*LISTS, *ones, "pushes?state=all", "orders?q=100", "orders?state=not_counted")
    ]


def test_every_page_tells_the_browser_to_run_only_our_files_and_keep_nothing(
    client: FlaskClient, ids: dict[str, str]
) -> None:
    for path in [*_pages(ids), "/dashboard", "/dashboard//", "/dashboard/orders/" + "f" * 32, "/dashboard/nothing"]:
        answer = client.get(path)
        assert answer.headers["Content-Security-Policy"] == STRICT
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers


def test_no_page_holds_a_style_or_script_of_its_own_or_a_foreign_address(
    client: FlaskClient, ids: dict[str, str]
) -> None:
    for path in _pages(ids):
        page = client.get(path).text
        for forbidden in (" style=", "<style", " onclick", "javascript:", "hx-on", 'src="http', 'href="http'):
            assert forbidden not in page, path
        assert page.count("<script ") == page.count("<script") == 2


def test_files_are_asked_for_again_only_when_they_changed(client: FlaskClient) -> None:
    first = client.get("/dashboard/static/vendor/tabler.min.css")
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "no-cache")
    again = client.get("/dashboard/static/vendor/tabler.min.css", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    first.close()


def _digest(hub: LookedAtHub) -> str:
    with hub.database.reading() as session:
        tables = [
            session.execute(text(f"select * from {table.name} order by 1, 2")).all()
            for table in Base.metadata.sorted_tables
        ]
    return hashlib.sha256(repr(tables).encode()).hexdigest()


def test_looking_changes_nothing(hub: LookedAtHub, client: FlaskClient, ids: dict[str, str]) -> None:
    before = _digest(hub)
    for path in _pages(ids):
        assert client.get(path).status_code == 200, path
    assert _digest(hub) == before


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_there_is_nothing_to_send(client: FlaskClient, ids: dict[str, str], method: str) -> None:
    for path in _pages(ids):
        assert client.open(path, method=method).status_code == 405


@pytest.mark.parametrize("word", ["orders", "rewards", "deliveries"])
@pytest.mark.parametrize(
    "id_", ["f" * 32, "F" * 32, "1", "%00", "%00" + "0" * 31, "..%2f..%2fetc", "'%20or%201=1--", "é" * 32]
)
def test_an_address_of_nothing_is_not_found(client: FlaskClient, word: str, id_: str) -> None:
    assert client.get(f"/dashboard/{word}/{id_}").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["state=%00", "state=nonsense", "before=zzz", "after=%00%00", "before=' or 1=1", "state=" + "x" * 9000],
)
@pytest.mark.parametrize("path", ["deliveries", "orders", "conversions", "rewards", "pushes", "campaigns", "advocates"])
def test_nonsense_in_the_address_is_answered_calmly(client: FlaskClient, path: str, query: str) -> None:
    assert client.get(f"/dashboard/{path}?{query}").status_code == 200


@pytest.mark.parametrize(
    "path", ["nothing", "orders/1/2", "orders/" + "f" * 32, "static/nothing.js", "static/../pages.py"]
)
def test_what_is_not_there_is_said_in_our_own_words(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/dashboard/{path}")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_an_address_of_nobody_is_answered_with_our_page_too(client: FlaskClient) -> None:
    answer = client.get("/nowhere", headers={"Host": "any.example"})
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert answer.headers["Content-Security-Policy"] == STRICT
    assert answer.headers["Cache-Control"] == "no-store"


def test_pages_of_others_are_left_alone(hub: LookedAtHub) -> None:
    app = dashboard_app(hub, is_local=False)
    app.add_url_rule("/dashboards", "other", lambda: "other")
    answer = app.test_client().get("/dashboards", headers={"Host": "any.example"})
    assert (answer.status_code, answer.text) == (200, "other")
    assert "Content-Security-Policy" not in answer.headers


def test_a_database_that_does_not_answer_is_said_so(hub: LookedAtHub, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise OperationalError("select", {}, Exception("database is locked"))

    monkeypatch.setattr(pages, "attention", locked)
    answer = dashboard_app(hub).test_client().get("/dashboard/rewards")
    assert answer.status_code == 503
    assert "The database does not answer" in answer.text
    assert "locked" not in answer.text
