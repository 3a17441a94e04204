"""An admin agrees at HubSpot and comes back with a code, for this portal and no other."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from connectors.hubspot.checking import NEEDED
from connectors.hubspot.connector import HubSpot
from connectors.hubspot.tokens import Grant
from referhub import NeedsAttention
from sandbox.hubspot import PortalControl, SandboxPortal
from tests.connectors.hubspot.conftest import connect
from tests.connectors.hubspot.support import ScriptedHttp, connector, delivery, event

BACK = "http://127.0.0.1:9/dashboard/connections/1/callback"
HINT = delivery(event("contact.creation"))


@pytest.fixture
def two_portals() -> Iterator[SandboxPortal]:
    """An app that two portals may install."""
    with SandboxPortal(portals=(111, 222), redirect_uris=[BACK], with_kit=True) as running:
        yield running


@pytest.fixture
def office(two_portals: SandboxPortal) -> PortalControl:
    return PortalControl(two_portals.base_url, 111)


def _opened(portal: SandboxPortal, **settings: str) -> HubSpot:
    return connect(portal, access_token="", client_id=portal.client_id, **settings)


def _agreed(opened: HubSpot, state: str = "s-1") -> str:
    """The code with which the admin comes back."""
    back = requests.get(opened.authorize_url(state, BACK), allow_redirects=False, timeout=5)
    told = parse_qs(urlsplit(back.headers["Location"]).query)
    assert told["state"] == [state]
    return told["code"][0]


def test_the_admin_is_sent_to_hubspot_with_every_scope_that_is_needed() -> None:
    opened = connector(access_token="", client_id="client-1")
    sent = urlsplit(opened.authorize_url("a state&", BACK))
    assert f"{sent.scheme}://{sent.netloc}{sent.path}" == "https://app.hubspot.com/oauth/authorize"
    query = parse_qs(sent.query)
    assert query["client_id"] == ["client-1"]
    assert query["redirect_uri"] == [BACK]
    assert query["state"] == ["a state&"]
    assert query["scope"] == [" ".join(("oauth", *NEEDED))]


def test_a_code_becomes_a_grant_that_is_kept_and_used(two_portals: SandboxPortal, office: PortalControl) -> None:
    opened = _opened(two_portals)
    assert not opened.is_installed()
    account = opened.exchange(_agreed(opened), BACK)
    assert (account.source_id, account.missing_rights) == ("111", ())
    assert opened.is_installed()
    grant = Grant.read(opened.keep.get("tokens"))
    assert grant.portal == "111"
    assert set(NEEDED) <= set(grant.scopes)
    opened.read_many([HINT])
    office.tokens(expire=True)
    opened.read_many([HINT])


def test_a_code_is_good_once(two_portals: SandboxPortal) -> None:
    """HS-30."""
    opened = _opened(two_portals)
    code = _agreed(opened)
    opened.exchange(code, BACK)
    with pytest.raises(NeedsAttention, match="begin again"):
        opened.exchange(code, BACK)
    assert opened.is_installed()


def test_a_code_that_was_never_given_is_refused(two_portals: SandboxPortal) -> None:
    """HS-30."""
    opened = _opened(two_portals)
    with pytest.raises(NeedsAttention):
        opened.exchange("made-up", BACK)
    assert not opened.is_installed()


def test_another_portal_than_the_one_configured_is_refused(two_portals: SandboxPortal, office: PortalControl) -> None:
    """HS-30."""
    opened = _opened(two_portals, portal_id="111")
    office.admin(portal=222)
    with pytest.raises(NeedsAttention, match="222"):
        opened.exchange(_agreed(opened), BACK)
    assert not opened.is_installed()


def test_another_portal_than_before_is_refused_and_the_old_grant_stays(
    two_portals: SandboxPortal, office: PortalControl
) -> None:
    """HS-30."""
    opened = _opened(two_portals)
    opened.exchange(_agreed(opened), BACK)
    before = opened.keep.get("tokens")
    office.admin(portal=222)
    with pytest.raises(NeedsAttention, match="222"):
        opened.exchange(_agreed(opened), BACK)
    assert opened.keep.get("tokens") == before


def test_agreeing_again_after_a_revocation_goes_on(two_portals: SandboxPortal, office: PortalControl) -> None:
    """HS-29."""
    opened = _opened(two_portals)
    opened.exchange(_agreed(opened), BACK)
    office.tokens(revoke=True)
    with pytest.raises(NeedsAttention, match="agree"):
        opened.read_many([HINT])
    opened.exchange(_agreed(opened), BACK)
    opened.read_many([HINT])


def test_scopes_that_were_taken_away_are_named(two_portals: SandboxPortal, office: PortalControl) -> None:
    """HS-37."""
    office.set_scopes([scope for scope in office.settings()["scopes"] if "deals" not in scope])
    opened = _opened(two_portals)
    account = opened.exchange(_agreed(opened), BACK)
    assert account.missing_rights == ("crm.objects.deals.read",)


def test_revoking_uninstalls_the_app_and_forgets_the_grant(two_portals: SandboxPortal, office: PortalControl) -> None:
    """X-06."""
    opened = _opened(two_portals)
    opened.exchange(_agreed(opened), BACK)
    assert opened.revoke() == []
    asked = [f"{call['method']} {call['path']}" for call in office.calls()]
    assert "DELETE /appinstalls/2026-03/external-install" in asked
    assert "POST /oauth/2026-03/token/revoke" in asked
    assert not opened.is_installed()
    assert Grant.read(opened.keep.get("tokens")) == Grant()


def test_revoking_forgets_the_grant_even_out_of_reach(two_portals: SandboxPortal) -> None:
    """X-06."""
    opened = _opened(two_portals)
    opened.exchange(_agreed(opened), BACK)
    two_portals.stop()
    (found,) = opened.revoke()
    assert "Connected Apps, choose Uninstall" in found
    assert not opened.is_installed()


@pytest.mark.parametrize("act", [lambda c: c.authorize_url("s", BACK), lambda c: c.exchange("code", BACK)])
def test_with_a_static_token_there_is_nothing_to_agree_to(act: Any) -> None:
    opened = connector(ScriptedHttp())
    assert opened.is_installed()
    with pytest.raises(NeedsAttention, match="static"):
        act(opened)
    (found,) = opened.revoke()
    assert "rotate its token" in found
