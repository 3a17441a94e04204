"""A place does what a story says, and tells from its own books what was really given."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
import requests

from sandbox.cast import KINDS, open_place
from sandbox.cast.shop import ShopPlace
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
