"""The one button of the dashboard: only a page of ours can press it, and it says what it did."""

import re
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.contract.errors import WrongSetting
from tests.support.dashboard import LookedAtHub, dashboard_app, signed_in
from tests.support.story import DAY, NOW

SAME = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}


@dataclass
class Desk:
    """A browser, and what was tried again."""

    hub: LookedAtHub
    crm: str
    retried: list[str] = field(default_factory=list)
    problem: Exception | None = None
    role: str = ""

    def retry(self, connection_id: str) -> int:
        """Two records are tried again."""
        if self.problem:
            raise self.problem
        self.retried.append(connection_id)
        return 2

    @property
    def client(self) -> FlaskClient:
        """A browser on the hub's own machine."""
        hosts = ("localhost", "127.0.0.1")
        visitor = signed_in(self.role) if self.role else None
        return dashboard_app(self.hub, hosts=hosts, visitor=visitor, retry=self.retry).test_client()

    def token(self, host: str = "localhost") -> str:
        """The token of the form on the connection's page."""
        page = self.client.get(f"/dashboard/connections/{self.crm}", headers={"Host": host}).text
        found = re.search(r'name="token" value="([0-9a-f]{64})"', page)
        assert found is not None
        return found[1]

    def press(self, token: str | None, headers: dict[str, str] = SAME) -> TestResponse:
        """The form is sent."""
        form = {} if token is None else {"token": token}
        return self.client.post(f"/dashboard/connections/{self.crm}/retry", data=form, headers=headers)


@pytest.fixture
def desk(hub: LookedAtHub, ids: dict[str, str]) -> Desk:
    return Desk(hub, ids["crm"])


def test_the_button_tries_the_records_again_and_comes_back_to_the_page(desk: Desk) -> None:
    """X-11: parked rows with "retry"."""
    answer = desk.press(desk.token())
    assert answer.status_code == 303
    assert desk.retried == [desk.crm]
    page = desk.client.get(answer.headers["Location"]).text
    assert "2 parked records are tried again by the next worker that passes." in page


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        SAME | {"Origin": "null"},
        SAME | {"Origin": ""},
        SAME | {"Origin": "https://evil.example"},
        SAME | {"Origin": "http://localhost:9999"},
        SAME | {"Origin": "http://localhost.evil.example"},
        SAME | {"Origin": "http://evil.example@localhost.evil"},
        SAME | {"Origin": "localhost"},
        SAME | {"Sec-Fetch-Site": "cross-site"},
        SAME | {"Sec-Fetch-Site": "same-site"},
        SAME | {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_form_from_elsewhere_does_nothing_even_with_a_token(desk: Desk, headers: dict[str, str]) -> None:
    answer = desk.press(desk.token(), headers)
    assert answer.status_code == 403
    assert "not sent by a page of this dashboard" in answer.text
    assert desk.retried == []


def test_a_form_without_its_token_or_with_another_does_nothing(desk: Desk) -> None:
    token = desk.token()
    for wrong in (None, "", "ü", "f" * 64, token[:-1], token + "0", token.upper(), desk.token("127.0.0.1")):
        assert desk.press(wrong).status_code == 403, wrong
    assert desk.retried == []


def test_a_token_of_yesterday_counts_and_an_older_one_does_not(desk: Desk) -> None:
    token = desk.token()
    desk.hub.clock = lambda: NOW + DAY
    assert desk.press(token).status_code == 303
    desk.hub.clock = lambda: NOW + 2 * DAY
    assert desk.press(token).status_code == 403
    desk.hub.clock = lambda: NOW - timedelta(days=1)
    assert desk.press(token).status_code == 403  # a token is never good before its day


def test_a_form_beyond_measure_is_refused_unread(desk: Desk) -> None:
    assert desk.press(desk.token() + "0" * 100_000).status_code == 403


def test_a_token_is_worth_nothing_in_another_visit(desk: Desk) -> None:
    """S21: bound to the session; whoever signs in has new forms."""
    token = desk.token()
    desk.role = "owner"
    assert desk.press(token).status_code == 403
    assert desk.press(desk.token()).status_code == 303
    assert desk.retried == [desk.crm]


def test_the_button_stands_behind_the_gate(desk: Desk) -> None:
    token = desk.token()
    assert desk.press(token, SAME | {"X-Forwarded-For": "203.0.113.7"}).status_code == 403
    desk.role = "viewer"
    assert desk.press(desk.token()).status_code == 403
    desk.role = ""
    assert desk.press(token, SAME | {"Host": "evil.example", "Origin": "http://evil.example"}).status_code == 400
    assert desk.retried == []


def test_looking_at_the_address_of_the_button_does_nothing(desk: Desk) -> None:
    address = f"/dashboard/connections/{desk.crm}/retry?token={desk.token()}"
    assert desk.client.get(address, headers=SAME).status_code == 404
    assert desk.retried == []


@pytest.mark.parametrize(
    ("problem", "status"), [(LookupError("no connection"), 404), (WrongSetting("it takes <b>no</b> fields"), 400)]
)
def test_what_cannot_be_tried_again_is_said(desk: Desk, problem: Exception, status: int) -> None:
    token = desk.token()
    desk.problem = problem
    answer = desk.press(token)
    assert answer.status_code == status
    assert "<b>no</b>" not in answer.text
    assert ("it takes &lt;b&gt;no&lt;/b&gt; fields" in answer.text) is (status == 400)


@pytest.mark.parametrize("said", ["x", "-1", "1e3", "²", "<b>", "9" * 30])
def test_only_a_number_of_records_is_believed(desk: Desk, said: str) -> None:
    page = desk.client.get(f"/dashboard/connections/{desk.crm}", query_string={"retried": said})
    assert page.status_code == 200
    assert "tried again by the next worker" not in page.text
