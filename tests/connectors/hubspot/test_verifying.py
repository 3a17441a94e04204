"""Before money moves the deal is read again, and people are found by their own address."""

import pytest

from connectors.hubspot.connector import HubSpot
from referhub import Gone, IdentityClaim, IdentityKind, Order, OrderKind, TryLater, Unreadable
from sandbox.hubspot import PortalControl
from tests.connectors.hubspot.support import NoNetwork, ScriptedHttp, answer, connector, payload


def test_a_deal_is_told_as_it_stands_now(hubspot: HubSpot, desk: PortalControl) -> None:
    contact = desk.create_contact(email="bob@example.com", referred_by_code="ALICE")
    deal = desk.create_deal(contact=contact["id"], amount="100", dealstage="closedwon")
    order = hubspot.verify(f"deal/{deal['id']}")
    assert isinstance(order, Order)
    assert (order.is_paid, order.base.minor, order.evidence[0].value) == (True, 10_000, "ALICE")
    desk.lose_deal(deal["id"])
    order = hubspot.verify(f"deal/{deal['id']}")
    assert isinstance(order, Order)
    assert order.is_paid is False
    assert order.cancelled_at is not None


def test_won_lost_and_won_again_is_won_whatever_the_pipeline_calls_it(hubspot: HubSpot, desk: PortalControl) -> None:
    """HS-20d."""
    deal = desk.create_deal(amount="100", dealstage="closedwon")
    told = []
    for act in (desk.win_deal, desk.lose_deal, desk.reopen_deal, desk.win_deal):
        desk.advance(60)
        act(deal["id"], pipeline="766123001")
        order = hubspot.verify(f"deal/{deal['id']}")
        assert isinstance(order, Order)
        told.append((order.is_paid, order.cancelled_at is not None, order.updated_at))
    assert [one[:2] for one in told] == [(True, False), (False, True), (False, True), (True, False)]
    assert sorted(told, key=lambda one: one[2]) == told


def test_a_deal_that_was_deleted_is_gone(hubspot: HubSpot, desk: PortalControl) -> None:
    deal = desk.create_deal(amount="100", dealstage="closedwon")
    desk.delete_deal(deal["id"])
    assert isinstance(hubspot.verify(f"deal/{deal['id']}"), Gone)
    assert isinstance(hubspot.verify("deal/999"), Gone)
    desk.restore("deals", deal["id"])
    assert isinstance(hubspot.verify(f"deal/{deal['id']}"), Order)


def test_a_lead_is_told_as_it_stands_now(hubspot: HubSpot, desk: PortalControl) -> None:
    contact = desk.create_contact(email="bob@example.com", referred_by_code="ALICE", lifecyclestage="lead")
    order = hubspot.verify(f"contact/{contact['id']}")
    assert isinstance(order, Order)
    assert (order.kind, order.is_paid, order.source_id) == (OrderKind.LEAD, False, f"contact/{contact['id']}")
    desk.delete_contact(contact["id"])
    assert isinstance(hubspot.verify(f"contact/{contact['id']}"), Gone)


@pytest.mark.parametrize("order_id", ["", "deal/", "deal/x", "301", "order/1", "gid://shopify/Order/1", "deal/1/2"])
def test_what_is_no_deal_of_hubspots_is_unreadable(order_id: str) -> None:
    with pytest.raises(Unreadable):
        connector(NoNetwork()).verify(order_id)


def test_a_deal_that_may_not_be_read_is_verified_later() -> None:
    """HS-37."""
    with pytest.raises(TryLater, match=r"crm\.objects\.deals\.read"):
        connector(ScriptedHttp(answer(payload("missing_scopes"), 403))).verify("deal/301")


def test_a_contact_is_found_by_any_of_their_addresses(hubspot: HubSpot, desk: PortalControl) -> None:
    contact = desk.create_contact(email="bob@example.com", hs_additional_emails="bob@work.example;b@example.org")
    for address in ("bob@example.com", "BOB@example.com", "b@example.org"):
        assert hubspot.locate(IdentityClaim(IdentityKind.EMAIL, address)) == str(contact["id"]), address
    assert hubspot.locate(IdentityClaim(IdentityKind.EMAIL, "carol@example.com")) is None


def test_an_address_that_two_contacts_share_names_nobody(hubspot: HubSpot, desk: PortalControl) -> None:
    for name in ("a", "b"):
        desk.create_contact(email=f"{name}@example.com", hs_additional_emails="office@example.com")
    assert hubspot.locate(IdentityClaim(IdentityKind.EMAIL, "office@example.com")) is None


def test_an_address_that_only_looks_alike_is_not_theirs(hubspot: HubSpot, desk: PortalControl) -> None:
    desk.create_contact(email="a@example.com", hs_additional_emails="notbob@example.com")
    assert hubspot.locate(IdentityClaim(IdentityKind.EMAIL, "bob@example.com")) is None


def test_an_id_of_hubspots_is_the_account_itself() -> None:
    opened = connector(NoNetwork())
    assert opened.locate(IdentityClaim(IdentityKind.CONTACT, "201")) == "201"
    assert opened.locate(IdentityClaim(IdentityKind.CONTACT, "gid://shopify/Customer/1")) is None
    assert opened.locate(IdentityClaim(IdentityKind.PHONE, "+49301234567")) is None


def test_an_address_that_hubspot_does_not_understand_can_be_asked_for_no_more() -> None:
    with pytest.raises(Unreadable):
        connector(ScriptedHttp(answer({"message": "bad"}, 400))).locate(IdentityClaim(IdentityKind.EMAIL, "x"))
