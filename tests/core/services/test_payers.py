"""Payers: a purchase told by a source that pays nothing is verified there and paid where the person can be paid."""

from dataclasses import replace

import pytest

from core.contract.errors import NeedsAttention, TryLater
from core.contract.events import (
    DealWon,
    IdentityClaim,
    IdentityKind,
    Order,
    OrderKind,
    OrderPaid,
    SourceRemoved,
)
from core.contract.parts import Gone
from core.models import Connection, ConnectionStatus, Push
from core.services.connections import switch, test_connection
from core.services.judge_reward import approve
from tests.support.hub import DAY, HOUR, Contact, Scene, beside, order, scene

EMAIL = "anna@example.com"


@pytest.fixture
def shop(database_url: str) -> Scene:
    """A shop with a campaign and an advocate who has an account there."""
    stage = scene(database_url).campaign()
    stage.advocate()
    return stage


def deal(source_id: str = "deal-1") -> Order:
    """A won deal with Mira's code, by somebody whom the CRM knows by address."""
    buyer = Contact(
        identities=(IdentityClaim(IdentityKind.CONTACT, "contact-anna"), IdentityClaim(IdentityKind.EMAIL, EMAIL))
    )
    return replace(order(source_id, buyer=buyer), kind=OrderKind.DEAL)


def won(crm: Scene, one: Order) -> None:
    """The CRM tells of the deal and shows it when it is asked; its hold is over, nothing is worked on yet."""
    crm.stands(one)
    crm.tell(DealWon(one))
    crm.watch.forward(15 * DAY)


def test_a_won_deal_is_paid_at_the_shop(shop: Scene) -> None:
    crm = beside(shop)
    shop.shop.accounts[EMAIL] = "customer-anna"
    won(crm, deal())
    crm.work()
    assert shop.states() == {("deal-1", "advocate"): "pushed", ("deal-1", "friend"): "pushed"}
    assert {effect.recipient for effect in shop.shop.effects} == {"customer-mira", "customer-anna"}
    assert crm.shop.effects == []
    assert shop.violations() == {}


def test_a_deal_that_is_gone_when_it_is_verified_pays_nobody(shop: Scene) -> None:
    crm = beside(shop)
    won(crm, deal())
    crm.shop.orders["deal-1"] = Gone("deleted")
    crm.work()
    assert set(shop.states().values()) == {"void"}
    assert shop.shop.effects == []


def test_whoever_the_shop_does_not_know_waits_for_a_person(shop: Scene) -> None:
    crm = beside(shop)
    won(crm, deal())
    crm.work()
    assert shop.states() == {("deal-1", "advocate"): "pushed", ("deal-1", "friend"): "review"}
    assert "has no account for this person" in (shop.reward("deal-1", "friend").reason or "")


def test_the_shop_where_the_person_has_an_account_pays_rather_than_the_elder(shop: Scene) -> None:
    crm = beside(shop)
    younger = beside(shop, "pretend", "The younger shop")
    younger.stands(order("5001", buyer=Contact(identities=deal().friend.identities[1:]), code=None))
    younger.tell()
    account = Contact(
        identities=(IdentityClaim(IdentityKind.CUSTOMER, "anna-there"), IdentityClaim(IdentityKind.EMAIL, EMAIL))
    )
    younger.tell(DealWon(replace(order("5001", buyer=account, code=None), is_test=True)))
    won(crm, deal())
    crm.work()
    assert [effect.recipient for effect in younger.shop.effects] == ["anna-there"]
    assert [effect.recipient for effect in shop.shop.effects] == ["customer-mira"]


def test_with_nobody_left_to_pay_the_reward_waits_and_a_shop_connected_later_pays_it(shop: Scene) -> None:
    crm = beside(shop)
    shop.tell(SourceRemoved(shop.watch.at))
    won(crm, deal())
    crm.work()
    assert shop.reward("deal-1", "friend").state == "review"
    assert "no connected source can give store_credit" in (shop.reward("deal-1", "friend").reason or "")
    newer = beside(shop, "pretend", "The new shop")
    newer.shop.accounts[EMAIL] = "customer-anna"
    approve(shop.hub, shop.reward("deal-1", "friend").id, "a shop is connected again")
    shop.work()
    assert [effect.recipient for effect in newer.shop.effects] == ["customer-anna"]
    assert shop.reward("deal-1", "friend").connection_id == newer.connection.id


def test_a_crm_that_is_switched_off_delays_the_payment_and_not_the_shop(shop: Scene) -> None:
    crm = beside(shop)
    shop.shop.accounts[EMAIL] = "customer-anna"
    won(crm, deal())
    switch(shop.hub, crm.connection.id, on=False)
    shop.work()
    assert shop.reward("deal-1").state == "held"
    assert "is off or waits for a person" in (shop.reward("deal-1").reason or "")
    switch(shop.hub, crm.connection.id, on=True)
    shop.watch.forward(HOUR)
    shop.work()
    assert shop.reward("deal-1").state == "pushed"


def test_a_crm_that_needs_attention_is_paused_itself_and_the_shop_goes_on(shop: Scene) -> None:
    crm = beside(shop)
    shop.shop.accounts[EMAIL] = "customer-anna"
    won(crm, deal())
    crm.shop.orders["deal-1"] = NeedsAttention("renew the token")
    shop.pay(order("1001", code="MIRA"))
    paused = shop.one(Connection, id=crm.connection.id)
    assert (paused.status, paused.hint) == (ConnectionStatus.NEEDS_ATTENTION, "renew the token")
    assert shop.one(Connection, id=shop.connection.id).status == ConnectionStatus.ACTIVE
    assert shop.reward("deal-1").state == "held"
    assert shop.reward("1001").state == "pushed"
    crm.shop.orders["deal-1"] = deal()
    test_connection(shop.hub, crm.connection.id)
    shop.watch.forward(HOUR)
    shop.work()
    assert shop.reward("deal-1").state == "pushed"


def test_a_busy_crm_is_asked_again_later(shop: Scene) -> None:
    crm = beside(shop)
    won(crm, deal())
    crm.shop.orders["deal-1"] = TryLater("busy")
    shop.work()
    assert shop.reward("deal-1").state == "held"
    assert shop.all(Push) == []


def test_of_two_shops_that_know_nobody_the_one_with_the_rewards_currency_pays(shop: Scene) -> None:
    crm = beside(shop)
    younger = beside(shop, "pretend", "The younger shop")
    with shop.hub.database.transaction() as session:
        row = session.get_one(Connection, shop.connection.id)
        row.account = {**(row.account or {}), "currency": "USD"}
    younger.shop.accounts[EMAIL] = "anna-there"
    won(crm, deal())
    crm.work()
    assert [effect.recipient for effect in younger.shop.effects] == ["anna-there"]


def test_what_a_removed_shop_was_to_pay_for_a_deal_is_paid_by_another_one(shop: Scene) -> None:
    """Between the grant and the payment; what it owes for its own orders waits until it is back."""
    crm = beside(shop)
    younger = beside(shop, "pretend", "The younger shop")
    younger.shop.accounts[EMAIL] = "anna-there"
    won(crm, deal())
    shop.tell(OrderPaid(order("1001", buyer=Contact(identities=(IdentityClaim(IdentityKind.CUSTOMER, "zoe"),)))))
    shop.tell(SourceRemoved(shop.watch.at))
    shop.work()
    assert shop.reward("deal-1", "friend").state == "pushed"
    assert [effect.recipient for effect in younger.shop.effects] == ["anna-there"]
    assert shop.reward("1001").connection_id == shop.connection.id
    assert shop.reward("1001").state == "held"
    assert shop.violations() == {}
