"""One purchase: what stands in the shop and in two CRMs is rewarded once, whoever tells of it first."""

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import permutations

import pytest

from core.contract.events import (
    Contact,
    ContactsMerged,
    DealReopened,
    DealWon,
    Event,
    Evidence,
    EvidenceKind,
    OrderPaid,
)
from core.contract.money import Money
from core.models import StoredOrder
from tests.support.hub import DAY, HOUR, Scene, contact, deal, email, friend, order, refund, refunded

ANNA = friend("anna", "anna@example.com")


@dataclass
class Sources:
    """A shop and two CRMs of one merchant."""

    shop: Scene
    crm: Scene
    other: Scene

    def tell(self, *news: tuple[str, Event]) -> None:
        """Each source tells its own."""
        for source, event in news:
            getattr(self, source).tell(event)


@pytest.fixture
def sources(stage: Scene) -> Sources:
    """The usual campaign; Anna is a customer, and a contact in both CRMs."""
    return Sources(stage, stage.beside("The CRM"), stage.beside("The other CRM"))


SHOP = order(buyer=ANNA)
CRM = replace(deal("006A", "119.00", placed=DAY, code="MIRA"), references=("#1001",))
OTHER = replace(deal("deal/7", placed=2 * DAY), friend=Contact(identities=(contact("77"), email("Anna@example.com"))))
NEWS: list[tuple[str, Event]] = [("shop", OrderPaid(SHOP)), ("crm", DealWon(CRM)), ("other", DealWon(OTHER))]


def words(scene: Scene, source_id: str) -> list[str]:
    """Why an order counts or not, in the usual campaign."""
    return [reason["words"] for reason in scene.order(source_id).reasons["friends"]]


@pytest.mark.parametrize("sequence", list(permutations(range(3))))
def test_one_purchase_in_three_systems_earns_one_reward_in_whatever_order_it_is_told(
    sources: Sources, sequence: tuple[int, ...]
) -> None:
    """X-02: by the order's number in the one CRM, and by the amount in the other."""
    sources.tell(*(NEWS[number] for number in sequence))
    assert set(sources.shop.states()) >= {("1001", "advocate"), ("1001", "friend")}
    standing = {key for key, state in sources.shop.states().items() if state == "held"}
    assert standing == {("1001", "advocate"), ("1001", "friend")}
    facts = sources.shop.facts()
    assert [row[0] for row in facts["conversions"]] == ["1001"]
    assert facts["duplicates"] == [["006A", "1001"], ["deal/7", "1001"]]
    assert "the same purchase as order #1001 at The shop" in words(sources.shop, "006A")[0]
    assert sources.shop.balance("held") == 1500
    assert sources.shop.violations() == {}


def test_the_digest_is_the_same_whoever_told_first(sources: Sources) -> None:
    sources.tell(*NEWS)
    before = sources.shop.facts()
    sources.tell(*NEWS[::-1])
    assert sources.shop.facts() == before


def test_a_deal_counts_until_the_shop_tells_of_the_order(sources: Sources) -> None:
    sources.tell(NEWS[1])
    assert sources.shop.reward("006A").state == "held"
    assert sources.shop.reward("006A").net == Money(1190, "EUR")
    sources.tell(NEWS[0])
    assert {key[0] for key, state in sources.shop.states().items() if state == "held"} == {"1001"}
    assert sources.shop.violations() == {}


def test_what_was_paid_for_the_deal_is_not_paid_again_for_the_order(sources: Sources) -> None:
    sources.crm.pay(CRM)
    assert sources.shop.states()["006A", "friend"] == "pushed"
    sources.tell(NEWS[0], NEWS[2])
    assert not [key for key in sources.shop.states() if key[0] != "006A"]
    assert "the same purchase as deal Deal 006A at The CRM" in words(sources.shop, "1001")[0]
    assert sources.shop.violations() == {}


def test_when_the_deal_turns_out_to_be_another_purchase_both_count(stage: Scene) -> None:
    stage.slug = "always"
    stage.campaign(campaign={"slug": "always"}, counts={"first_order_only": False, "minimum": "0"})
    stage.advocate("MIRA-AGAIN", customer="customer-mira")
    crm = stage.beside("The CRM")
    evidence = order(code="MIRA-AGAIN", buyer=ANNA)
    stage.tell(OrderPaid(evidence))
    crm.tell(DealWon(deal("006A", placed=DAY)))
    assert stage.order("006A").same_as_id == stage.order().id
    crm.tell(DealWon(deal("006A", "55.00", placed=DAY, updated=HOUR)))
    assert stage.order("006A").same_as_id is None
    assert sorted(row[0] for row in stage.facts()["conversions"]) == ["006A", "1001"]


def test_a_deal_that_is_opened_again_leaves_the_order_alone(sources: Sources) -> None:
    sources.tell(*NEWS[:2])
    sources.tell(("crm", DealReopened(replace(CRM, is_paid=False, updated_at=CRM.updated_at + HOUR))))
    assert {key[0] for key, state in sources.shop.states().items() if state == "held"} == {"1001"}
    assert sources.shop.order("006A").same_as_id is None


@pytest.mark.parametrize("cancelled", [None, DAY])
def test_a_deal_that_is_no_longer_won_goes_back_even_after_it_was_paid(
    sources: Sources, cancelled: timedelta | None
) -> None:
    """SF-17: reopened or lost, told as such or only as no longer won; and won again after all."""
    sources.crm.pay(CRM)
    lost = deal("006A", "119.00", placed=DAY, updated=DAY, cancelled=cancelled, is_paid=False)
    sources.tell(("crm", DealReopened(lost)), ("crm", DealWon(CRM)))
    assert sources.shop.conversion("006A").state == "reversed"
    assert sources.shop.balance("receivable") == 500
    assert sources.shop.violations() == {}


def test_a_deal_that_was_never_won_does_not_count(sources: Sources) -> None:
    """SF-17: the news of the loss comes before the news that it was won."""
    lost = replace(CRM, is_paid=False, updated_at=CRM.updated_at + HOUR)
    sources.tell(("crm", DealReopened(lost)), ("crm", DealWon(CRM)))
    assert sources.shop.states() == {}
    assert "the deal was not won, or is not any more" in words(sources.shop, "006A")


def test_a_deal_of_which_nothing_is_known_any_more_keeps_who_brought_it(sources: Sources) -> None:
    sources.tell(("crm", DealWon(CRM)))
    vanished = replace(
        CRM, friend=Contact(), evidence=(), is_paid=False, base=Money.zero("EUR"), updated_at=CRM.updated_at + HOUR
    )
    sources.tell(("crm", DealReopened(vanished)))
    assert sources.shop.order("006A").evidence == [{"kind": "contact_field", "value": "MIRA"}]
    assert sources.shop.facts()["rewards"] == []


def test_an_order_that_was_cancelled_takes_the_deal_with_it(sources: Sources) -> None:
    sources.tell(*NEWS)
    sources.tell(("shop", OrderPaid(order(buyer=ANNA, updated=HOUR, cancelled=HOUR))))
    assert sources.shop.facts()["rewards"] == []
    assert sources.shop.balance("held") == 0
    assert sources.shop.violations() == {}


def test_a_campaign_may_join_by_reference_only(bare: Scene) -> None:
    bare.campaign(counts={"same_purchase_days": 0, "first_order_only": False})
    bare.advocate()
    crm, other = bare.beside("The CRM"), bare.beside("The other CRM")
    bare.tell(OrderPaid(SHOP))
    crm.tell(DealWon(CRM))
    other.tell(DealWon(OTHER))
    assert sorted(row[0] for row in bare.facts()["conversions"]) == ["1001", "deal/7"]


def test_an_order_shows_what_the_first_campaign_takes_it_for(stage: Scene) -> None:
    """A second campaign that joins by reference only has the last word in its own reasons, and nowhere else."""
    stage.slug = "strict"
    stage.campaign(campaign={"slug": "strict"}, counts={"same_purchase_days": 0})
    stage.tell(OrderPaid(SHOP))
    stage.beside("The CRM").tell(DealWon(deal("006A", placed=DAY)))
    assert stage.order("006A").same_as_id == stage.order().id
    assert stage.order("006A").reasons["strict"][0]["rule"] != "duplicate"


def test_evidence_in_the_crm_is_enough_for_the_order_of_the_shop(sources: Sources) -> None:
    sources.tell(("shop", OrderPaid(order(code=None, buyer=ANNA))))
    assert sources.shop.states() == {}
    sources.tell(NEWS[1])
    assert {key[0] for key, state in sources.shop.states().items() if state == "held"} == {"1001"}


def test_a_first_order_that_comes_to_light_late_does_not_earn_a_second_reward(stage: Scene) -> None:
    """The earlier order would have been the rewarded one; what was paid is paid once."""
    stage.pay(order("1002", placed=DAY))
    stage.tell(OrderPaid(order("1001")))
    assert [key[0] for key in stage.states()] == ["1002", "1002"]
    assert any("already paid for order #1002" in one for one in words(stage, "1001"))
    assert stage.violations() == {}


def test_a_field_of_the_crm_that_is_corrected_holds_as_corrected(sources: Sources) -> None:
    sources.shop.advocate("ZOE", email="zoe@example.com")
    sources.tell(("crm", DealWon(deal("006A", code="MIRA"))))
    sources.tell(("crm", DealWon(deal("006A", code="ZOE", updated=HOUR))))
    assert [row[2] for row in sources.shop.facts()["conversions"]] == ["ZOE"]
    sources.tell(("crm", DealWon(deal("006A", code="MIRA"))))
    assert [row[2] for row in sources.shop.facts()["conversions"]] == ["ZOE"]
    sources.tell(("crm", DealWon(deal("006A", code=None, updated=2 * HOUR))))
    assert sources.shop.facts()["conversions"] == []


def test_a_contact_merged_into_one_that_names_nobody_takes_nothing_back(sources: Sources) -> None:
    """SF-22: the survivor's field is empty, but nobody corrected what the other one said."""
    before = replace(deal("006A", code="MIRA"), friend=Contact(identities=(contact("loser"),)))
    after = replace(deal("006A", code=None), friend=Contact(identities=(contact("winner"),)))
    sources.tell(("crm", DealWon(before)))
    sources.tell(("crm", ContactsMerged(kept=contact("winner"), gone=contact("loser"))))
    for later in (HOUR, 2 * HOUR):
        sources.tell(("crm", DealWon(replace(after, updated_at=before.updated_at + later))))
        assert [row[2] for row in sources.shop.facts()["conversions"]] == ["MIRA"]
    sources.shop.advocate("ZOE", email="zoe@example.com")
    corrected = replace(deal("006A", code="ZOE"), friend=after.friend, updated_at=before.updated_at + 3 * HOUR)
    sources.tell(("crm", DealWon(corrected)))
    assert [row[2] for row in sources.shop.facts()["conversions"]] == ["ZOE"]


def test_another_contact_who_names_nobody_takes_the_conversion_with_them(sources: Sources) -> None:
    sources.tell(("crm", DealWon(replace(deal("006A", code="MIRA"), friend=Contact(identities=(contact("wrong"),))))))
    other = replace(deal("006A", code=None, updated=HOUR), friend=Contact(identities=(contact("right"),)))
    sources.tell(("crm", DealWon(other)))
    assert sources.shop.facts()["conversions"] == []


def test_a_contact_who_is_named_later_makes_the_deal_count(sources: Sources) -> None:
    """SF-19: won without a contact role, which is added later."""
    nobody = replace(CRM, friend=Contact(), evidence=())
    sources.tell(("crm", DealWon(nobody)))
    assert sources.shop.states() == {}
    sources.tell(("crm", DealWon(CRM)))
    assert {key[0] for key, state in sources.shop.states().items() if state == "held"} == {"006A"}


def test_what_is_needed_to_recognise_a_purchase_is_kept(sources: Sources) -> None:
    total = Money(11_900, "EUR")
    sources.tell(("crm", DealWon(replace(CRM, total=total, references=("#1001", "PO-7", "#1001", "", "PO\x00")))))
    row: StoredOrder = sources.shop.order("006A")
    assert (row.kind, row.references, row.total) == ("deal", ["#1001", "PO-7"], total)
    sources.tell(("crm", DealWon(replace(CRM, total=Money(11_900, "USD")))))
    assert sources.shop.order("006A").total is None


@pytest.mark.parametrize(
    "news",
    [
        OrderPaid(order(buyer=ANNA, refunds=[refund()])),
        OrderPaid(order(buyer=ANNA, updated=HOUR, cancelled=HOUR)),
        OrderPaid(order(base="84.03", buyer=ANNA, refunds=[refund(amount="84.03")])),
    ],
)
def test_what_went_back_at_the_shop_goes_back_though_the_deal_was_paid(sources: Sources, news: Event) -> None:
    """The deal was told and paid first; a refund that only the shop knows of is a debt all the same."""
    sources.crm.pay(CRM)
    sources.tell(("shop", news))
    assert sources.shop.order("1001").same_as_id == sources.shop.order("006A").id
    assert sources.shop.conversion("006A").state == "reversed"
    assert sources.shop.balance("receivable") == 500
    assert sources.shop.violations() == {}


def test_a_part_that_went_back_at_the_shop_takes_its_share_of_the_deal(sources: Sources) -> None:
    sources.crm.pay(CRM)
    sources.tell(NEWS[0], ("shop", refunded("1001", refund(amount="25.00"))))
    assert sources.shop.conversion("006A").reversed_minor == 2975
    sources.tell(("shop", refunded("1001", refund("r2", "75.00"))))
    assert sources.shop.conversion("006A").state == "reversed"
    assert sources.shop.violations() == {}


def test_where_only_deals_count_a_refund_at_the_shop_counts_too(bare: Scene) -> None:
    bare.campaign(counts={"kinds": ["deal"]})
    bare.advocate()
    crm = bare.beside("The CRM")
    crm.tell(DealWon(CRM))
    bare.tell(OrderPaid(SHOP))
    assert bare.reward("006A").state == "held"
    bare.tell(refunded("1001", refund()))
    assert bare.reward("006A").state == "void"
    assert bare.violations() == {}


def test_two_orders_of_the_same_amount_in_two_shops_are_two_purchases(bare: Scene) -> None:
    """A deal beside them is the nearer one's."""
    bare.campaign(counts={"first_order_only": False})
    bare.advocate()
    second, crm = bare.beside("The second shop"), bare.beside("The CRM", "crm")
    bare.tell(OrderPaid(SHOP))
    second.tell(OrderPaid(order("2001", placed=DAY, buyer=friend("a-2", "anna@example.com"))))
    crm.tell(DealWon(deal("006A", placed=DAY)))
    assert sorted(row[0] for row in bare.facts()["conversions"]) == ["1001", "2001"]
    assert bare.facts()["duplicates"] == [["006A", "2001"]]


def test_texts_that_no_database_holds_keep_no_deal_from_counting(sources: Sources) -> None:
    """NUL and half a surrogate pair in the name, in a reference and in a field."""
    odd = Evidence(EvidenceKind.OTHER_CONTACT_FIELD, "a\0\ud800")
    named = replace(CRM, name="Big\0 deal\ud800", references=("\ud800",), channel="\0web")
    sources.tell(("crm", DealWon(replace(named, evidence=(*CRM.evidence, odd)))))
    row = sources.shop.order("006A")
    assert (row.name, row.references, row.channel) == ("Big deal", [], "web")
    assert sources.shop.reward("006A").state == "held"
