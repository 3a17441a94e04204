"""A reward given by hand: from the budget, paid with a receipt, once per key, and never by one person to themselves."""

from dataclasses import replace

import pytest

from core.contract.errors import Unreadable
from core.contract.events import OrderPaid
from core.contract.money import Money
from core.models import Allowance, AuditEntry, Operator, Proposal, Push, Reward
from core.queries.proposals import WANTED, proposals
from core.services.connections import NotFound
from core.services.consent import SecondPersonNeeded
from core.services.grant import BadGrant, Gift, grant
from core.services.judge_reward import void_reward
from core.services.operators import join, make_operator
from core.services.second_person import ACTS, GRANT, SamePerson, Who, confirm, do_or_propose
from tests.support.hub import Scene, order

BECAUSE = "her parcel was late"


def gift(stage: Scene, amount: str = "10.00", **more: str) -> Gift:
    """So much for MIRA."""
    return Gift("friends", stage.advocate("MIRA").person_id, amount, **more)


def test_what_is_granted_is_paid_with_a_receipt_and_booked(stage: Scene) -> None:
    row = grant(stage.hub, gift(stage), BECAUSE)
    assert (row.state, row.side, row.conversion_id) == ("held", "grant", None)
    stage.work()
    paid, push = stage.one(Reward), stage.one(Push)
    assert (paid.state, push.state, push.amount) == ("pushed", "confirmed", Money(1000, "EUR"))
    assert [effect.minor for effect in stage.shop.effects] == [1000]
    assert stage.balance("pushed") == 1000
    assert stage.violations() == {}


def test_it_takes_its_share_of_the_budget_and_no_more_than_there_is(bare: Scene) -> None:
    stage = bare.campaign(limits={"budget": "30.00"})
    grant(stage.hub, gift(stage, "25.00"), BECAUSE)
    with pytest.raises(BadGrant, match="no room for this reward: raise limits"):
        grant(stage.hub, gift(stage, "5.01"), BECAUSE)
    grant(stage.hub, gift(stage, "5.00"), BECAUSE)
    assert sum(row.used for row in stage.all(Allowance) if row.name.startswith("budget")) == 3000
    assert len(stage.all(Reward)) == 2
    assert stage.violations() == {}


def test_a_void_grant_gives_its_money_back(stage: Scene) -> None:
    held = grant(stage.hub, gift(stage), BECAUSE)
    void_reward(stage.hub, held.id, "by mistake")
    paid = grant(stage.hub, gift(stage, "7.00"), BECAUSE)
    stage.work()
    void_reward(stage.hub, paid.id, "by mistake, too")
    stage.work()
    assert sorted(row.state for row in stage.all(Reward)) == ["clawed_back", "void"]
    assert stage.shop.total() == 0
    assert stage.violations() == {}


def test_what_the_person_owes_is_set_off_against_it(stage: Scene) -> None:
    stage.pay(order())
    stage.shop.fates.append("refused")  # the take-back is refused, so that the debt stays
    void_reward(stage.hub, stage.reward().id, "a mistake")
    stage.work()
    grant(stage.hub, gift(stage, "15.00"), BECAUSE)
    stage.work()
    assert stage.balance("receivable") == 0
    given = stage.one(Push, gives=True, amount_minor=500, recipient="customer-mira")
    assert given.state == "confirmed"
    assert stage.violations() == {}


def test_the_same_key_gives_once(stage: Scene) -> None:
    first = grant(stage.hub, gift(stage, key="ticket 7"), BECAUSE)
    assert grant(stage.hub, gift(stage, key="ticket 7"), BECAUSE).id == first.id
    with pytest.raises(BadGrant, match="the key 'ticket 7' was used for another reward"):
        grant(stage.hub, gift(stage, "11.00", key="ticket 7"), BECAUSE)
    grant(stage.hub, gift(stage), BECAUSE)
    grant(stage.hub, gift(stage), BECAUSE)
    assert len(stage.all(Reward)) == len(stage.all(AuditEntry, verb="grant_reward")) == 3


@pytest.mark.parametrize(
    ("changed", "problem", "words"),
    [
        ({"slug": "nothing"}, NotFound, "no campaign 'nothing' is in force"),
        ({"amount": "0.00"}, BadGrant, "more than zero"),
        ({"amount": "-5.00"}, BadGrant, "more than zero"),
        ({"amount": "ten"}, Unreadable, "ten"),
        ({"currency": "USD"}, BadGrant, "the campaign has no USD: choose one of EUR"),
        ({"kind": "yacht"}, BadGrant, "no connected source can give yacht"),
    ],
)
def test_what_cannot_be_given_is_refused_and_leaves_nothing(
    stage: Scene, changed: dict[str, str], problem: type[Exception], words: str
) -> None:
    with pytest.raises(problem, match=words):
        grant(stage.hub, replace(gift(stage), **changed), BECAUSE)
    assert stage.all(Reward) == []
    assert stage.all(AuditEntry, verb="grant_reward") == []


def test_a_grant_touches_no_order_and_no_order_touches_it(stage: Scene) -> None:
    granted = grant(stage.hub, gift(stage), BECAUSE)
    stage.tell(OrderPaid(order()))
    stage.tell(OrderPaid(order(base="300.00")))
    with stage.hub.database.reading() as session:
        assert session.get_one(Reward, granted.id).net == Money(1000, "EUR")
    assert stage.violations() == {}


def _works_here(stage: Scene, address: str) -> Operator:
    with stage.hub.database.transaction() as session:
        row = make_operator(stage.hub, session, address, "Nora", None)
        join(stage.hub, session, stage.connection.merchant_id, row.id, "admin")
        session.flush()
        session.expunge(row)
        return row


def test_nobody_who_works_here_is_given_anything_by_one_person_alone(stage: Scene) -> None:
    """However little it is and however the address is written; and the one it is for cannot be the second one."""
    nora = _works_here(stage, "nora@gmail.com")
    theirs = stage.advocate("NORA", email="N.ora@googlemail.com").person_id
    present = Gift("friends", theirs, "0.01")
    with pytest.raises(SecondPersonNeeded, match="somebody who works here"):
        grant(stage.hub, present, BECAUSE)
    told = {"gift": {"slug": "friends", "person_id": theirs, "amount": "0.01"}, "because": BECAUSE}
    asked = do_or_propose(stage.hub, GRANT, "one", told, Who("ada", "Ada"))
    assert isinstance(asked, Proposal)
    with stage.hub.database.reading() as session:
        assert proposals(session).rows[0].wanted == f"give a reward by hand, campaign friends, to person …{theirs[-6:]}"
    with pytest.raises(SamePerson, match="it would be for you"):
        confirm(stage.hub, asked.id, Who(nora.id, "Nora"))
    assert stage.all(Reward) == []
    confirm(stage.hub, asked.id, Who("ben", "Ben"))
    assert stage.one(Reward).granted == Money(1, "EUR")
    assert stage.one(AuditEntry, verb="grant_reward").actor == "Ada and Ben"


def test_more_than_one_may_give_alone_waits_for_a_second_person(stage: Scene) -> None:
    hub = replace(stage.hub, second_person_above={"EUR": Money(999, "EUR")})
    with pytest.raises(SecondPersonNeeded):
        grant(hub, gift(stage), BECAUSE)
    assert stage.all(Reward) == []
    assert grant(hub, gift(stage, "9.99"), BECAUSE).state == "held"


def test_every_act_that_may_wait_for_a_second_person_is_told_in_words() -> None:
    assert WANTED.keys() == ACTS.keys()
