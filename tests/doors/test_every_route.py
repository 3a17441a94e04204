"""Every address of the served hub, found in its own map: headers, host names, and that looking changes nothing."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, select, text
from werkzeug.routing import Rule

from app import create_app
from core.models import Connection, Conversion, Person, Push, Reward, StoredDelivery, StoredOrder
from tests.support import databases
from tests.support.live import Scene, scene

PUBLIC = "referrals.example.com"
EVIL = "evil.example"
KNOWN = {
    "order_id": StoredOrder,
    "delivery_id": StoredDelivery,
    "reward_id": Reward,
    "connection_id": Connection,
    "person_id": Person,
    "push_id": Push,
    "conversion_id": Conversion,
}
FILES = {"filename": "dashboard.css", "rest": "nowhere"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Scene]:
    """A hub behind a proxy, with one order that earned two rewards."""
    folder = tmp_path_factory.mktemp("routes")
    with scene(folder, databases.copy_sqlite(migrated_sqlite, folder)) as made:
        with made.door():
            made.advocate()
            made.order(made.friend())
            made.settle()
        yield made


@pytest.fixture(scope="module")
def local(stage: Scene) -> Flask:
    """The hub as this machine's own browser sees it."""
    return create_app(stage.settings, stage.hub)


@pytest.fixture(scope="module")
def public(stage: Scene) -> Flask:
    """The hub as the world sees it, by https, where nobody is signed in."""
    settings = stage.settings.model_copy(update={"base_url": f"https://{PUBLIC}", "environment": "live"})
    return create_app(settings, stage.hub)


def addresses(stage: Scene, app: Flask, method: str = "GET") -> list[str]:
    """An address for each rule that answers this method, with ids that exist wherever the hub has one."""
    found: dict[str, str] = dict(FILES)
    with stage.hub.database.reading() as session:
        for name, table in KNOWN.items():
            found[name] = session.scalar(select(table.id)) or "0" * 32
    rules = [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]
    return sorted({filled(rule, found) for rule in rules})


def filled(rule: Rule, known: dict[str, str]) -> str:
    address = rule.rule
    for name in rule.arguments:
        start = address.index("<")
        end = address.index(">") + 1
        told = address[start + 1 : end - 1].rpartition(":")[2]
        address = address[:start] + known.get(told, "0" * 32) + address[end:]
        assert name
    return address


def contents(stage: Scene) -> dict[str, str]:
    """A digest of every table."""
    with stage.hub.database.engine.connect() as connection:
        names = inspect(connection).get_table_names()
        rows = {name: sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')))) for name in names}
    return {name: hashlib.sha256("\n".join(found).encode()).hexdigest() for name, found in rows.items()}


def get(client: FlaskClient, address: str, host: str = "127.0.0.1", **told: Any) -> Any:
    return client.get(address, headers={"Host": host} | told)


def test_no_look_at_any_page_changes_anything(stage: Scene, local: Flask) -> None:
    """S21: every address is asked twice, and each table is what it was."""
    client, before = local.test_client(), contents(stage)
    statuses = {}
    for address in addresses(stage, local):
        for query in ("", "?state=x&q=%00&before=1&after=2&merchant=x&next=//evil.example&code=x&retried=9"):
            statuses[address + query] = get(client, address + query).status_code
    assert {address: status for address, status in statuses.items() if status >= 500} == {}
    assert sum(status == 200 for status in statuses.values()) > 20
    assert contents(stage) == before


@pytest.mark.parametrize("is_public", [False, True], ids=["local", "public"])
def test_every_answer_tells_the_browser_what_it_may_do(
    stage: Scene, local: Flask, public: Flask, is_public: bool
) -> None:
    """S22: whichever address, whether it is there, and whether one may see it."""
    app, host = (public, PUBLIC) if is_public else (local, "127.0.0.1")
    for address in [*addresses(stage, app), "/nowhere", "/dashboard/nowhere", "//x", "/.env", "/hooks"]:
        answer = get(app.test_client(), address, host)
        told = answer.headers
        policy = told.get("Content-Security-Policy", "")
        assert "default-src 'none'" in policy or "default-src 'self'" in policy, address
        assert "base-uri 'none'" in policy, address
        assert "frame-ancestors" in policy, address
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*"} & set(policy.replace(";", " ").split()), address
        assert told["X-Content-Type-Options"] == "nosniff", address
        assert told["Referrer-Policy"] in ("no-referrer", "same-origin", "strict-origin"), address
        assert ("Strict-Transport-Security" in told) == is_public, address
        if answer.mimetype == "text/html":
            assert told["Cache-Control"] == "no-store", address
        assert "Server" not in told
        assert not ({"Access-Control-Allow-Origin", "X-Powered-By"} & set(told.keys())), address


def test_no_page_but_the_stores_may_be_framed(stage: Scene, local: Flask) -> None:
    """S22, S20: a page inside somebody else's is clicked on by mistake."""
    for address in addresses(stage, local):
        answer = get(local.test_client(), address)
        if not address.startswith("/store/"):
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], address


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_forged_host_gets_no_page_and_is_repeated_nowhere(stage: Scene, public: Flask, method: str) -> None:
    """S23: sign-in, invitations and everything else; only health answers to any name."""
    healths = {"/healthz", "/readyz", "/metrics"}
    for address in addresses(stage, public, method):
        for forged in (EVIL, f"{EVIL}:443", f"{PUBLIC}@{EVIL}", f"{PUBLIC}.{EVIL}", f"{PUBLIC}, {EVIL}", "", "[::1"):
            told = {"Host": forged, "X-Forwarded-Host": EVIL, "Forwarded": f"host={EVIL}"}
            answer = public.test_client().open(address, method=method, headers=told)
            if address not in healths:
                assert answer.status_code == 400, (address, forged)
            assert EVIL not in answer.text, (address, forged)
            assert EVIL not in str(answer.headers), (address, forged)


def test_a_forwarded_host_beside_the_right_one_is_believed_nowhere(stage: Scene, public: Flask) -> None:
    """S23."""
    for address in addresses(stage, public):
        answer = get(public.test_client(), address, PUBLIC, **{"X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "http"})
        assert EVIL not in answer.text + str(answer.headers), address


def test_what_is_not_there_looks_the_same_whatever_it_is_called(stage: Scene, local: Flask) -> None:
    """S17: an id that nobody has, one of another kind of thing, and one that is no id."""
    client = local.test_client()
    rules = [rule for rule in local.url_map.iter_rules() if "GET" in (rule.methods or ()) and len(rule.arguments) == 1]
    asked = [rule for rule in rules if next(iter(rule.arguments)).endswith("_id") and "/store/" not in rule.rule]
    assert len(asked) >= 4
    for rule in asked:
        name = next(iter(rule.arguments))
        with stage.hub.database.reading() as session:
            others = [session.scalar(select(table.id)) for key, table in KNOWN.items() if key != name]
        ids = ["0" * 32, "f" * 32, "1", "x", "%00", *[one for one in others if one]]
        answers = [get(client, filled(rule, {name: one})) for one in ids]
        assert {answer.status_code for answer in answers} == {404}, rule.rule
        assert len({answer.data for answer in answers}) == 1, rule.rule


def test_a_form_is_small_plain_and_has_a_length(stage: Scene, local: Flask) -> None:
    """S7, S8: whatever is posted anywhere but to the webhooks' door."""
    for address in addresses(stage, local, "POST"):
        client = local.test_client()
        told = {"Host": "127.0.0.1"}
        assert client.post(address, data=b"x" * (64 * 1024 + 1), headers=told).status_code == 413, address
        packed = client.post(address, data=b"x", headers=told | {"Content-Encoding": "gzip"})
        assert packed.status_code == 415, address
        chunked = client.post(address, data=b"x", headers=told | {"Transfer-Encoding": "chunked"})
        assert chunked.status_code == 411, address


def test_no_form_is_taken_from_elsewhere(stage: Scene, local: Flask) -> None:
    """S21: each button, pressed by a page of somebody else's: refused, and nothing is changed."""
    before = contents(stage)
    for address in addresses(stage, local, "POST"):
        for told in ({}, {"Origin": f"https://{EVIL}"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = local.test_client().post(address, data={"token": "0" * 64}, headers={"Host": "127.0.0.1"} | told)
            assert answer.status_code in (400, 401, 403, 404, 405, 415), (address, told, answer.status_code)
    assert contents(stage) == before
