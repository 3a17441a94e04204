"""The HubSpot kit asks for the rights the connector needs, and for news of nothing that the hub writes itself."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from connectors.hubspot import checking, reading
from connectors.hubspot.config import HubSpotConfig
from connectors.hubspot.connector import HubSpot
from connectors.hubspot.mapping import contact_properties, deal_properties
from core.services import install
from tests.support.places import ROOT

KIT = ROOT / "connectors" / "hubspot" / "kit"
STATIC, OAUTH = KIT / "src/app/app-hsmeta.json", KIT / "oauth/app-hsmeta.json"
SCOPES = set(checking.NEEDED)
# What the hub writes onto contacts. It shares referred_by_code with the people there.
WRITTEN = set(HubSpot.default_fields.values()) - {"referred_by_code"}
PLAIN = {"client_secret": "s", "access_token": "t"}
STAGES = ("dealstage", "pipeline")  # hs_is_closed_won follows from them; HubSpot tells of no computed property
READABLE_BY = {"contact": "crm.objects.contacts.read", "deal": "crm.objects.deals.read"}
# https://developers.hubspot.com/docs/apps/developer-platform/add-features/configure-webhooks
HAPPENINGS = {"creation", "deletion", "merge", "restore", "associationChange", "propertyChange"}


def test_the_project_is_of_a_version_that_hubspot_supports() -> None:
    told = _told(KIT / "hsproject.json")
    assert told == {"name": "referral-hub", "srcDir": "src", "platformVersion": "2026.03"}


@pytest.mark.parametrize("path", [STATIC, OAUTH], ids=["static", "oauth"])
def test_the_app_says_everything_that_hubspot_asks_of_an_app(path: Path) -> None:
    told = _told(path)
    assert (told["type"], path.parent.name in {"app", "oauth"}) == ("app", True)
    assert {"name", "description", "distribution", "permittedUrls"} <= set(told["config"])
    assert told["config"]["permittedUrls"] == {"fetch": [], "iframe": [], "img": []}


def test_the_app_with_a_static_token_names_nothing_that_only_oauth_knows() -> None:
    """HubSpot refuses a static app with redirect addresses or optional scopes."""
    config = _told(STATIC)["config"]
    assert config["distribution"] == "private"
    assert config["auth"]["type"] == "static"
    assert set(config["auth"]) == {"type", "requiredScopes"}


def test_both_apps_differ_in_their_access_only() -> None:
    static, oauth = _told(STATIC), _told(OAUTH)
    for told in (static, oauth):
        told["config"].pop("auth")
    assert static == oauth


def test_the_scopes_are_those_the_connector_needs_and_no_more() -> None:
    static, oauth = (_told(path)["config"]["auth"] for path in (STATIC, OAUTH))
    assert set(static["requiredScopes"]) == SCOPES
    assert set(oauth["requiredScopes"]) == SCOPES | {"oauth"}
    assert oauth["optionalScopes"] == oauth["conditionallyRequiredScopes"] == []


def test_a_subscription_needs_no_scope_that_the_app_lacks() -> None:
    asked = {READABLE_BY[each["subscriptionType"].split(".")[0]] for each in _subscriptions()}
    assert asked <= set(_told(STATIC)["config"]["auth"]["requiredScopes"])


def test_no_subscription_is_on_a_property_that_the_hub_writes() -> None:
    """The first layer against echoes: HubSpot does not tell the hub what the hub did (HS-17)."""
    heard = {each["propertyName"] for each in _subscriptions() if "propertyName" in each}
    assert heard & WRITTEN == set()
    assert "referred_by_code" in heard
    assert not [name for name in heard if name.startswith("referral_")]


def test_every_subscription_is_something_the_connector_understands() -> None:
    config = HubSpotConfig(**PLAIN)
    read = {"contact": contact_properties(config), "deal": [*deal_properties(config), *STAGES]}
    for each in _subscriptions():
        record, _, happening = each["subscriptionType"].partition(".")
        assert happening in reading.ACTIONS
        assert each.get("propertyName", read[record][0]) in read[record]


def test_what_decides_about_a_reward_is_subscribed_to() -> None:
    heard = {(each["subscriptionType"], each.get("propertyName")) for each in _subscriptions()}
    assert heard >= {
        ("deal.propertyChange", name) for name in ("dealstage", "amount", "deal_currency_code", "pipeline")
    }
    assert heard >= {("contact.propertyChange", name) for name in ("email", "referred_by_code", "lifecyclestage")}
    assert heard >= {("contact.merge", None), ("contact.deletion", None), ("deal.associationChange", None)}


def test_a_deletion_for_privacy_is_heard_where_hubspot_expects_the_subscription() -> None:
    told = _told(KIT / "src/app/webhooks/webhooks-hsmeta.json")["config"]["subscriptions"]
    assert [each["subscriptionType"] for each in told["hubEvents"]] == ["contact.privacyDeletion"]
    assert not [each for each in told["legacyCrmObjects"] if "privacyDeletion" in each["subscriptionType"]]


def test_every_subscription_is_of_a_known_kind_active_and_there_once() -> None:
    told = _subscriptions()
    assert all(each["active"] is True for each in told)
    assert len({json.dumps(each) for each in told}) == len(told)
    for each in told:
        record, _, happening = each["subscriptionType"].partition(".")
        assert record in READABLE_BY
        assert happening in HAPPENINGS | {"privacyDeletion"}
        assert ("propertyName" in each) == (happening == "propertyChange")


def test_hubspot_may_send_several_requests_at_once() -> None:
    told = _told(KIT / "src/app/webhooks/webhooks-hsmeta.json")
    assert told["type"] == "webhooks"
    assert 5 < told["config"]["settings"]["maxConcurrentRequests"] <= 10


def test_the_address_to_fill_in_is_one_that_needs_no_decoding() -> None:
    """A query or an escaped letter in it would have to be decoded before the signature is checked."""
    address = _told(KIT / "src/app/webhooks/webhooks-hsmeta.json")["config"]["settings"]["targetUrl"]
    assert address == "https://HUB/hooks/CONNECTION"


@pytest.mark.parametrize(
    ("file", "gap", "variable"),
    [
        ("src/app/webhooks/webhooks-hsmeta.json", "https://HUB/hooks/CONNECTION", "REFERRAL_HUB_URL"),
        ("src/app/app-hsmeta.json", "https://HUB", "REFERRAL_HUB"),
    ],
)
def test_the_readme_says_how_to_fill_each_gap(file: str, gap: str, variable: str) -> None:
    page = (KIT / "README.md").read_text(encoding="utf-8")
    assert f"perl -pi -e 's|{gap}|$ENV{{{variable}}}|' {file}" in page
    assert f"export {variable}=https://" in page


def test_an_admin_who_agreed_comes_back_to_where_the_hub_waits() -> None:
    assert _told(OAUTH)["config"]["auth"]["redirectUrls"] == [f"https://HUB{install.BACK}"]


def test_the_readme_explains_every_scope_and_names_every_file() -> None:
    page = (KIT / "README.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([\w.]+)` \|", page, re.MULTILINE))
    files = {str(path.relative_to(KIT)) for path in KIT.rglob("*.json")}
    assert explained >= SCOPES
    assert [name for name in files if f"`{name}`" not in page] == []


def _subscriptions() -> list[dict[str, Any]]:
    told = _told(KIT / "src/app/webhooks/webhooks-hsmeta.json")["config"]["subscriptions"]
    return [each for kind in told.values() for each in kind]


def _told(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(path.read_bytes())
    return told
