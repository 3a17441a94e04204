"""The page where a source sends an admin back to: connected, or what went wrong, and behind the gate like all pages."""

from types import SimpleNamespace

import pytest

from core.contract.connector import SourceAccount
from core.contract.errors import NeedsAttention
from core.services.install import BadReturn
from tests.support.dashboard import LookedAtHub, dashboard_app, signed_in
from web.dashboard.sources import FinishInstall

BACK = "/dashboard/connect/back"


def back(hub: LookedAtHub, finish: FinishInstall, query: str) -> tuple[int, str]:
    """The status and the text of the page."""
    answer = dashboard_app(hub, finish_install=finish).test_client().get(f"{BACK}?{query}")
    return answer.status_code, answer.get_data(as_text=True)


def agreed(state: str, code: str, query: str) -> tuple[SimpleNamespace, SourceAccount, list[str]]:
    """The hub is content with this state and code."""
    assert (state, code, query) == ("s.1", "c1", "state=s.1&code=c1")
    account = SourceAccount("4711", "Acme <b>", missing_rights=("crm.objects.deals.read",))
    return SimpleNamespace(label="our portal", id="1" * 32), account, ["Make the property group"]


def test_who_agreed_and_what_is_missing_is_shown(hub: LookedAtHub) -> None:
    status, page = back(hub, agreed, "state=s.1&code=c1")
    assert status == 200
    for told in ("Connected to", "Acme &lt;b&gt;", "4711", "our portal", "crm.objects.deals.read", "property group"):
        assert told in page


@pytest.mark.parametrize("problem", [BadReturn("begin again"), NeedsAttention("connected to another account")])
def test_what_stands_in_the_way_is_said(hub: LookedAtHub, problem: Exception) -> None:
    """HS-30."""

    def refuse(_state: str, _code: str, _query: str) -> tuple[SimpleNamespace, SourceAccount, list[str]]:
        raise problem

    status, page = back(hub, refuse, "state=s&code=c")
    assert status == 400
    assert str(problem) in page
    assert "Nothing was changed" in page


def test_an_admin_who_said_no_is_no_error_of_ours(hub: LookedAtHub) -> None:
    status, page = back(hub, agreed, "error=access_denied&error_description=The+admin+<i>declined</i>")
    assert status == 400
    assert "The source said no: The admin &lt;i&gt;declined&lt;/i&gt;" in page


def test_nobody_comes_back_past_the_gate(hub: LookedAtHub) -> None:
    for visitor in (None, signed_in("support")):
        app = dashboard_app(hub, is_local=False, visitor=visitor, finish_install=agreed)
        answer = app.test_client().get(f"{BACK}?state=s.1&code=c1")
        assert answer.status_code == 403
        assert "Connected" not in answer.text
