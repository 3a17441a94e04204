"""Who may look: the right host name, and a password unless nobody else can reach the hub."""

import base64

import pytest
from flask.testing import FlaskClient

from tests.support.dashboard import LookedAtHub, dashboard_app

WRONG_HOSTS = (
    *("evil.example", "localhost.evil.example", "hub.example.evil.example", "localhost@evil.example"),
    *("", "@", "localhost:", "[::1", "local host"),
)
PASSWORD = "tea & sugar ü"


def _basic(password: str, user: str = "anybody") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def _client(hub: LookedAtHub, *, is_local: bool, password: str = "") -> FlaskClient:
    hosts = ("localhost", "127.0.0.1", "[::1]", "hub.example")
    return dashboard_app(hub, hosts=hosts, is_local=is_local, password=password).test_client()


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:5000", "[::1]:8000", "LOCALHOST."])
def test_the_own_machine_gets_in_without_a_password(hub: LookedAtHub, host: str) -> None:
    answer = _client(hub, is_local=True).get("/dashboard/", headers={"Host": host})
    assert answer.status_code == 200
    assert "Overview" in answer.text


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "hub.example.evil.example",
        "",
        "@",
        "localhost@evil.example",
        "localhost:",
        "[::1",
    ],
)
def test_a_host_that_is_not_ours_is_turned_away(hub: LookedAtHub, host: str) -> None:
    for path in ("/dashboard/", "/dashboard", "/dashboard//", "/dashboard/x", "/dashboard/static/theme.js"):
        answer = _client(hub, is_local=True, password=PASSWORD).get(path, headers={"Host": host, **_basic(PASSWORD)})
        assert answer.status_code == 400
        assert "trusted_hosts" in answer.text
        assert "Location" not in answer.headers
        assert host not in answer.text or not host


def test_a_request_without_a_host_is_turned_away_even_if_a_setting_is_empty(hub: LookedAtHub) -> None:
    client = dashboard_app(hub, hosts=("", "localhost")).test_client()
    assert client.get("/dashboard/", headers={"Host": ""}).status_code == 400


def test_a_hub_that_others_can_reach_shows_nothing_before_it_has_a_password(hub: LookedAtHub) -> None:
    answer = _client(hub, is_local=False).get("/dashboard/", headers={"Host": "localhost"})
    assert answer.status_code == 403
    assert "dashboard_password" in answer.text
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
    assert _client(hub, is_local=True).get("/dashboard/", headers=headers).status_code == 403


@pytest.mark.parametrize("is_local", [True, False])
def test_a_password_that_is_set_is_asked_for(hub: LookedAtHub, is_local: bool) -> None:
    client = _client(hub, is_local=is_local, password=PASSWORD)
    refused = client.get("/dashboard/")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Basic ")
    assert client.get("/dashboard/", headers=_basic(PASSWORD)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        _basic(PASSWORD + "x"),
        _basic(PASSWORD[:-1]),
        _basic(""),
        _basic("", user=PASSWORD),
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
        {"Authorization": 'Digest username="a", password="tea"'},
        {"Authorization": f"Bearer {PASSWORD}".encode().decode("latin-1")},
        {"Authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()},
    ],
)
def test_anything_but_the_password_is_refused(hub: LookedAtHub, headers: dict[str, str]) -> None:
    for password in (PASSWORD, "tea"):
        answer = _client(hub, is_local=False, password=password).get("/dashboard/rewards", headers=headers)
        assert answer.status_code == 401
        assert PASSWORD not in answer.text


def test_every_page_stands_behind_the_gate(hub: LookedAtHub, ids: dict[str, str]) -> None:
    app = dashboard_app(hub, password=PASSWORD)
    client = app.test_client()
    pages = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "dashboard.static"]
    assert len(pages) == 17
    for rule in pages:
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}>", ids["order"])
        method = "POST" if "POST" in (rule.methods or ()) else "GET"
        assert client.open(path, method=method).status_code == 401, path
