"""The screens beside the truth: what an operator reads is what the services wrote and what the shop holds."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app import create_app
from tests.support.live import CODE, Scene


@pytest.fixture
def screen(stage: Scene) -> FlaskClient:
    """A browser on the hub's own machine."""
    return create_app(stage.settings, stage.hub).test_client()


def _read(screen: FlaskClient, path: str) -> str:
    """What a person reads on a page, without the markup."""
    answer = screen.get(f"/dashboard/{path}", headers={"Host": "127.0.0.1"}, follow_redirects=True)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def test_an_operator_reads_the_order_from_evidence_to_receipt(stage: Scene, screen: FlaskClient) -> None:
    stage.advocate()
    stage.order(stage.friend())
    stage.settle()
    page = _read(screen, "orders?q=1001")
    assert f"Evidence: the discount code {CODE}" in page
    assert "terms version 1 counts" in page
    assert f"met: the discount code names the code {CODE}" in page
    assert "Held (next) the hold ends" in page
    assert "Still owed EUR 14.00 promised" in _read(screen, "")

    stage.later("15d")
    stage.drain()
    page = _read(screen, "orders?q=1001")
    for stop in ("Decided (done)", "Verified (done)", "Pushed (done) 2 of 2", "Booked (done)"):
        assert stop in page
    accounts = stage.desk.truth()["store_credit_accounts"]
    moves = [move for account in accounts for move in account["transactions"]]
    assert len(moves) == 2
    for push in stage.referhub("pushes", "list"):
        assert f"Receipt {push['receipt'].rpartition('/')[2]} " in page
    overview = _read(screen, "")
    assert "Orders that count 1 of 1 order heard" in overview
    assert "Still owed – promised" in overview
    assert "Pushed EUR 14.00 after" in overview
    assert "alice@example.com" in _read(screen, "advocates")
    assert (
        f"https://demo.myshopify.com/?ref={CODE}"
        in screen.get("/dashboard/advocates", headers={"Host": "127.0.0.1"}).text
    )


def test_an_order_that_does_not_count_says_which_rule_stopped_it(stage: Scene, screen: FlaskClient) -> None:
    stage.advocate()
    stage.order(stage.friend(), lines=[{"title": "Tea bag", "price": "19.99", "quantity": 1}])
    stage.settle()
    page = _read(screen, "orders?q=1001")
    assert "Decided (stopped) the order's base is EUR 19.99, the minimum EUR 20.00" in page
    assert "not met: the order's base is EUR 19.99" in page
    assert "No order has counted yet" in _read(screen, "conversions")


def test_a_broken_promise_stands_on_top_of_the_overview(stage: Scene, screen: FlaskClient) -> None:
    stage.advocate()
    stage.order(stage.friend())
    stage.settle()
    stage.referhub("check")
    assert "Every invariant holds" in _read(screen, "")
    with stage.hub.database.transaction() as session:
        session.execute(text("update balances set amount_minor = amount_minor + 1 where account = 'held'"))
    stage.invoke("check", "--json")
    page = _read(screen, "")
    assert "Waiting for you Pushing has stopped" in page
    assert "Every invariant holds" not in page
