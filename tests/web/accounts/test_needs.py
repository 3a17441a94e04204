"""Every page and button of the served hub asks for its role: a table of all of them, against what they answer."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from core.services.roles import ROLES
from tests.support.operators import Browser, LiveHub
from tests.support.places import ROOT
from web.accounts import blueprint as accounts
from web.accounts.needs import Need, needs_of
from web.dashboard.blueprint import ROWS

# Doors of machines, and of shops, which have proofs of their own.
OURS = ("/dashboard", "/welcome")
ELSEWHERE = ("/healthz", "/readyz", "/metrics", "/store", "/hooks", "/static", "/api")
NOBODYS = {"security.two_factor_rescue", "security.static"}  # the library brings them along, we do not offer them
ID = "0" * 32
REFUSED = "Your role does not reach that far"


def _needs() -> dict[str, Need]:
    ours = needs_of("dashboard", ROWS)
    return {"dashboard.static": Need(is_open=True), **ours, **accounts.needs()}


def _pages(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Every rule of the people's pages, with a path and a method to ask it."""
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(OURS):
            continue
        path = re.sub(r"<(?:path:)?(\w+)>", lambda found: "join" if found[1] == "kind" else ID, rule.rule)
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            yield rule, path, method


def test_every_page_of_the_hub_is_in_the_table(live: LiveHub) -> None:
    """S28: a new page without a row is for nobody, and fails here."""
    endpoints = {rule.endpoint for rule, _path, _method in _pages(live.app)}
    assert endpoints - set(_needs()) == NOBODYS
    assert set(_needs()) - endpoints == set()
    strangers = {rule.rule for rule in live.app.url_map.iter_rules() if not rule.rule.startswith((*OURS, *ELSEWHERE))}
    assert strangers <= {"/"}  # leads to the dashboard


@pytest.mark.parametrize("role", ["", *ROLES])
def test_every_page_lets_in_whom_the_table_names_and_nobody_else(live: LiveHub, role: str) -> None:
    """Each role at each page; strangers too. A button is pressed without its token: so far the gate comes first."""
    if role:
        live.member(role)
    browser = live.browser()
    if role:
        browser.sign_in("mia@tea.example")
    needs = _needs()
    for rule, path, method in _pages(live.app):
        need = needs.get(rule.endpoint)
        if rule.endpoint == "security.logout":
            continue  # it would end the visit
        answer = browser.get(path) if method == "GET" else browser.post(path, {})
        is_turned_away = answer.status_code == 401 or "/sign-in?next=" in answer.headers.get("Location", "")
        if need is not None and need.is_open:
            assert not is_turned_away, (path, method)
            assert REFUSED not in answer.text, (path, method)
        elif not role:
            assert is_turned_away, (path, method)
        else:
            is_allowed = need is not None and ROLES.index(role) >= ROLES.index(need.least_role)
            assert (REFUSED in answer.text) is not is_allowed, (path, method, role)


def test_no_button_works_without_the_token_of_its_visit(live: LiveHub) -> None:
    """S21: each POST there is."""
    browser, other = live.browser(), live.browser()
    for one in (browser, other):
        one.sign_in()
    foreign = other.token("/dashboard/account/")
    for _rule, path, method in _pages(live.app):
        if method == "POST":
            for fields in ({}, {"token": foreign}):
                answer = browser.post(path, fields)
                assert answer.status_code == 403, path
                assert "not sent by a page" in answer.text or REFUSED in answer.text, path
    assert browser.is_in()


def test_no_button_works_from_another_house(browser: Browser) -> None:
    """S21."""
    browser.sign_in()
    token = browser.token("/dashboard/account/")
    path, fields = "/dashboard/account/name", {"token": token, "name": "Mallory"}
    assert browser.post(path, fields, origin="https://evil.example").status_code == 403
    assert browser.post(path, fields).status_code == 303


def test_the_page_about_roles_says_what_the_table_says() -> None:
    told = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| (\w+) \|( yes)? \|$", told.replace("|  |", "| |"), re.MULTILINE)
    shown = {path: (role, bool(fresh)) for path, role, fresh in rows}
    assert shown == dict(_dangerous())


def _dangerous() -> Iterator[tuple[str, tuple[str, bool]]]:
    """What takes more than a viewer's role, by its path."""
    for path, _name, *asked in ROWS:
        need = Need(*asked)
        if need.least_role != "viewer":
            yield f"/dashboard{path}", (need.least_role, need.needs_fresh)
    for path, _name, need in (*accounts.ROUTES, *accounts.ACTIONS):
        if need.least_role != "viewer":
            yield path, (need.least_role, need.needs_fresh)
