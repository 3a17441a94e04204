"""Who referred whom shows as an association where the portal has labels, and its absence is never an error."""

from typing import Any

import pytest

from connectors.hubspot.connector import HubSpot
from referhub import Record
from sandbox.hubspot import PortalControl, SandboxPortal
from tests.connectors.hubspot.conftest import connect


@pytest.fixture
def showing(portal: SandboxPortal) -> HubSpot:
    """A connector that was told to show associations."""
    return connect(portal, association_label="yes")


def _tied(desk: PortalControl, friend: int) -> list[tuple[int, list[Any]]]:
    """Whom the contact is tied to, and by which labels."""
    truth = desk.truth()
    names = {label["type_id"]: label["label"] for label in truth["labels"]}
    ties = [tie for tie in truth["associations"] if tie["from_id"] == friend]
    return [(tie["to_id"], [names[kind] for kind in tie["type_ids"] if kind in names]) for tie in ties]


def _referred(hubspot: HubSpot, friend: int, code: str = "ALICE-8F2K") -> None:
    assert hubspot.write([Record(str(friend), {"referred_by_code": code, "referral_status": "referred"})]) == [None]


def test_a_friend_is_tied_to_who_referred_them(showing: HubSpot, desk: PortalControl) -> None:
    alice = desk.create_contact(referral_code="ALICE-8F2K")["id"]
    bob = desk.create_contact()["id"]
    _referred(showing, bob)
    assert _tied(desk, bob) == [(alice, ["Referred by"])]
    assert _tied(desk, alice) == [(bob, ["Referred"])]


def test_a_code_that_somebody_there_wrote_is_followed_too(showing: HubSpot, desk: PortalControl) -> None:
    alice = desk.create_contact(referral_code="ALICE-8F2K")["id"]
    bob = desk.create_contact(referred_by_code="ALICE-8F2K")["id"]
    assert showing.write([Record(str(bob), {"referral_status": "converted"})]) == [None]
    assert [who for who, _ in _tied(desk, bob)] == [alice]


def test_the_label_is_made_once_and_tying_again_changes_nothing(
    showing: HubSpot, portal: SandboxPortal, desk: PortalControl
) -> None:
    alice = desk.create_contact(referral_code="ALICE-8F2K")["id"]
    bob, carol = (desk.create_contact()["id"] for _ in range(2))
    _referred(showing, bob)
    _referred(showing, bob)
    another_process = connect(portal, association_label="yes")
    _referred(another_process, carol)
    assert len(desk.calls("POST /crm/associations/2026-03/contacts/contacts/labels")) == 1
    assert _tied(desk, bob) == _tied(desk, carol) == [(alice, ["Referred by"])]


def test_an_advocate_the_search_does_not_know_yet_is_found_with_the_next_write(
    showing: HubSpot, desk: PortalControl
) -> None:
    bob, carol = (desk.create_contact()["id"] for _ in range(2))
    _referred(showing, bob)
    assert _tied(desk, bob) == []
    alice = desk.create_contact(referral_code="ALICE-8F2K")["id"]
    showing.write([Record(str(carol), {"referral_status": "advocate"})])
    assert [who for who, _ in _tied(desk, bob)] == [alice]


def test_a_plan_without_labels_gets_the_code_only_and_is_not_asked_all_day(
    showing: HubSpot, desk: PortalControl
) -> None:
    desk.settings(plan="free")
    desk.create_contact(referral_code="ALICE-8F2K")
    for _ in range(3):
        bob = desk.create_contact()["id"]
        _referred(showing, bob)
        assert desk.contact(bob)["referred_by_code"] == "ALICE-8F2K"
        assert _tied(desk, bob) == []
    assert len(desk.calls("/labels")) == 2


@pytest.mark.parametrize("kind", ["502", "429", "html", "403", "404", "undeclared"])
def test_trouble_with_associations_is_no_trouble_of_the_write(showing: HubSpot, desk: PortalControl, kind: str) -> None:
    desk.create_contact(referral_code="ALICE-8F2K")
    desk.fate(kind, match="/crm/associations/", count=0)
    _referred(showing, desk.create_contact()["id"])


def test_what_was_not_tied_for_a_moment_is_tied_with_the_next_write(showing: HubSpot, desk: PortalControl) -> None:
    alice = desk.create_contact(referral_code="ALICE-8F2K")["id"]
    bob, carol = (desk.create_contact()["id"] for _ in range(2))
    desk.fate("502", match="/contacts/contacts/batch/create")
    _referred(showing, bob)
    assert _tied(desk, bob) == []
    _referred(showing, carol)
    assert [who for who, _ in _tied(desk, bob)] == [who for who, _ in _tied(desk, carol)] == [alice]


def test_nobody_is_tied_to_themselves(showing: HubSpot, desk: PortalControl) -> None:
    alice = desk.create_contact(referral_code="ALICE-8F2K")["id"]
    _referred(showing, alice)
    assert _tied(desk, alice) == []
    assert desk.calls("/contacts/contacts/batch/create") == []


def test_a_code_that_two_contacts_carry_ties_to_neither(showing: HubSpot, desk: PortalControl) -> None:
    for _ in range(2):
        desk.create_contact(referral_code="ALICE-8F2K")
    bob = desk.create_contact()["id"]
    _referred(showing, bob)
    assert _tied(desk, bob) == []


def test_without_the_setting_nothing_is_asked(hubspot: HubSpot, desk: PortalControl) -> None:
    desk.create_contact(referral_code="ALICE-8F2K")
    _referred(hubspot, desk.create_contact()["id"])
    assert desk.calls("/crm/associations/") == []
