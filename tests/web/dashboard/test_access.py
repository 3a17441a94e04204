"""Who may look: the right host name, then somebody signed in, or this machine's own browser in a sandbox."""

import re

import pytest
from flask.testing import FlaskClient

from core.services.roles import ROLES
from tests.support.dashboard import LookedAtHub, dashboard_app, signed_in
from web.dashboard import connecting, pages

PLACES = (*pages.ROUTES, *pages.ACTIONS, *connecting.ROUTES, *connecting.ACTIONS)
WRONG_HOSTS = (
    *("evil.example", "localhost.evil.example", "hub.example.evil.example", "localhost@evil.example"),
    *("", "@", "localhost:", "[::1", "local host"),
)
HOSTS = ("localhost", "127.0.0.1", "[::1]", "hub.example")
SENT_BY_US = {"Origin": "http://localhost"}


def _client(hub: LookedAtHub, *, is_local: bool, role: str = "", has_operators: bool = True) -> FlaskClient:
    visitor = signed_in(role) if role else None
    app = dashboard_app(hub, hosts=HOSTS, is_local=is_local, visitor=visitor, has_operators=has_operators)
    return app.test_client()


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:5000", "[::1]:8000", "LOCALHOST."])
def test_the_own_machine_gets_into_a_sandbox_without_signing_in(hub: LookedAtHub, host: str) -> None:
    answer = _client(hub, is_local=True).get("/dashboard/", headers={"Host": host})
    assert answer.status_code == 200
    assert "Overview" in answer.text


@pytest.mark.parametrize("host", WRONG_HOSTS)
def test_a_host_that_is_not_ours_is_turned_away(hub: LookedAtHub, host: str) -> None:
    """S23."""
    for path in ("/dashboard/", "/dashboard", "/dashboard//", "/dashboard/x", "/dashboard/static/theme.js"):
        answer = _client(hub, is_local=True, role="owner").get(path, headers={"Host": host})
        assert answer.status_code == 400
        assert "trusted_hosts" in answer.text
        assert "Location" not in answer.headers
        assert host not in answer.text or not host


def test_a_request_without_a_host_is_turned_away_even_if_a_setting_is_empty(hub: LookedAtHub) -> None:
    client = dashboard_app(hub, hosts=("", "localhost")).test_client()
    assert client.get("/dashboard/", headers={"Host": ""}).status_code == 400


def test_a_hub_without_an_owner_says_how_to_get_one_and_nothing_else(hub: LookedAtHub) -> None:
    for path in ("/dashboard/", "/dashboard/rewards", "/dashboard/nowhere"):
        answer = _client(hub, is_local=False, has_operators=False).get(path, headers={"Host": "localhost"})
        assert answer.status_code == 403
        assert "referhub operators welcome" in answer.text
        assert "Waiting" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "hub.example"},
        {"Host": "localhost", "X-Forwarded-For": "203.0.113.7"},
        {"Host": "localhost", "Forwarded": "for=203.0.113.7"},
        {"Host": "localhost", "X-Forwarded-Proto": "https"},
        {"Host": "localhost", "x-forwarded-host": "hub.example"},
        {"Host": "localhost", "X-Real-IP": "203.0.113.7"},
        {"Host": "localhost", "Via": "1.1 proxy"},
        {"Host": "localhost", "CF-Connecting-IP": "203.0.113.7"},
    ],
)
def test_a_proxy_on_the_same_machine_does_not_make_strangers_local(hub: LookedAtHub, headers: dict[str, str]) -> None:
    answer = _client(hub, is_local=True).get("/dashboard/orders?q=%23+1", headers=headers)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/dashboard/account/sign-in?next=%2Fdashboard%2Forders%3Fq%3D%2523%2B1"


def test_every_page_and_button_stands_behind_the_gate(hub: LookedAtHub, ids: dict[str, str]) -> None:
    for path, method in _every_page(ids):
        answer = _client(hub, is_local=False).open(path, method=method, headers=SENT_BY_US)
        assert answer.status_code == (401 if method == "POST" else 303), path
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("role", ROLES)
def test_every_page_and_button_asks_for_its_role(hub: LookedAtHub, ids: dict[str, str], role: str) -> None:
    """S28: what a table of pages does not name is for nobody; what it names is for a role."""
    needs = {f"/dashboard{path}": (*asked, "viewer")[0] for path, _name, *asked in PLACES}
    for rule, path, method in _every_rule(ids):
        answer = _client(hub, is_local=False, role=role).open(path, method=method, headers=SENT_BY_US)
        is_refused = "Your role does not reach that far" in answer.text
        assert is_refused is (ROLES.index(role) < ROLES.index(needs[rule])), (path, role)
        assert answer.status_code == 403 or not is_refused


def test_a_role_that_nobody_knows_may_nothing(hub: LookedAtHub) -> None:
    assert _client(hub, is_local=False, role="superuser").get("/dashboard/").status_code == 403


def test_a_page_that_no_table_names_is_for_nobody(hub: LookedAtHub) -> None:
    app = dashboard_app(hub, visitor=signed_in("owner"))
    app.add_url_rule("/dashboard/forgotten", "forgotten", lambda: "forgotten")
    assert app.test_client().get("/dashboard/forgotten").status_code == 403


def test_pages_are_those_of_the_visitors_merchant_and_acts_are_in_their_name(hub: LookedAtHub) -> None:
    dashboard_app(hub, visitor=signed_in("viewer", "m1")).test_client().get("/dashboard/")
    assert hub.asked_within == ("m1", "Nora")


def test_a_viewer_sees_states_and_no_people(hub: LookedAtHub, ids: dict[str, str]) -> None:
    for path in ("advocates", "rewards", f"orders/{ids['order']}", "people", "conversions", "pushes?state=all"):
        seen = {role: _client(hub, is_local=False, role=role).get(f"/dashboard/{path}") for role in ROLES}
        assert {answer.status_code for answer in seen.values()} == {200}
        assert "Mira Okafor" in seen["support"].text, path
        assert "Mira Okafor" not in seen["viewer"].text, path
        assert "@" not in re.sub(r"[\w.]*@(font|media)", "", seen["viewer"].text), path


def _every_page(ids: dict[str, str]) -> list[tuple[str, str]]:
    return [(path, method) for _rule, path, method in _every_rule(ids)]


def _every_rule(ids: dict[str, str]) -> list[tuple[str, str, str]]:
    rules = list(dashboard_app(LookedAtHub(None)).url_map.iter_rules())  # type: ignore[arg-type]
    found = []
    for rule in rules:
        if rule.endpoint != "dashboard.static":
            path = re.sub("<(?:path:)?\\w+>", ids["order"], rule.rule)
            found.append((rule.rule, path, "POST" if "POST" in (rule.methods or ()) else "GET"))
    assert len(found) >= len(PLACES)
    return found
