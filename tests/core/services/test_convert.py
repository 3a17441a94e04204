"""Convert: orders become conversions and rewards, decided from what is known, whenever it was heard."""

from dataclasses import replace

import pytest

from core.contract.events import ContactsMerged, Evidence, EvidenceKind, OrderCancelled, OrderPaid, OrderPlaced
from core.models import Conversion, Referral, Reward
from tests.support.hub import DAY, HOUR, START, Scene, customer, friend, order, refund, refunded


def test_an_order_with_a_code_counts_and_owes_both_sides(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    conversion = stage.conversion()
    assert (conversion.state, conversion.base_minor, conversion.reversed_minor) == ("qualified", 10_000, 0)
    assert conversion.release_at == START + 14 * DAY
    assert (stage.reward().granted_minor, stage.reward(side="friend").granted_minor) == (1000, 500)
    assert stage.reward().person_id != stage.reward(side="friend").person_id
    assert stage.states() == {("1001", "advocate"): "held", ("1001", "friend"): "held"}
    assert stage.balance("held") == -stage.balance("programme") == 1500
    assert stage.violations() == {}


def test_the_same_news_twice_changes_nothing(stage: Scene) -> None:
    """I2 and F4: a business key, not only the delivery's, keeps an order from counting twice."""
    stage.tell(OrderPaid(order()))
    before = stage.digest()
    stage.tell(OrderPaid(order()), OrderPaid(order()))
    assert stage.digest() == before
    assert len(stage.all(Conversion)) == 1
    assert len(stage.all(Reward)) == 2


def test_an_unpaid_order_waits_and_owes_nobody_yet(stage: Scene) -> None:
    stage.tell(OrderPlaced(order(is_paid=False)))
    assert stage.conversion().state == "pending"
    assert stage.all(Reward) == []
    stage.tell(OrderPaid(order(updated=HOUR)))
    assert stage.conversion().state == "qualified"
    assert len(stage.all(Reward)) == 2


def test_an_order_that_is_unpaid_again_owes_nobody_again(stage: Scene) -> None:
    """An edit upward leaves a paid order partly paid; it is paid again later."""
    stage.tell(OrderPaid(order()))
    stage.tell(OrderPlaced(order(base="150.00", is_paid=False, updated=HOUR)))
    assert stage.conversion().state == "pending"
    assert set(stage.states().values()) == {"withdrawn"}
    assert stage.balance("held") == 0
    stage.tell(OrderPaid(order(base="150.00", updated=2 * HOUR)))
    assert set(stage.states().values()) == {"held"}
    assert stage.reward().net.minor == 1500
    assert stage.violations() == {}


def test_the_reasons_stand_on_the_order_whether_it_counts_or_not(stage: Scene) -> None:
    stage.tell(OrderPaid(order(code="SUMMER10")))
    assert stage.all(Conversion) == []
    reasons = stage.order().reasons["friends"]
    assert [(one["rule"], one["passed"]) for one in reasons] == [("evidence.code", False), ("referral", False)]


def test_an_order_of_nobody_says_so(stage: Scene) -> None:
    stage.tell(OrderPaid(order(buyer=friend(None))))
    assert "names no customer" in stage.order().reasons["*"][0]["words"]
    assert stage.all(Conversion) == []


def test_an_older_telling_never_overwrites_a_newer_one(stage: Scene) -> None:
    """F11."""
    stage.tell(OrderPaid(order(base="80.00", updated=2 * HOUR)))
    stage.tell(OrderPlaced(order(base="100.00", is_paid=False, updated=HOUR)))
    assert (stage.order().base_minor, stage.order().is_paid) == (8_000, True)
    assert stage.reward().net.minor == 800


def test_a_cancellation_is_not_undone_by_a_late_creation(stage: Scene) -> None:
    """F9 and F10: cancel before create, as in order."""
    stage.tell(OrderCancelled(order(updated=2 * HOUR, cancelled=2 * HOUR)))
    stage.tell(OrderPaid(order()))
    assert stage.conversion().state == "reversed"
    assert stage.balance("held") == 0
    assert stage.facts()["rewards"] == []


def test_evidence_that_only_one_telling_knew_is_kept(stage: Scene) -> None:
    seen = order(code=None, evidence=[Evidence(EvidenceKind.LANDING_REF, "mira")])
    stage.tell(OrderPaid(seen))
    stage.tell(OrderPaid(replace(order(code=None), updated_at=START + HOUR)))
    assert stage.conversion().state == "qualified"


def test_an_edit_inside_the_hold_is_recalculated_both_ways(stage: Scene) -> None:
    """F12."""
    for step, (base, owed) in enumerate((("100.00", 1000), ("250.00", 2500), ("40.00", 400)), 1):
        stage.tell(OrderPaid(order(base=base, updated=step * HOUR)))
        assert stage.reward().net.minor == owed
        assert stage.balance("held") == owed + 500
    assert stage.violations() == {}


def test_an_order_edited_below_the_minimum_does_not_count_until_it_is_edited_up_again(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    stage.tell(OrderPaid(order(base="10.00", updated=HOUR)))
    assert stage.conversion().state == "withdrawn"
    assert stage.balance("held") == 0
    stage.tell(OrderPaid(order(base="60.00", updated=2 * HOUR)))
    assert stage.conversion().state == "qualified"
    assert stage.reward().net.minor == 600
    assert stage.violations() == {}


def test_an_earlier_order_that_arrives_late_takes_the_first_place(stage: Scene) -> None:
    stage.tell(OrderPaid(order("1002", placed=DAY)))
    stage.tell(OrderPaid(order("1001", code=None)))
    assert stage.conversion("1002").state == "withdrawn"
    assert set(stage.states().values()) == {"withdrawn"}
    assert stage.balance("held") == 0
    assert stage.violations() == {}


def test_what_was_paid_stays_paid_when_an_earlier_order_arrives_late(stage: Scene) -> None:
    stage.pay(order("1002", placed=DAY))
    stage.tell(OrderPaid(order("1001", code=None)))
    assert set(stage.states().values()) == {"pushed"}
    assert any("already paid" in one["words"] for one in stage.conversion("1002").reasons)
    assert stage.violations() == {}


def test_a_merge_that_makes_friend_and_advocate_one_takes_the_reward_away(stage: Scene) -> None:
    """F33 and I8: one person under two accounts."""
    stage.tell(OrderPaid(order()))
    stage.tell(ContactsMerged(kept=customer("customer-mira"), gone=customer("anna")))
    assert set(stage.states().values()) == {"withdrawn"}
    assert stage.balance("held") == 0
    assert any(one["rule"] == "self_referral" and not one["passed"] for one in stage.order().reasons["friends"])
    assert stage.violations() == {}


def test_a_merge_before_the_order_refuses_it_as_well(stage: Scene) -> None:
    stage.tell(ContactsMerged(kept=customer("customer-mira"), gone=customer("anna")))
    stage.tell(OrderPaid(order()))
    assert stage.all(Conversion) == []
    assert stage.violations() == {}


def test_a_merge_after_one_side_was_paid_withdraws_what_is_still_open(stage: Scene) -> None:
    """F33: open rewards of a self-referral are not paid, paid ones are flagged, and pushing goes on."""
    buyer = friend(None, "anna@example.com")  # no account: the friend's reward waits in review
    stage.pay(order(buyer=buyer))
    assert stage.states() == {("1001", "advocate"): "pushed", ("1001", "friend"): "review"}
    stage.tell(OrderPaid(order("1002", code=None, placed=16 * DAY, buyer=friend("anna", "anna@example.com"))))
    stage.tell(ContactsMerged(kept=customer("customer-mira"), gone=customer("anna")))
    assert stage.states() == {("1001", "advocate"): "pushed", ("1001", "friend"): "withdrawn"}
    assert any("already paid" in one["words"] for one in stage.conversion().reasons)
    assert stage.violations() == {}


def test_two_accounts_of_one_friend_have_one_first_order(stage: Scene) -> None:
    stage.tell(OrderPaid(order("1001")), OrderPaid(order("1002", placed=DAY, buyer=friend("anna-2"))))
    assert len(stage.facts()["conversions"]) == 2
    stage.tell(ContactsMerged(kept=customer("anna-2"), gone=customer("anna")))
    assert [one[0] for one in stage.facts()["conversions"]] == ["1001"]
    assert stage.violations() == {}


def test_the_first_advocate_keeps_the_friend_even_if_heard_of_last(stage: Scene) -> None:
    """I7."""
    stage.advocate("ZOE")
    stage.tell(OrderPaid(order("1002", placed=DAY, code="ZOE")))
    stage.tell(OrderPlaced(order("1001", is_paid=False)))
    codes = {row[0]: row[2] for row in stage.facts()["conversions"]}
    assert codes == {"1001": "MIRA", "1002": "MIRA"}
    assert stage.reward("1002").person_id == stage.one(Referral).advocate_id
    assert stage.violations() == {}


def test_an_order_given_to_another_customer_follows_the_newest_telling(stage: Scene) -> None:
    """An old telling that comes again must not give the order back."""
    stage.tell(OrderPaid(order("1000", code=None, placed=-DAY, buyer=friend("ben"))))
    stage.tell(OrderPaid(order(buyer=friend("ben"), updated=HOUR)))
    stage.tell(OrderPaid(order(buyer=friend("anna"))))
    assert stage.all(Conversion) == []


@pytest.mark.parametrize("first", ["placed", "refund"])
def test_a_refund_before_its_order_waits_for_it(stage: Scene, first: str) -> None:
    """F9: the same end in either order."""
    told = [OrderPaid(order()), refunded("1001", refund(amount="40.00"))]
    for event in told if first == "placed" else told[::-1]:
        stage.tell(event)
    assert stage.conversion().reversed_minor == 4_000
    assert (stage.reward().net.minor, stage.reward(side="friend").net.minor) == (600, 300)
    assert stage.violations() == {}


def test_a_paid_order_that_no_longer_counts_is_still_taken_back_when_it_goes_back(stage: Scene) -> None:
    """An edit below the minimum leaves what was earned, a refund after that does not."""
    stage.pay(order())
    stage.tell(OrderPaid(order(base="20.00", updated=DAY)))
    assert (stage.conversion().state, stage.shop.total()) == ("qualified", 1500)
    stage.tell(OrderCancelled(order(base="20.00", updated=2 * DAY, cancelled=2 * DAY)))
    stage.work()
    assert (stage.conversion().state, stage.shop.total()) == ("reversed", 0)
    assert stage.violations() == {}


def test_a_due_reward_that_passes_to_another_advocate_is_paid_to_the_other_one(bare: Scene) -> None:
    """It has no account yet at that moment, and must not wait for ever without one."""
    bare.campaign(friend=None)
    bare.advocate()
    bare.advocate("ZOE")
    bare.hub.timings = replace(bare.hub.timings, quiet=400 * DAY)
    bare.shop.fates.append("lost_before")
    bare.pay(order("1001", buyer=friend("anna")))
    bare.pay(order("1002", buyer=friend("ben")))  # waits: nothing else goes to Mira's account
    assert bare.states() == {("1001", "advocate"): "pushing", ("1002", "advocate"): "due"}
    bare.tell(OrderPlaced(order("1000", buyer=friend("ben"), code="ZOE", placed=-DAY, is_paid=False)))
    bare.work()
    assert bare.reward("1002").state == "pushed"
    assert [effect.recipient for effect in bare.shop.effects] == ["customer-zoe"]
    assert bare.violations() == {}


def test_a_reward_that_passes_to_another_advocate_needs_room_under_their_cap(bare: Scene) -> None:
    """I9."""
    bare.campaign(friend=None, limits={"rewards_per_advocate": 1, "per_days": 3650})
    bare.advocate()
    bare.advocate("ZOE")
    bare.tell(OrderPaid(order("1001", buyer=friend("anna"))), OrderPaid(order("1002", buyer=friend("ben"), code="ZOE")))
    bare.tell(OrderPlaced(order("1000", buyer=friend("anna"), code="ZOE", placed=-DAY, is_paid=False)))
    assert bare.states() == {("1001", "advocate"): "withdrawn", ("1002", "advocate"): "held"}
    assert "cap_reached" in str(bare.reward("1001").reason)
    assert bare.violations() == {}
    bare.tell(OrderPaid(order("1003", buyer=friend("carl"))))
    assert bare.reward("1003").state == "held"  # Mira's place is free again


def test_a_paid_order_that_is_another_friends_by_now_stays_with_whom_it_was_paid_for(bare: Scene) -> None:
    """And the first friend's next order is decided as ever."""
    bare.campaign(counts={"first_order_only": False})
    bare.advocate()
    bare.pay(order("1"))
    before = bare.conversion("1").referral_id
    bare.tell(OrderPaid(order("1", buyer=friend("ben"), updated=30 * DAY)))
    bare.tell(OrderPaid(order("2", code=None, placed=DAY)))
    assert bare.conversion("1").referral_id == before
    assert bare.violations() == {}
