"""Suspect: what counted is judged at once and before it is paid, by what the hub itself gathers."""

from dataclasses import replace
from typing import Any

import pytest

from core.contract.events import Contact, Order, OrderPaid
from core.contract.signals import Signal, SignalKind
from core.models import Assessment, AuditEntry, Code, Conversion, Reward
from core.services import suspect as suspecting
from core.services.campaigns import create_campaign, publish
from core.services.enroll import enroll
from core.services.reattribute import reattribute
from core.services.review import decide_case
from core.services.second_person import Who
from tests.support.hub import DAY, HOUR, Scene, customer, email, friend, order, terms

IP, AGENT, BROWSER, CARD, HOME = (
    Signal(SignalKind.IP, "198.51.100.7"),
    Signal(SignalKind.USER_AGENT, "Firefox"),
    Signal(SignalKind.BROWSER, "cookie-1"),
    Signal(SignalKind.PAYMENT, "card-1"),
    Signal(SignalKind.ADDRESS, "Here 1, 10115 Berlin"),
)
MIRA = Contact(identities=(customer("customer-mira"),))


def seen(source_id: str = "1001", *signals: Signal, **changes: Any) -> Order:
    """An order with these signals."""
    return replace(order(source_id, **changes), signals=signals)


def own(*signals: Signal, source_id: str = "0900", name: str | None = None, **changes: Any) -> Order:
    """The advocate's own order."""
    told = seen(source_id, *signals, code=None, placed=-DAY, **changes)
    return replace(told, friend=replace(MIRA, name=name))


def rules(stage: Scene, order_id: str = "1001") -> list[str]:
    """The rules that found something of an order."""
    row = stage.one(Assessment, conversion_id=stage.conversion(order_id).id)
    return [one["rule"] for one in row.findings]


def test_what_counts_is_judged_by_the_next_look_and_an_honest_order_is_clear(stage: Scene) -> None:
    stage.tell(OrderPaid(seen("1001", IP, BROWSER)), OrderPaid(own(CARD)))
    assert stage.one(Assessment).state == "new"
    stage.work()
    row = stage.one(Assessment)
    assert (row.state, row.points, row.findings) == ("clear", 0, [])
    assert row.assessed_at == stage.watch.at
    assert set(stage.states().values()) == {"held"}


def test_one_browser_on_both_sides_holds_both_rewards_at_once_with_the_reason(stage: Scene) -> None:
    stage.tell(OrderPaid(own(BROWSER)), OrderPaid(seen("1001", BROWSER)))
    stage.work()
    assert set(stage.states().values()) == {"review"}
    assert stage.reward().reason == "advocate and friend used the same browser"
    row = stage.one(Assessment)
    assert (row.state, row.points, row.opened_at) == ("open", 60, stage.watch.at)
    assert row.findings[0]["orders"] == [stage.order("0900").id], "the evidence"
    assert stage.violations() == {}


def test_it_is_judged_again_before_it_is_paid_by_what_came_later(stage: Scene) -> None:
    stage.stands(seen("1001", BROWSER))
    stage.tell(OrderPaid(seen("1001", BROWSER)))
    stage.work()
    assert rules(stage) == []
    stage.tell(OrderPaid(replace(own(BROWSER), placed_at=order().placed_at + DAY)))
    stage.work()
    assert set(stage.states().values()) == {"held"}, "nothing is due"
    stage.watch.forward(15 * DAY)
    stage.work()
    assert rules(stage) == ["same_device"]
    assert set(stage.states().values()) == {"review"}
    assert stage.balance("pushed") == 0


def test_one_mailbox_under_two_accounts_is_blocked_and_its_money_is_free_again(stage: Scene) -> None:
    """The second account is another person to the hub, and still nobody recommends to themselves."""
    enroll(stage.hub, "friends", email="zoe@gmail.com", customer="zoe", connection="The shop", code="ZOE")
    again = friend("zoe-2", "z.o.e+2@googlemail.com")
    stage.tell(OrderPaid(order("1001", code="ZOE", buyer=again)))
    stage.work()
    assert rules(stage) == ["self_referral"]
    assert set(stage.states().values()) == {"void"}
    assert stage.reward().reason == "blocked: advocate and friend have the same e-mail address"
    assert (stage.one(Assessment).state, stage.balance("held"), stage.violations()) == ("blocked", 0, {})


def test_addresses_are_compared_in_the_clear_and_kept_nowhere(stage: Scene) -> None:
    enroll(stage.hub, "friends", email="zoe.schneider1@gmx.de", name="Zoe", code="ZOE")
    told = seen("1001", HOME, CARD, code="ZOE", buyer=friend("ben", "zoe.schneider2@gmx.de"))
    stage.tell(OrderPaid(told))
    stage.work()
    row = stage.one(Assessment)
    assert [one["rule"] for one in row.findings] == ["similar_mail"]
    assert (row.state, row.points) == ("observed", 30)
    assert "zoe.schneider" not in str(row.findings)


def test_points_of_several_rules_add_up(stage: Scene) -> None:
    stage.tell(OrderPaid(own(HOME, CARD, name="Anna Schmidt")))
    both = replace(seen("1001", HOME, CARD), friend=replace(friend(), name="anna SCHMIDT"))
    stage.tell(OrderPaid(both))
    stage.work()
    assert sorted(rules(stage)) == ["same_address", "same_name", "same_payment"]
    assert stage.one(Assessment).state == "open"


def test_the_sixth_order_of_a_day_waits_and_the_ones_before_it_do_not(stage: Scene) -> None:
    stage.tell(*(OrderPaid(order(f"{n}", buyer=friend(f"p{n}"), placed=n * HOUR)) for n in range(6)))
    stage.work()
    waits = {order_id for (order_id, _), state in stage.states().items() if state == "review"}
    assert waits == {"5"}


def test_more_recommended_orders_from_one_network_than_usual_wait(stage: Scene) -> None:
    for n in range(4):
        stage.advocate(f"CODE-{n}")
        stage.tell(OrderPaid(seen(f"{n}", IP, code=f"CODE-{n}", buyer=friend(f"p{n}"), placed=n * DAY)))
    stage.work()
    assert {order_id for (order_id, _), state in stage.states().items() if state == "review"} == {"3"}


def test_a_third_friend_at_one_door_is_only_observed(stage: Scene) -> None:
    for n in range(3):
        network = Signal(SignalKind.IP, f"198.51.100.{n}")
        stage.tell(OrderPaid(seen(f"{n}", HOME, network, buyer=friend(f"p{n}"), placed=n * DAY)))
    stage.work()
    assert rules(stage, "1") == []
    assert rules(stage, "2") == ["one_door"]
    assert set(stage.states().values()) == {"held"}


def test_a_ring_is_found_along_shared_cards_and_browsers(stage: Scene) -> None:
    """Mira shares a browser with Ben and Ben a card with Anna: no two rules, but one ring."""
    stage.tell(OrderPaid(own(BROWSER)))
    stage.tell(OrderPaid(seen("1001", BROWSER, CARD, buyer=friend("ben"), placed=100 * DAY)))
    stage.tell(OrderPaid(seen("1002", CARD, buyer=friend("anna"), placed=101 * DAY)))
    stage.work()
    assert rules(stage, "1002") == ["ring"]
    assert stage.reward("1002").state == "review"


def test_a_circle_is_found_up_to_where_it_closes(stage: Scene) -> None:
    stage.advocate("ANNA", customer="anna")
    stage.advocate("BEN", customer="ben")
    stage.tell(
        OrderPaid(order("1", code="ANNA", buyer=friend("ben"))),
        OrderPaid(order("2", code="BEN", buyer=MIRA, placed=DAY)),
        OrderPaid(order("3", code="MIRA", buyer=friend("anna"), placed=2 * DAY)),
    )
    stage.work()
    assert rules(stage, "3") == ["ring"]
    assert "3 people recommend each other in a circle" in (stage.reward("3").reason or "")


def test_a_code_that_became_public_brings_nobody_any_more_and_is_exchanged(bare: Scene) -> None:
    bare.campaign(fraud={"leaked_code": {"networks": 3}, "fast_advocate": "off"}).advocate()
    crowd = [
        seen(f"{n}", Signal(SignalKind.IP, f"198.51.100.{n}"), buyer=friend(f"p{n}"), placed=n * HOUR) for n in range(4)
    ]
    bare.watch.forward(5 * HOUR)
    bare.tell(*(OrderPaid(one) for one in crowd))
    bare.work()
    old, new = bare.all(Code)
    assert (old.text, old.ended_at, new.ended_at) == ("MIRA", bare.watch.at, None)
    assert bare.reward("3").state == "review"
    assert "MIRA is " in bare.one(AuditEntry, verb="replace_code").detail
    late = order("late", buyer=friend("late"), placed=6 * HOUR)
    bare.tell(OrderPaid(late), OrderPaid(order("next", code=new.text, buyer=friend("next"), placed=7 * HOUR)))
    assert {row.order_source_id for row in bare.all(Conversion)} == {"0", "1", "2", "3", "next"}
    bare.tell(OrderPaid(crowd[0]), OrderPaid(crowd[3]))
    bare.work()
    assert (len(bare.all(Conversion)), len(bare.all(Code))) == (5, 2), "what it brought stays, and it is exchanged once"
    assert enroll(bare.hub, "friends", customer="customer-mira", connection="The shop").code == new.text
    assert bare.violations() == {}


def test_what_the_terms_switch_off_finds_nothing(bare: Scene) -> None:
    bare.campaign(fraud={"same_device": "off"}).advocate()
    bare.tell(OrderPaid(own(BROWSER)), OrderPaid(seen("1001", BROWSER)))
    bare.work()
    assert rules(bare) == []


def test_a_rule_that_a_later_version_switched_on_watches_first(bare: Scene) -> None:
    bare.campaign(fraud={"same_device": "off"}).advocate()
    create_campaign(bare.hub, terms(fraud={"same_device": "hold"}))
    publish(bare.hub, "friends", effective_at=bare.watch.at)
    bare.stands(seen("1001", BROWSER))
    bare.tell(OrderPaid(own(BROWSER)), OrderPaid(seen("1001", BROWSER)))
    bare.work()
    assert bare.one(Assessment).findings[0]["on_trial"] is True
    assert set(bare.states().values()) == {"held"}
    bare.watch.forward(15 * DAY)
    bare.work()
    assert set(bare.states().values()) == {"review"}, "fourteen days later it acts"


def test_where_the_look_itself_fails_nothing_is_paid(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """F29."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(suspecting, "Neighbourhood", broken)
    stage.tell(OrderPaid(order()))
    stage.work()
    assert set(stage.states().values()) == {"review"}
    assert "ZeroDivisionError" in (stage.reward().reason or "")


def test_other_merchants_orders_are_no_evidence(stage: Scene) -> None:
    vault = stage.hub.vault
    assert vault.lookup("ip:198.51.100.7", "one") != vault.lookup("ip:198.51.100.7", "other")


def test_an_address_of_ones_own_leads_to_no_suspicion(stage: Scene) -> None:
    buyer = Contact(identities=(customer("anna"), email("anna@gmail.com")))
    stage.tell(OrderPaid(seen("1001", IP, AGENT, BROWSER, CARD, HOME, buyer=buyer)))
    stage.work()
    assert rules(stage) == []


MILESTONE = {"kind": "store_credit", "percent": "10", "milestones": [{"at": 2, "amount": "7.00"}]}


def test_a_refused_order_makes_no_number_and_no_milestone(bare: Scene) -> None:
    """Of four orders two are from the advocate's own mailbox: the milestone is reached with the second honest one."""
    bare.campaign(friend=None, advocate=MILESTONE).advocate("ZOE", email="zoe@gmail.com", customer="zoe")
    honest = [order(f"{n}", code="ZOE", buyer=friend(f"f{n}"), placed=n * HOUR) for n in (1, 4)]
    own = [order(f"{n}", code="ZOE", buyer=friend(f"z{n}", f"zoe+{n}@gmail.com"), placed=n * HOUR) for n in (2, 3)]
    bare.pay(honest[0], *own)
    assert {key: state for key, state in bare.states().items() if state != "void"} == {("1", "advocate"): "pushed"}
    bare.pay(honest[1])
    assert {row.order_source_id: row.number for row in bare.all(Conversion)} == {"1": 1, "2": None, "3": None, "4": 2}
    assert bare.reward("4", "milestone").state == "pushed"
    assert bare.violations() == {}


def with_a_suspect(bare: Scene) -> str:
    """Of Mira's two friends one waits for a person, and the milestone rests on both; the id of the case."""
    bare.campaign(friend=None, advocate=MILESTONE).advocate()
    bare.tell(OrderPaid(own(BROWSER)))
    bare.pay(seen("1001", BROWSER), order("1002", buyer=friend("honest"), placed=HOUR))
    case: str = bare.one(Assessment, state="open").id
    return case


def test_a_milestone_waits_with_the_cases_on_which_it_rests_and_is_paid_when_they_are_approved(bare: Scene) -> None:
    case = with_a_suspect(bare)
    assert {side: bare.reward("1002", side).state for side in ("advocate", "milestone")} == {
        "advocate": "pushed",
        "milestone": "held",
    }
    assert bare.reward("1002", "milestone").reason == "it rests on an order that waits for a person: see Fraud review"
    decide_case(bare.hub, case, "approve", "sisters", Who("zoe", "Zoe"))
    bare.watch.forward(6 * HOUR)
    bare.work()
    assert (bare.reward("1002", "milestone").state, bare.violations()) == ("pushed", {})


def test_a_milestone_goes_when_a_case_on_which_it_rests_is_refused_and_is_reached_with_the_next(bare: Scene) -> None:
    case = with_a_suspect(bare)
    decide_case(bare.hub, case, "void", "one person", Who("zoe", "Zoe"))
    assert bare.reward("1002", "milestone").state == "withdrawn"
    bare.pay(order("1003", buyer=friend("third"), placed=2 * HOUR))
    assert (bare.reward("1003", "milestone").state, bare.violations()) == ("pushed", {})


def test_what_is_promised_for_an_order_after_it_was_refused_waits_for_a_person(stage: Scene) -> None:
    stage.tell(OrderPaid(own(BROWSER)), OrderPaid(seen("1001", BROWSER)))
    stage.work()
    decide_case(stage.hub, stage.one(Assessment).id, "void", "one person", Who("zoe", "Zoe"))
    stage.advocate("ZOE")
    reattribute(stage.hub, stage.order("1001").id, "ZOE", "she asked for it")
    stage.stands(seen("1001", BROWSER))
    stage.watch.forward(16 * DAY)
    stage.work()
    states = {row.state for row in stage.all(Reward) if row.net}
    assert states == {"review"}
    assert rules(stage) == ["refused_before"]
    assert stage.one(Assessment).state == "open"
    decide_case(stage.hub, stage.one(Assessment).id, "approve", "Zoe is somebody else", Who("zoe", "Zoe"))
    stage.work()
    assert {row.state for row in stage.all(Reward) if row.net} == {"pushed"}
    assert stage.violations() == {}


def test_an_approval_is_of_what_was_looked_at_and_not_of_whom_the_order_goes_to_later(stage: Scene) -> None:
    stage.tell(OrderPaid(own(BROWSER)), OrderPaid(seen("1001", BROWSER)))
    stage.work()
    stage.advocate("ZOE", email="zoe@gmail.com", customer="zoe")
    decide_case(stage.hub, stage.one(Assessment).id, "approve", "sisters", Who("zoe", "Zoe"))
    stage.tell(OrderPaid(replace(order("0800", code=None, buyer=friend("zoe"), placed=-DAY), signals=(BROWSER,))))
    reattribute(stage.hub, stage.order("1001").id, "ZOE", "she asked for it")
    stage.stands(seen("1001", BROWSER))
    stage.watch.forward(16 * DAY)
    stage.work()
    assert stage.states()["1001", "advocate"] == "review"
