"""Every page and every form of the doors, tried by one merchant's visitor with what belongs to another."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app import create_app
from config.settings import load_settings
from tests.support.databases import copy_sqlite
from tests.support.two_merchants import NOBODYS, SUFFIX, TRACE_OF_THEIRS, TwoMerchants, merchant_alone, two_merchants
from web.accounts.visiting import CHOSEN

HOST = "http://localhost"
# Served to anybody, and about nobody: files, signs of life, what leads in. Nothing of it opens a merchant's hub.
ABOUT_NOBODY = re.compile(r"static$|^(health|metrics|security)\.|^accounts\.(static|forgot|sso|sso_back|link)$")
# The store proves its shop with a signature instead of an id of ours: tests/web/store tries those.
BY_SIGNATURE = re.compile(r"^store\.")
# What an operator does to their own account, or chooses among their own merchants.
OWN_ACCOUNT = re.compile(r"^accounts\.(rename|change_email|leave_everywhere|send_reset|switch|use_link|invite)$")
OTHER_WORDS = {"rest": "nowhere"}


@dataclass(frozen=True)
class Door:
    """A visitor of the first merchant, in front of all doors."""

    app: Flask
    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, base_url=HOST)

    def post(self, path: str, token: str) -> TestResponse:
        return self.client.post(path, data={"token": token}, base_url=HOST, headers={"Origin": HOST})

    def token(self, connection_id: str) -> str:
        """What a form on our own pages would bring."""
        page = self.get(f"/dashboard/connections/{connection_id}").get_data(as_text=True)
        found = re.search(r'name="token" value="([0-9a-f]+)"', page)
        assert found is not None
        return found.group(1)


def _door(folder: Any, hub: Any, merchant_id: str) -> Door:
    settings = load_settings(
        database_url=hub.database.url, secret_key_file=folder / "secret.key", environment="sandbox", worker=False
    )
    app = create_app(settings, hub)
    client = app.test_client()
    with client.session_transaction(base_url=HOST) as visit:
        visit[CHOSEN] = merchant_id
    return Door(app, client)


@pytest.fixture(scope="module")
def two(migrated_sqlite: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoMerchants]:
    with two_merchants(copy_sqlite(migrated_sqlite, tmp_path_factory.mktemp("two"))) as found:
        yield found


@pytest.fixture(scope="module")
def door(two: TwoMerchants, tmp_path_factory: pytest.TempPathFactory) -> Door:
    return _door(tmp_path_factory.mktemp("keys"), two.house, two.my_ids["merchant"])


@pytest.fixture(scope="module")
def alone(migrated_sqlite: Any, tmp_path_factory: pytest.TempPathFactory, two: TwoMerchants) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("alone")
    with merchant_alone(copy_sqlite(migrated_sqlite, folder)) as house:
        yield _door(folder, house, two.my_ids["merchant"])


def _rules(door: Door, method: str) -> list[Rule]:
    """The rules that a merchant's own rows stand behind, by elimination: a new one is tried, too."""
    left_out = (ABOUT_NOBODY, BY_SIGNATURE, OWN_ACCOUNT)
    rules = [rule for rule in door.app.url_map.iter_rules() if method in (rule.methods or ())]
    return [rule for rule in rules if not any(one.search(rule.endpoint) for one in left_out)]


def _path(rule: Rule, row_id: str) -> str:
    """The rule's path with that id in it; a parameter of another kind has to be known here."""
    values = {name: row_id if name.endswith("_id") else OTHER_WORDS[name] for name in rule.arguments}
    return re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", lambda found: values[found.group(1)], rule.rule)


def _takes_an_id(rule: Rule) -> bool:
    return any(name.endswith("_id") for name in rule.arguments)


def _seen(answer: TestResponse, row_id: str) -> tuple[int, str]:
    words = answer.get_data(as_text=True) + answer.headers.get("Location", "")
    # Whoever owns the house may choose among the merchants, and their ids stand in that list.
    return answer.status_code, re.sub(rf'(?<!option value="){row_id}', "ID", words)


def _without_the_choice(page: str, two: TwoMerchants) -> str:
    """The page without the list of merchants, from which whoever owns the house chooses."""
    return page.replace(two.their_ids["merchant"], "").replace(f"Tea House{SUFFIX}", "")


def test_no_page_shows_a_trace_of_the_other_merchant(door: Door, two: TwoMerchants) -> None:
    """S29: lists, counts and charts of one of two."""
    rules = [rule for rule in _rules(door, "GET") if not rule.arguments]
    assert len(rules) > 8
    for rule in rules:
        page = _without_the_choice(door.get(rule.rule).get_data(as_text=True), two)
        assert not TRACE_OF_THEIRS.search(page), rule.rule


def test_a_page_is_the_same_as_in_a_hub_of_ones_own(door: Door, alone: Door, two: TwoMerchants) -> None:
    for rule in _rules(door, "GET"):
        if rule.endpoint.startswith("dashboard.") and not rule.arguments:
            ours, theirs = (_main(one.get(rule.rule)) for one in (alone, door))
            assert ours == theirs, rule.rule
    order = f"/dashboard/orders/{two.my_ids['order']}"
    assert _main(alone.get(order)) == _main(door.get(order))
    assert "#1001" in _main(door.get(order))


def _main(answer: TestResponse) -> str:
    """What the page says; above it stands who looks, and for which merchant."""
    return answer.get_data(as_text=True).partition("<main")[2]


def test_every_id_of_another_is_an_id_of_nobody(door: Door, two: TwoMerchants) -> None:
    """S29: each page that takes an id, with every id of the other merchant: the very bytes of an id never given."""
    rules = [rule for rule in _rules(door, "GET") if _takes_an_id(rule)]
    assert len(rules) >= 4
    for rule in rules:
        nobodys = _seen(door.get(_path(rule, NOBODYS)), NOBODYS)
        assert nobodys[0] == 404, rule.rule
        for row_id in two.all_of_theirs:
            assert _seen(door.get(_path(rule, row_id)), row_id) == nobodys, (rule.rule, row_id)


def test_no_form_reaches_another_merchant(door: Door, two: TwoMerchants) -> None:
    """S29: a form with another's id is answered like one with nobody's, and changes nothing."""
    token = door.token(two.my_ids["crm"])
    rules = [rule for rule in _rules(door, "POST") if _takes_an_id(rule)]
    assert len(rules) >= 1
    before = _everything(two)
    for rule in rules:
        nobodys = _seen(door.post(_path(rule, NOBODYS), token), NOBODYS)
        assert nobodys[0] >= 400 or nobodys[0] == 303, rule.rule
        for row_id in two.their_ids.values():
            assert _seen(door.post(_path(rule, row_id), token), row_id) == nobodys, (rule.rule, row_id)
    assert _everything(two) == before


def _everything(two: TwoMerchants) -> list[str]:
    """All rows of the other merchant, as they stand."""
    from core.models import Base, OfMerchant

    own = two.house.within(two.their_ids["merchant"])
    found = []
    with own.database.reading() as session:
        for model in sorted((one for one in OfMerchant.__subclasses__()), key=lambda one: one.__name__):
            columns = Base.metadata.tables[str(vars(model)["__tablename__"])].columns.keys()
            found += [f"{model.__name__} {[getattr(row, name) for name in columns]}" for row in session.query(model)]
    return sorted(found)


def test_forms_are_answered_where_they_belong(door: Door, two: TwoMerchants) -> None:
    """The forms above are refused for whose they are, and not because nothing can be sent at all."""
    answer = door.post(f"/dashboard/connections/{two.my_ids['crm']}/retry", door.token(two.my_ids["crm"]))
    assert answer.status_code != 404
