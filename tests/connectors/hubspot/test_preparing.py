"""A portal is made ready once, what differs there is left alone, and what cannot be written is told beforehand."""

from collections.abc import Iterator

import pytest

from connectors.hubspot.connector import HubSpot
from connectors.hubspot.definitions import DEFINITIONS, GROUP
from referhub import NeedsAttention, Record
from sandbox.hubspot import PortalControl, SandboxPortal
from tests.connectors.hubspot.conftest import connect
from tests.connectors.hubspot.support import PORTAL, ScriptedHttp, answer, connector, payload

ADDRESS = "https://hub.example/hooks/1"
NAMES = [one.name for one in DEFINITIONS]


@pytest.fixture
def bare() -> Iterator[SandboxPortal]:
    """A portal as HubSpot hands it out."""
    with SandboxPortal(per_ten_seconds=5_000) as running:
        yield running


@pytest.fixture
def their_desk(bare: SandboxPortal) -> PortalControl:
    return PortalControl(bare.base_url)


def test_the_group_and_all_properties_are_made_in_three_calls_and_then_in_one(
    bare: SandboxPortal, their_desk: PortalControl
) -> None:
    opened = connect(bare)
    assert opened.prepare(ADDRESS) == []
    made = [call for call in their_desk.calls() if call["method"] == "POST"]
    assert [call["path"] for call in made] == [
        "/crm/properties/2026-03/contacts/groups",
        "/crm/properties/2026-03/contacts/batch/create",
    ]
    assert [one["name"] for one in made[1]["body"]["inputs"]] == NAMES
    assert {one["groupName"] for one in made[1]["body"]["inputs"]} == {GROUP}
    their_desk.forget_calls()
    assert opened.prepare(ADDRESS) == []
    assert [call["method"] for call in their_desk.calls()] == ["GET"]


def test_every_default_field_can_be_written_once_the_portal_is_ready(
    bare: SandboxPortal, their_desk: PortalControl
) -> None:
    opened = connect(bare)
    missing = opened.check_fields(opened.default_fields)
    assert set(missing) == set(NAMES)
    assert all("does not exist" in problem for problem in missing.values())
    opened.prepare(ADDRESS)
    assert opened.check_fields(opened.default_fields) == {}
    person = their_desk.create_contact(email="a@example.com")
    assert opened.write([Record(str(person["id"]), dict.fromkeys(NAMES, "1"))]) == [None]


def test_a_property_of_another_type_is_left_alone_and_told(bare: SandboxPortal, their_desk: PortalControl) -> None:
    """HS-33."""
    their_desk.add_property("referral_count", type="datetime", field_type="date")
    opened = connect(bare)
    (finding,) = opened.prepare(ADDRESS)
    assert "referral_count" in finding
    assert "datetime" in finding
    assert opened.check_fields({"friends_brought": "referral_count", "code": "referral_code"}).keys() == {
        "referral_count"
    }
    assert not [call for call in their_desk.calls() if call["method"] in ("PATCH", "DELETE")]


def test_one_that_is_there_already_does_not_stand_in_the_way_of_the_others(
    bare: SandboxPortal, their_desk: PortalControl
) -> None:
    """Somebody made it between our look and our batch, which HubSpot then refuses whole."""
    opened = connect(bare)
    their_desk.fate("409", match="/contacts/batch/create")
    their_desk.fate("409", match="POST /crm/properties/2026-03/contacts", skip=2)
    findings = opened.prepare(ADDRESS)
    their_desk.clear_fates()
    assert len(findings) == 1  # the one that answered 409 and is not there after all
    assert opened.prepare(ADDRESS) == []


def test_a_scope_that_is_missing_is_a_finding(bare: SandboxPortal, their_desk: PortalControl) -> None:
    """HS-37."""
    scopes = [scope for scope in their_desk.settings()["scopes"] if scope != "crm.schemas.contacts.write"]
    their_desk.set_scopes(scopes)
    (finding,) = connect(bare).prepare(ADDRESS)
    assert "crm.schemas.contacts.write" in finding


def test_a_scope_that_is_missing_for_definitions_switches_the_fields_off_and_nothing_else(
    hubspot: HubSpot, desk: PortalControl
) -> None:
    """HS-37."""
    contact = desk.create_contact(email="a@example.com", referral_code="A")
    desk.fate("403", match="GET /crm/properties/", count=0, scopes=["crm.schemas.contacts.read"])
    problems = hubspot.check_fields({"code": "referral_code", "link": "referral_link"})
    assert set(problems) == {"referral_code", "referral_link"}
    assert all("crm.schemas.contacts.read" in problem for problem in problems.values())
    (one,) = hubspot.show([str(contact["id"])], ["referral_code"]).values()
    assert one == {"referral_code": "A"}


@pytest.mark.parametrize(
    ("public_url", "words"),
    [
        ("", ""),  # said already, and for as long as it is so, when the portal is asked who it is
        ("https://elsewhere.example", "not where this hub"),
        ("https://hub.example", ""),
    ],
)
def test_the_address_of_the_webhooks_is_told_when_it_cannot_be_right(
    portal: SandboxPortal, public_url: str, words: str
) -> None:
    findings = connect(portal, public_url=public_url).prepare(ADDRESS)
    assert [ADDRESS in finding and words in finding for finding in findings] == ([True] if words else [])


@pytest.mark.parametrize(
    ("ours", "type_there", "options", "is_fine"),
    [
        ("code", "string", None, True),
        ("code", "number", None, False),
        ("code", "enumeration", ["a"], False),
        ("friends_brought", "string", None, True),
        ("friends_brought", "bool", ["true", "false"], False),
        ("last_reward_at", "date", None, True),
        ("last_reward_at", "number", None, False),
        ("status", "enumeration", ["advocate", "referred", "converted", "reversed"], True),
        ("status", "enumeration", ["advocate"], False),
    ],
)
def test_a_field_may_go_where_its_values_fit(
    hubspot: HubSpot, desk: PortalControl, ours: str, type_there: str, options: list[str] | None, is_fine: bool
) -> None:
    given = {"options": options} if options else {}
    desk.add_property("elsewhere", type=type_there, **given)
    problems = hubspot.check_fields({ours: "elsewhere"})
    assert (problems == {}) == is_fine


def test_a_property_that_hubspot_computes_cannot_be_written(hubspot: HubSpot, desk: PortalControl) -> None:
    desk.add_property("computed", read_only=True)
    assert "computes" in hubspot.check_fields({"code": "computed"})["computed"]


def test_ping_names_the_portal_its_currency_and_what_is_missing(
    hubspot: HubSpot, desk: PortalControl, portal: SandboxPortal
) -> None:
    found = hubspot.ping()
    assert (found.source_id, found.currency) == (str(portal.portal_id), "EUR")
    assert (found.missing_rights, found.warnings) == ((), ())
    desk.set_scopes([scope for scope in desk.settings()["scopes"] if "deals" not in scope])
    assert hubspot.ping().missing_rights == ("crm.objects.deals.read",)


def test_ping_warns_of_what_is_not_set(portal: SandboxPortal) -> None:
    warnings = connect(portal, app_id="", public_url="").ping().warnings
    assert [word for word in ("public_url", "app_id") if any(word in warning for warning in warnings)] == [
        "public_url",
        "app_id",
    ]


def test_the_token_of_another_portal_is_refused(portal: SandboxPortal) -> None:
    """HS-30."""
    with pytest.raises(NeedsAttention, match="portal"):
        connect(portal, portal_id="99").ping()
    opened = connector(ScriptedHttp(answer(payload("account") | {"portalId": 99})))
    with pytest.raises(NeedsAttention, match=PORTAL):
        opened.ping()


def test_an_api_that_is_not_there_is_a_wrong_address() -> None:
    with pytest.raises(NeedsAttention, match="api_base"):
        connector(ScriptedHttp(answer({"message": "no"}, 404))).ping()
