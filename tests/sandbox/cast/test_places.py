"""A place does what a story says, and tells from its own books what was really given."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
import requests

from sandbox.cast import KINDS, open_place
from sandbox.cast.shop import ShopPlace
from sandbox.hubspot.control import PortalControl
from sandbox.salesforce.control import OrgControl
from sandbox.shopify import ShopControl


@pytest.fixture
def shop() -> Iterator[ShopPlace]:
    with open_place("shopify", "tea", "EUR", {"shop": "tea.myshopify.com"}) as place:
        assert isinstance(place, ShopPlace)
        yield place


def _orders(shop: ShopPlace) -> list[dict[str, str]]:
    return list(ShopControl(shop.running.base_url).truth()["orders"])


def test_an_order_comes_to_the_amount_and_half_of_it_can_be_sent_back(shop: ShopPlace) -> None:
    order = shop.buy(shop.meet("Ben", "ben@rehearsal.example"), "37.74", code="ANN-1", facts={"order.country": "AT"})
    shop.refund(order, 1)
    (found,) = _orders(shop)
    assert Decimal(found["subtotal"]) == Decimal("37.74")
    assert Decimal(found["refunded"]) == Decimal("18.87")
    assert found["financial_status"] == "partially_refunded"


def test_who_is_met_is_found_again_and_nobody_else(shop: ShopPlace) -> None:
    account = shop.meet("Ben", "ben@rehearsal.example")
    assert shop.find("BEN@rehearsal.example") == account
    assert shop.find("ann@rehearsal.example") == ""


def test_effects_are_what_the_shop_gave_and_took_back(shop: ShopPlace) -> None:
    account = shop.meet("Ann", "ann@rehearsal.example")
    assert shop.effects() == []
    ShopControl(shop.running.base_url).give_credit(int(account.rpartition("/")[2]), "5.00")
    (effect,) = shop.effects()
    assert (effect.account, effect.kind, Decimal(effect.amount), effect.currency) == (
        account,
        "store_credit",
        Decimal(5),
        "EUR",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_answers_at_the_address_that_its_settings_tell(kind: str) -> None:
    with open_place(kind, kind, "EUR", {}) as place:
        addresses = [value for value in place.settings.values() if value.startswith("http://127.0.0.1:")]
        assert addresses
        assert requests.get(f"{addresses[0]}/_sandbox/", timeout=10).status_code == 200
        assert place.settle()


@pytest.mark.parametrize("kind", ["hubspot", "salesforce"])
def test_a_crm_knows_its_people_and_pays_nothing(kind: str) -> None:
    with open_place(kind, kind, "EUR", {}) as place:
        account = place.meet("Ben", "ben@rehearsal.example")
        assert place.find("ben@rehearsal.example") == account
        place.cancel(place.buy(account, "250.00", code="ANN-1"))
        assert place.effects() == []
        assert "ANN-1" in place.shown(account).values()


ABOUT = {
    "hubspot": {"qualified_stages": "handed_over", "counts_contacts": "yes", "deal_facts": "region, amount, pipeline"},
    "salesforce": {"counts_contacts": "yes", "opportunity_facts": "Region__c, OwnerId", "contact_facts": "Segment__c"},
}


@pytest.mark.parametrize("kind", ABOUT)
def test_a_crm_tells_of_leads_and_contacts_as_its_connection_is_set_up(kind: str) -> None:
    with open_place(kind, kind, "EUR", ABOUT[kind]) as place:
        assert set(place.repertoire) == {"deal", "lead", "contact"}
    with open_place(kind, kind, "EUR", {}) as place:
        assert "contact" not in place.repertoire


def test_a_portal_makes_deals_and_leads_with_the_merchants_own_words() -> None:
    with open_place("hubspot", "hubspot", "EUR", ABOUT["hubspot"]) as place:
        place.hear_at("http://127.0.0.1:9/nobody")
        deal = place.repertoire["deal"]
        assert {"deal.region", "deal.type", "contact.country"} <= deal.plays
        assert not {"deal.amount", "deal.pipeline"} & deal.plays  # these take no text
        facts = {"deal.region": "EMEA", "deal.type": "partner", "deal.stage": "contractsent", "contact.status": "warm"}
        ben = place.meet("Ben", "ben@rehearsal.example")
        made = PortalControl(place.running.base_url).read("deals", int(place.buy(ben, "250.00", facts=facts)))
        assert {name: made["properties"][name] for name in ("region", "dealtype", "dealstage")} == {
            "region": "EMEA",
            "dealtype": "partner",
            "dealstage": "contractsent",
        }
        assert place.shown(ben)["hs_lead_status"] == "warm"
        assert place.buy(ben, "0.00", kind="lead", code="ANN-1") == ben
        assert (place.shown(ben)["lifecyclestage"], place.shown(ben)["referred_by_code"]) == ("handed_over", "ANN-1")
        place.cancel(ben, "lead")
        assert place.shown(ben)["lifecyclestage"] == "subscriber"


def test_an_org_converts_a_lead_into_the_contact_that_is_known() -> None:
    with open_place("salesforce", "salesforce", "EUR", ABOUT["salesforce"]) as place:
        place.hear_at("http://127.0.0.1:9/nobody")
        assert "deal.OwnerId" not in place.repertoire["deal"].plays
        ben, org = place.meet("Ben", "ben@rehearsal.example"), OrgControl(place.running.base_url)
        lead = org.read(place.buy(ben, "0.00", kind="lead", code="ANN-1"))
        assert (lead["ConvertedContactId"], lead["Referred_By_Code__c"]) == (ben, "ANN-1")
        assert not org.read(place.buy(ben, "0.00", kind="lead", paid=False))["IsConverted"]
        assert place.buy(ben, "0.00", kind="contact", facts={"contact.Segment__c": "vip"}) == ben
        assert place.shown(ben)["Segment__c"] == "vip"
        deal = org.read(place.buy(ben, "250.00", facts={"deal.Region__c": "EMEA", "deal.source": "Web"}))
        assert (deal["Region__c"], deal["LeadSource"], deal["IsWon"]) == ("EMEA", "Web", True)
