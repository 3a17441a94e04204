"""What terms may ask of deals and contacts, and contacts that count because somebody referred them."""

import pytest

from connectors.hubspot.connector import HubSpot
from connectors.hubspot.facts import FACTS
from core.contract.facts import is_declared
from referhub import ContactReferred, DealReopened, Gone, Money, Order, OrderKind, WrongSetting
from tests.connectors.hubspot.support import SmallPortal, config, connector, deal_told_by, event, only, told_by

CONTACT = event("contact.propertyChange", 201, propertyName="lifecyclestage")
EVERYTHING = {"deal_facts": "branch", "contact_facts": "segment, region"}


def test_a_deal_tells_its_stage_its_contact_and_what_the_settings_name(small: SmallPortal) -> None:
    small.contact("201", referred_by_code="ALICE-8F2K", country="Austria", segment="gold", region=None)
    small.deal(
        "301", "201", dealstage="closedwon", dealtype="newbusiness", hs_analytics_source="DIRECT_TRAFFIC", branch="7"
    )
    order = deal_told_by(small, **EVERYTHING).order
    told = order.fields
    assert (told["deal.stage"], told["deal.type"], told["deal.source"]) == (
        "closedwon",
        "newbusiness",
        "DIRECT_TRAFFIC",
    )
    assert (told["deal.branch"], told["contact.segment"], told["contact.country"]) == ("7", "gold", "Austria")
    assert told["deal.amount"] == order.base.text()
    assert "contact.region" not in told
    assert all(is_declared(name, FACTS) for name in told)


def test_where_the_contact_lives_is_a_sign_of_the_deal_and_of_the_contact_and_no_fact(small: SmallPortal) -> None:
    home = {"address": "Hafenstrasse 12", "zip": "10115", "city": "Berlin", "country": "Germany"}
    small.contact("201", referred_by_code="ALICE-8F2K", **home)
    deal = deal_told_by(small).order
    signs = {one.kind: one.value for one in deal.signals}
    assert signs == {"address": "Hafenstrasse 12, 10115, Berlin, Germany", "postcode": "Germany 10115"}
    assert "Hafenstrasse" not in str(deal.fields)
    assert only(told_by(small, CONTACT, counts_contacts="yes"), ContactReferred).order.signals == deal.signals
    small.contact("201", address=None)
    assert deal_told_by(small).order.signals == ()


def test_properties_that_no_setting_names_are_not_told(small: SmallPortal) -> None:
    small.deal("301", "201", branch="7")
    assert "deal.branch" not in deal_told_by(small).order.fields


def test_a_deleted_deal_is_in_no_stage(small: SmallPortal) -> None:
    small.archive("0-3", "301")
    told = deal_told_by(small)
    assert isinstance(told, DealReopened)
    assert not [name for name in told.order.fields if name.startswith("deal.")]


def test_a_contact_with_a_code_counts_since_it_was_created_where_the_connection_says_so(small: SmallPortal) -> None:
    small.contact("201", referred_by_code="ALICE-8F2K", createdate="2026-11-01T10:00:00Z")
    order = only(told_by(small, CONTACT, counts_contacts="yes"), ContactReferred).order
    assert (order.source_id, order.kind, order.base) == ("referred/201", OrderKind.CONTACT, Money(0, "EUR"))
    assert (order.is_paid, order.cancelled_at, order.placed_at.isoformat()) == (True, None, "2026-11-01T10:00:00+00:00")
    assert [one.value for one in order.evidence] == ["ALICE-8F2K"]
    assert not [one for one in told_by(small, CONTACT) if isinstance(one, ContactReferred)]


def test_a_contact_without_a_code_is_nobodys_friend(small: SmallPortal) -> None:
    small.contact("201", referred_by_code=None)
    assert not [one for one in told_by(small, CONTACT, counts_contacts="yes") if isinstance(one, ContactReferred)]


def test_a_referred_contact_is_read_again_as_what_it_counted(small: SmallPortal) -> None:
    small.contact("201", referred_by_code="ALICE-8F2K")
    hubspot: HubSpot = connector(small, counts_contacts="yes")
    told = only(told_by(small, CONTACT, counts_contacts="yes"), ContactReferred).order
    assert hubspot.verify("referred/201") == told
    lead = hubspot.verify("contact/201")
    assert isinstance(lead, Order)
    assert lead.kind is OrderKind.LEAD
    small.archive("contacts", "201")
    assert isinstance(hubspot.verify("referred/201"), Gone)


@pytest.mark.parametrize(
    ("name", "value"), [("deal_facts", "Not A Name"), ("contact_facts", "a, B!"), ("counts_contacts", "maybe")]
)
def test_settings_that_name_no_property_are_refused(name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=name):
        config(**{name: value})
