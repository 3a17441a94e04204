"""An operator's word on who brought an order: what is owed follows, what was paid is claimed back, undoing works."""

from contextlib import suppress
from dataclasses import replace
from random import Random

import pytest

from core.contract.events import OrderPaid
from core.contract.money import Money
from core.models import AuditEntry, Code, Proposal, Reward, Ruling
from core.queries.proposals import proposals
from core.services.connections import NotFound
from core.services.judge_reward import void_reward
from core.services.reattribute import BadRuling, reattribute
from core.services.second_person import REATTRIBUTE, Who, do_or_propose
from core.services.second_person import confirm as say_yes
from tests.support.hub import DAY, Scene, friend, order, refund, refunded

BECAUSE = "Mira called: it was Zoe who told her friend"


@pytest.fixture
def two(stage: Scene) -> Scene:
    """Besides MIRA there is ZOE; Anna's order 1001 carries MIRA's code."""
    stage.advocate("ZOE")
    return stage


def owner(stage: Scene, source_id: str = "1001") -> list[tuple[str, str, int]]:
    """Whom the advocate's rewards of the order belong to (by account), with state and what stands, by turn."""
    conversion = stage.conversion(source_id).id
    rows = [row for row in stage.all(Reward, conversion_id=conversion) if row.side == "advocate"]
    names = {code.advocate_id: code.text for code in stage.all(Code)}
    return [(names[row.person_id], row.state, row.net.minor) for row in sorted(rows, key=lambda row: row.turn)]


def rule(stage: Scene, to: str, source_id: str = "1001") -> None:
    reattribute(stage.hub, stage.order(source_id).id, to, BECAUSE)


def test_what_is_not_paid_yet_follows_the_word(two: Scene) -> None:
    two.tell(OrderPaid(order()))
    assert owner(two) == [("MIRA", "held", 1000)]
    rule(two, "ZOE")
    assert owner(two) == [("ZOE", "held", 1000)]
    assert two.violations() == {}


def test_the_word_outlives_all_later_news(two: Scene) -> None:
    """The source tells the order again, with MIRA's code as before and another amount."""
    two.tell(OrderPaid(order()))
    rule(two, "ZOE")
    two.tell(OrderPaid(order(base="200.00", updated=DAY)))
    assert owner(two) == [("ZOE", "held", 2000)]
    assert two.violations() == {}


def test_what_was_paid_is_claimed_back_and_granted_to_whom_it_belongs(two: Scene) -> None:
    two.pay(order())
    assert owner(two) == [("MIRA", "pushed", 1000)]
    rule(two, "ZOE")
    assert owner(two) == [("MIRA", "pushed", 0), ("ZOE", "held", 1000)]
    assert two.balance("receivable") == 1000
    two.work()
    assert owner(two) == [("MIRA", "clawed_back", 0), ("ZOE", "pushed", 1000)]
    assert two.balance("receivable") == 0
    assert two.violations() == {}


def test_the_friends_reward_stays_when_another_advocate_brought_them(two: Scene) -> None:
    two.pay(order())
    before = two.reward(side="friend")
    rule(two, "ZOE")
    after = two.reward(side="friend")
    assert (after.state, after.net) == (before.state, before.net) == ("pushed", Money(500, "EUR"))


def test_nobody_brought_it_takes_both_sides_rewards(two: Scene) -> None:
    two.pay(order())
    rule(two, "nobody")
    assert two.conversion().state == "withdrawn"
    assert two.balance("receivable") == 1500
    two.work()
    assert set(two.states().values()) == {"clawed_back"}
    assert two.balance("receivable") == 0
    assert two.violations() == {}


@pytest.mark.parametrize("detour", ["ZOE", "nobody"])
def test_a_word_is_taken_back_by_letting_the_evidence_decide_again(two: Scene, detour: str) -> None:
    two.pay(order())
    rule(two, detour)
    two.work()
    rule(two, "evidence")
    two.work()
    assert owner(two)[-1] == ("MIRA", "pushed", 1000)
    assert sum(net for _, _, net in owner(two)) == 1000
    assert two.conversion().state == "qualified"
    assert two.violations() == {}


def test_an_order_without_any_code_is_given_to_an_advocate(two: Scene) -> None:
    two.tell(OrderPaid(order(code=None)))
    rule(two, "ZOE")
    assert owner(two) == [("ZOE", "held", 1000)]
    assert two.violations() == {}


def test_every_other_rule_still_decides(two: Scene) -> None:
    two.tell(OrderPaid(order(base="20.00", code=None)))
    rule(two, "ZOE")
    assert two.all(Reward) == []
    told = two.order().reasons["friends"]
    assert [one["rule"] for one in told if not one["passed"]] == ["minimum"]
    assert "an operator decided that the code ZOE brought this order" in [one["words"] for one in told]


def test_a_code_that_is_switched_off_can_be_named_and_is_found_however_it_is_typed(two: Scene) -> None:
    two.tell(OrderPaid(order(code=None)))
    rule(two, " zoe ")
    assert owner(two) == [("ZOE", "held", 1000)]


def test_a_word_about_one_order_is_about_no_other(two: Scene) -> None:
    two.tell(OrderPaid(order()), OrderPaid(order("1002", buyer=friend("ben"))))
    rule(two, "ZOE", "1002")
    assert (owner(two), owner(two, "1002")) == ([("MIRA", "held", 1000)], [("ZOE", "held", 1000)])


def test_what_an_operator_made_void_begins_anew_for_somebody_else(two: Scene) -> None:
    two.tell(OrderPaid(order()))
    void_reward(two.hub, two.reward().id, "MIRA has left")
    rule(two, "ZOE")
    assert owner(two) == [("MIRA", "void", 0), ("ZOE", "held", 1000)]
    assert two.violations() == {}


def test_a_refund_after_the_word_is_taken_from_whom_it_belongs_to(two: Scene) -> None:
    two.pay(order())
    rule(two, "ZOE")
    two.work()
    two.stands(replace(order(), refunds=(refund("r1", "50.00"),)))
    two.tell(refunded("1001", refund("r1", "50.00")))
    two.work()
    assert owner(two) == [("MIRA", "clawed_back", 0), ("ZOE", "pushed", 500)]
    assert two.violations() == {}


def test_saying_the_same_again_changes_nothing(two: Scene) -> None:
    two.tell(OrderPaid(order()))
    rule(two, "evidence")
    assert two.all(Ruling) == []
    rule(two, "ZOE")
    before = two.digest()
    rule(two, "ZOE")
    assert two.digest() == before
    assert len(two.all(Ruling)) == len(two.all(AuditEntry, verb="reattribute")) == 1


def test_the_trail_keeps_to_whom_and_why(two: Scene) -> None:
    two.tell(OrderPaid(order()))
    rule(two, "ZOE")
    act = two.one(AuditEntry, verb="reattribute")
    assert (act.subject, act.detail) == (f"order:{two.order().id}", f"to ZOE: {BECAUSE}")


def test_what_cannot_be_said_is_refused_with_what_to_do(two: Scene) -> None:
    two.tell(OrderPaid(order()), OrderPaid(order("1002", buyer=friend("customer-zoe"))))
    with pytest.raises(NotFound, match="nobody has the code 'YANN'"):
        rule(two, "YANN")
    with pytest.raises(BadRuling, match="the buyer's own, and nobody refers himself"):
        rule(two, "ZOE", "1002")
    with pytest.raises(NotFound, match="there is no order 'x'"):
        reattribute(two.hub, "x", "ZOE", BECAUSE)
    assert two.all(Ruling) == []


def test_nobody_decides_while_the_reward_is_on_its_way(two: Scene) -> None:
    two.shop.fates.extend(["lost_after", "lost_after"])
    two.pay(order())
    assert owner(two)[0][1] == "pushing"
    with pytest.raises(BadRuling, match="on its way"):
        rule(two, "ZOE")


def test_more_than_one_may_decide_waits_for_a_second_person(two: Scene) -> None:
    hub = replace(two.hub, second_person_above={"EUR": Money(900, "EUR")})
    two.pay(order())
    told = {"to": "ZOE", "because": BECAUSE}
    asked = do_or_propose(hub, REATTRIBUTE, two.order().id, told, Who("ada", "Ada"))
    assert isinstance(asked, Proposal)
    with hub.database.reading() as session:
        (row,) = proposals(session).rows
    assert (row.wanted, row.amount) == ("decide who brought the order: ZOE", Money(1000, "EUR"))
    assert owner(two) == [("MIRA", "pushed", 1000)]
    say_yes(hub, asked.id, Who("ben", "Ben"))
    assert owner(two) == [("MIRA", "pushed", 0), ("ZOE", "held", 1000)]
    assert two.one(AuditEntry, verb="reattribute").actor == "Ada and Ben"


STEPS = 10
# With milestones, tiers, a cap and a budget that runs out, so that one order's word moves what others earn.
NUMBERED = {
    "advocate": {
        "percent": "10",
        "milestones": [{"at": 2, "amount": "50.00"}],
        "tiers": [{"from": 3, "percent": "20"}],
    },
    "limits": {"budget": "130.00", "rewards_per_advocate": 3, "per_days": 30},
}
BUYERS = {"1001": "anna", "1002": "ben", "1003": "carl"}


@pytest.mark.parametrize(("seed", "terms"), [(1, {}), (2, NUMBERED), (3, NUMBERED)])
def test_the_books_are_right_after_any_sequence_of_words_refunds_voids_and_payments(
    bare: Scene, seed: int, terms: dict[str, dict[str, object]]
) -> None:
    """Whatever is done in whatever order, with answers that get lost: every invariant holds after each step, and at the
    end each order has one owner at most."""
    chance, stage = Random(seed), bare.campaign(**terms)
    stage.advocate()
    stage.advocate("ZOE")
    stage.pay(*(order(source_id, buyer=friend(buyer)) for source_id, buyer in BUYERS.items()))
    for step in range(STEPS):
        deed = chance.choice(DEEDS)
        deed(stage, chance, step)
        assert stage.violations() == {}, (step, deed)
    stage.watch.forward(DAY)
    stage.work()
    assert stage.violations() == {}
    for source_id in BUYERS:
        assert len([one for one in owner(stage, source_id) if one[2]]) <= 1


def _word(stage: Scene, chance: Random, _step: int) -> None:
    with suppress(BadRuling):  # a reward that is on its way
        rule(stage, chance.choice(["MIRA", "ZOE", "nobody", "evidence"]), chance.choice([*BUYERS]))


def _refund(stage: Scene, chance: Random, step: int) -> None:
    told = refund(f"r{step}", f"{chance.randrange(1, 30)}.00")
    stage.tell(refunded(chance.choice([*BUYERS]), told))


def _void(stage: Scene, chance: Random, _step: int) -> None:
    standing = [row for row in stage.all(Reward) if row.net and row.state in ("held", "due", "pushed")]
    if standing and chance.random() < 0.4:
        void_reward(stage.hub, chance.choice(standing).id, "a test")


def _news(stage: Scene, chance: Random, step: int) -> None:
    source_id = chance.choice([*BUYERS])
    stage.tell(OrderPaid(order(source_id, buyer=friend(BUYERS[source_id]), updated=step * DAY)))


def _trouble(stage: Scene, chance: Random, _step: int) -> None:
    stage.shop.fates.append(chance.choice(["lost_after", "lost_before", "refused", "later"]))


def _work(stage: Scene, _chance: Random, _step: int) -> None:
    stage.watch.forward(DAY)
    stage.work()


DEEDS = (_word, _word, _refund, _void, _news, _trouble, _work)
