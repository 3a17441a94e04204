"""Review: a case waits for a person, an appeal opens it again, nobody's silence pays, and what was paid is told."""

from dataclasses import replace

import pytest

from core.contract.events import ContactsMerged, OrderPaid
from core.contract.money import Money
from core.contract.signals import Signal, SignalKind
from core.models import Assessment, AuditEntry, Proposal
from core.queries.attention import attention
from core.queries.fraud import fraud_case, fraud_cases, reminder
from core.queries.fraud_numbers import fraud_numbers
from core.rules.states import IllegalChange
from core.services.connections import NotFound
from core.services.review import appeal, decide_case, keep_cases
from core.services.second_person import Who, confirm
from tests.support.hub import DAY, HOUR, Scene, customer, friend, order

ZOE, BEA = Who("zoe", "Zoe"), Who("bea", "Bea")
BROWSER = (Signal(SignalKind.BROWSER, "cookie-1"),)


def suspected(stage: Scene) -> Assessment:
    """Mira and Anna used one browser, and a case is open."""
    mira = friend("customer-mira")
    stage.tell(OrderPaid(replace(order("0900", code=None, buyer=mira, placed=-DAY), signals=BROWSER)))
    told = replace(order(), signals=BROWSER)
    stage.stands(told)
    stage.tell(OrderPaid(told))
    stage.work()
    return case(stage)


def case(stage: Scene) -> Assessment:
    """The only case."""
    found: Assessment = stage.one(Assessment)
    return found


def acts(stage: Scene) -> set[str]:
    """What stands in the audit trail."""
    return {row.verb for row in stage.all(AuditEntry)}


def test_a_case_shows_what_was_found_which_orders_show_it_and_what_may_be_told(stage: Scene) -> None:
    row = suspected(stage)
    with stage.hub.database.reading() as session:
        found = fraud_case(session, row.id)
        assert attention(session).fraud_cases == 1
        (listed,) = fraud_cases(session, state="open").rows
        assert fraud_cases(session, state="approved").rows == ()
    assert found is not None
    assert found.row == listed
    assert [(one.rule, one.points) for one in found.findings] == [("same_device", 60)]
    assert [one.name for one in found.findings[0].orders] == ["#0900"]
    assert {one.state for one in found.rewards} == {"review"}
    assert "browser" not in " ".join(found.told), "what a cheat may be told is not how they were found"


def test_approved_it_is_paid_after_all_and_not_held_again(stage: Scene) -> None:
    row = suspected(stage)
    decide_case(stage.hub, row.id, "approve", "they are sisters", ZOE)
    assert (case(stage).state, case(stage).decided_at) == ("approved", stage.watch.at)
    stage.watch.forward(15 * DAY)
    stage.work()
    assert set(stage.states().values()) == {"pushed"}
    assert {"approve_reward"} <= acts(stage)
    assert stage.violations() == {}


def test_void_it_is_owed_no_more(stage: Scene) -> None:
    row = suspected(stage)
    decide_case(stage.hub, row.id, "void", "one person", ZOE)
    assert (case(stage).state, set(stage.states().values())) == ("voided", {"void"})
    assert (stage.balance("held"), stage.violations()) == (0, {})
    with pytest.raises(IllegalChange, match="an appeal opens it again"):
        decide_case(stage.hub, row.id, "approve", "no", ZOE)


def test_above_the_limit_a_second_person_decides(stage: Scene) -> None:
    stage.hub.second_person_above = {"EUR": Money.parse("1.00", "EUR")}
    row = suspected(stage)
    decide_case(stage.hub, row.id, "approve", "they are sisters", ZOE)
    assert case(stage).state == "open"
    for proposal in stage.all(Proposal):
        confirm(stage.hub, proposal.id, BEA)
    assert case(stage).state == "approved"


@pytest.mark.parametrize("how", ["void", "time out"])
def test_an_appeal_opens_it_again_with_its_money_reserved_anew(stage: Scene, how: str) -> None:
    row = suspected(stage)
    if how == "void":
        decide_case(stage.hub, row.id, "void", "one person", ZOE)
    else:
        stage.watch.forward(30 * DAY)
        keep_cases(stage.hub)
    appeal(stage.hub, row.id, "she called", actor="Zoe")
    assert (case(stage).state, case(stage).appealed_at) == ("open", stage.watch.at)
    assert set(stage.states().values()) == {"review"}
    assert stage.balance("held") != 0
    assert stage.violations() == {}
    decide_case(stage.hub, row.id, "approve", "they are sisters", ZOE)
    stage.watch.forward(15 * DAY)
    stage.work()
    assert set(stage.states().values()) == {"pushed"}
    assert {"appeal_fraud", "approve_reward"} <= acts(stage)


def test_what_was_blocked_can_be_appealed_against_too(stage: Scene) -> None:
    stage.advocate("ZOE", email="zoe@gmail.com")
    stage.tell(OrderPaid(order("0800", code=None, buyer=friend("zoe-1", "zoe@gmail.com"), placed=-DAY)))
    stage.tell(OrderPaid(order("1001", code="ZOE", buyer=friend("zoe-2", "zoe@gmail.com"))))
    stage.work()
    assert case(stage).state == "blocked"
    appeal(stage.hub, case(stage).id, "mother and daughter share it", actor="Zoe")
    stage.work()
    assert (case(stage).state, set(stage.states().values())) == ("open", {"review"})


def test_what_was_not_refused_cannot_be_appealed_against(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    stage.work()
    with pytest.raises(IllegalChange, match="nothing of this case was refused"):
        appeal(stage.hub, case(stage).id, "why not", actor="Zoe")
    with pytest.raises(NotFound, match="fraud list"):
        appeal(stage.hub, "nothing", "why not", actor="Zoe")


def test_it_is_told_again_after_three_seven_and_fourteen_days_and_void_after_thirty(stage: Scene) -> None:
    row = suspected(stage)
    assert [reminder(row.opened_at, stage.watch.at + days * DAY) for days in (0, 3, 7, 14)] == [0, 1, 2, 3]
    stage.watch.forward(30 * DAY - HOUR)
    stage.work()
    assert keep_cases(stage.hub) == 0
    with stage.hub.database.reading() as session:
        assert fraud_numbers(session, stage.watch.at).late == 1
        assert fraud_numbers(session, stage.watch.at - 27 * DAY).late == 0
    assert set(stage.states().values()) == {"review"}, "silence never pays"
    stage.watch.forward(HOUR)
    assert keep_cases(stage.hub) == 1
    assert (case(stage).state, set(stage.states().values())) == ("timed_out", {"void"})
    assert "time_out_fraud" in acts(stage)
    assert stage.violations() == {}


def test_a_merchant_may_let_it_wait_for_ever(bare: Scene) -> None:
    bare.campaign(fraud={"void_after_days": 0}).advocate()
    suspected(bare)
    bare.watch.forward(400 * DAY)
    assert keep_cases(bare.hub) == 0
    assert set(bare.states().values()) == {"review"}


def test_a_merge_that_shows_a_self_referral_after_it_was_paid_is_told_to_a_person(stage: Scene) -> None:
    """F33."""
    stage.pay(order())
    assert set(stage.states().values()) == {"pushed"}
    stage.tell(ContactsMerged(kept=customer("customer-mira"), gone=customer("anna")))
    keep_cases(stage.hub)
    row = case(stage)
    assert (row.state, row.is_of_paid) == ("open", True)
    assert "after a reward was paid" in row.findings[0]["words"]
    assert keep_cases(stage.hub) == 0, "it is told once"
    assert "reveal_fraud" in acts(stage)


def test_what_was_found_too_late_is_taken_back_or_let_stand(stage: Scene) -> None:
    stage.pay(order())
    stage.tell(ContactsMerged(kept=customer("customer-mira"), gone=customer("anna")))
    keep_cases(stage.hub)
    decide_case(stage.hub, case(stage).id, "approve", "they did not know", ZOE)
    assert (case(stage).state, stage.balance("receivable")) == ("approved", 0)
    assert keep_cases(stage.hub) == 0


def test_a_rule_gone_wrong_is_seen_in_the_numbers(stage: Scene) -> None:
    suspected(stage)
    with stage.hub.database.reading() as session:
        numbers = fraud_numbers(session, stage.watch.at)
        assert (numbers.judged, numbers.stopped, numbers.confirmed, numbers.alarm) == (1, 1, 0, "")
    with stage.hub.database.transaction() as session:
        row = session.get_one(Assessment, case(stage).id)
        row.state = "voided"
    with stage.hub.database.reading() as session:
        assert fraud_numbers(session, stage.watch.at).confirmed == 1
        assert fraud_numbers(session, stage.watch.at + 31 * DAY).judged == 0
