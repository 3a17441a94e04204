"""The second person: what one may not decide alone waits for another, and nobody says yes to themselves (S30)."""

import pytest

from core.contract.money import Money
from core.models import AuditEntry, Person, Proposal, Push, Reward
from core.queries.proposals import open_proposals, proposals
from core.rules.states import IllegalChange
from core.services import second_person
from core.services.connections import NotFound
from core.services.consent import SecondPersonNeeded, needs_consent
from core.services.judge_reward import approve, void_reward
from core.services.look import decide
from core.services.second_person import (
    APPROVE,
    GRANT,
    RESOLVE,
    VOID,
    NotOpen,
    SamePerson,
    Who,
    confirm,
    do_or_propose,
    refuse,
)
from tests.support.hub import MINUTE, Scene, order

ANNA, BERT = Who("id-anna", "Anna"), Who("id-bert", "Bert")
LIMIT = {"EUR": Money(999, "EUR")}


@pytest.fixture
def parked(stage: Scene) -> Scene:
    """Mira's ten euros and Anna's five wait for a person; what is above EUR 9.99 takes two."""
    stage.shop.is_recognisable = False
    stage.shop.fates.extend(["lost_before", "lost_before"])
    stage.pay(order())
    for _ in range(3):
        stage.watch.forward(3 * MINUTE)
        stage.work()
    assert {push.state for push in stage.all(Push)} == {"parked"}
    stage.hub.second_person_above = LIMIT
    return stage


def large(scene: Scene) -> Push:
    found: Push = scene.one(Push, amount_minor=1000)
    return found


def asked(scene: Scene, who: Who = ANNA) -> Proposal:
    told = {"remote_id": None, "because": "her account is empty"}
    row = do_or_propose(scene.hub, RESOLVE, large(scene).id, told, who)
    assert isinstance(row, Proposal)
    return row


def test_a_large_push_is_not_sent_again_by_one_person(parked: Scene) -> None:
    """S30."""
    row = asked(parked)
    assert (row.state, row.amount_minor, row.asked_by) == ("open", 1000, "Anna")
    assert large(parked).state == "parked"
    with pytest.raises(SamePerson, match="a second person"):
        confirm(parked.hub, row.id, ANNA)
    assert (large(parked).state, parked.one(Proposal).state) == ("parked", "open")
    confirm(parked.hub, row.id, BERT)
    assert (large(parked).state, parked.one(Proposal).state) == ("intended", "done")
    parked.work()
    assert parked.shop.total() == 1000
    entry = parked.one(AuditEntry, verb="decide_push")
    assert entry.actor == "Anna and Bert"
    assert entry.detail == "not given: her account is empty (asked for by Anna)"
    assert [act.actor for act in parked.all(AuditEntry) if act.verb in ("propose", "confirm")] == ["Anna", "Bert"]


def test_another_name_is_not_another_person(parked: Scene) -> None:
    """S30: people can change their names."""
    with pytest.raises(SamePerson):
        confirm(parked.hub, asked(parked).id, Who(ANNA.id, "Annette"))


def test_no_door_leads_around_it(parked: Scene) -> None:
    with pytest.raises(SecondPersonNeeded, match=r"EUR 10\.00 is more than one person may decide alone"):
        decide(parked.hub, large(parked).id, remote_id=None, evidence="trust me")
    with pytest.raises(SecondPersonNeeded):
        decide(parked.hub, large(parked).id, remote_id="shop/1", evidence="trust me")
    assert large(parked).state == "parked"
    assert parked.all(AuditEntry, verb="decide_push") == []


def test_what_is_small_enough_needs_nobody_else(parked: Scene) -> None:
    small = parked.one(Push, amount_minor=500)
    row = do_or_propose(parked.hub, RESOLVE, small.id, {"remote_id": None, "because": "empty"}, ANNA)
    assert (row.state, parked.all(Proposal)) == ("intended", [])
    assert parked.one(AuditEntry, verb="decide_push").actor == "Anna"


def test_who_asks_twice_asks_once(parked: Scene) -> None:
    assert asked(parked).id == asked(parked).id == asked(parked, BERT).id
    assert len(parked.all(Proposal)) == 1


def test_who_asks_for_something_else_is_told_what_waits(parked: Scene) -> None:
    row = asked(parked)
    with pytest.raises(NotOpen, match=f"{row.id}: confirm it or refuse it first"):
        do_or_propose(parked.hub, RESOLVE, large(parked).id, {"remote_id": "t-1", "because": "it is there"}, BERT)
    assert parked.one(Proposal).told["remote_id"] is None


def test_it_is_refused_or_taken_back_and_then_it_is_over(parked: Scene) -> None:
    row = asked(parked)
    refuse(parked.hub, row.id, "look again", ANNA)
    assert (large(parked).state, parked.one(Proposal).state) == ("parked", "refused")
    with pytest.raises(NotOpen, match="refused by Anna"):
        confirm(parked.hub, row.id, BERT)
    with pytest.raises(NotOpen, match="refused by Anna"):
        refuse(parked.hub, row.id, "no", BERT)
    with pytest.raises(NotFound):
        confirm(parked.hub, "0" * 32, BERT)
    assert asked(parked).id != row.id


def test_typed_words_stay_only_in_the_trail(parked: Scene) -> None:
    """I30: there they can be erased."""
    row = asked(parked)
    confirm(parked.hub, row.id, BERT)
    assert parked.one(Proposal).told == {"remote_id": None}


def test_what_changed_meanwhile_is_not_done(parked: Scene) -> None:
    row = asked(parked)
    parked.hub.second_person_above = {}
    decide(parked.hub, large(parked).id, remote_id=None, evidence="done by hand")
    parked.hub.second_person_above = LIMIT
    with pytest.raises(NotOpen, match="cannot be done any more"):
        confirm(parked.hub, row.id, BERT)
    assert parked.one(Proposal).state == "open"


@pytest.mark.parametrize(("verb", "ends"), [(VOID, "void"), (APPROVE, "held")])
def test_rewards_take_two_as_well(stage: Scene, verb: str, ends: str) -> None:
    stage.stands(order())
    stage.shop.fates.extend(["refused", "refused"])
    stage.pay(order())
    reward = stage.one(Reward, granted_minor=1000)
    assert reward.state == "rejected"
    stage.hub.second_person_above = LIMIT
    for alone in (approve, void_reward):
        with pytest.raises(SecondPersonNeeded):
            alone(stage.hub, reward.id, "trust me")
    assert stage.one(Reward, id=reward.id).state == "rejected"
    row = do_or_propose(stage.hub, verb, reward.id, {"because": "it was agreed"}, ANNA)
    assert isinstance(row, Proposal)
    confirm(stage.hub, row.id, BERT)
    assert stage.one(Reward, id=reward.id).state == ends
    assert stage.violations() == {}


def test_what_cannot_be_is_said_before_anybody_is_asked(parked: Scene) -> None:
    with pytest.raises(IllegalChange):
        do_or_propose(parked.hub, VOID, large(parked).reward_id, {"because": "no"}, ANNA)
    assert parked.all(Proposal) == []


@pytest.mark.parametrize(
    ("limits", "amount", "two"),
    [
        ({}, Money(10**9, "EUR"), False),
        (LIMIT, Money(999, "EUR"), False),
        (LIMIT, Money(1000, "EUR"), True),
        (LIMIT, Money(1, "USD"), True),
        (LIMIT, Money(0, "USD"), False),
    ],
)
def test_the_limit_is_of_each_currency(stage: Scene, limits: dict[str, Money], amount: Money, two: bool) -> None:
    stage.hub.second_person_above = limits
    assert needs_consent(stage.hub, amount) is two


@pytest.mark.parametrize("key", [None, "may-2026"])
def test_a_grant_that_is_confirmed_once_more_is_given_once(
    stage: Scene, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    """Two say yes at once, or the first yes ended between the grant and its proposal."""
    stage.hub.second_person_above = LIMIT
    gift = {"slug": "friends", "person_id": stage.one(Person).id, "amount": "20.00", "key": key}
    row = do_or_propose(stage.hub, GRANT, "friends:made-up", {"gift": gift, "because": "thanks"}, ANNA)
    with monkeypatch.context() as cut:
        cut.setattr(second_person, "_close", lambda *_: None)
        confirm(stage.hub, row.id, BERT)
    confirm(stage.hub, row.id, BERT)
    assert [reward.granted_minor for reward in stage.all(Reward)] == [2000]
    assert stage.one(Proposal).state == "done"


def test_what_waits_is_listed(parked: Scene) -> None:
    row = asked(parked)
    with parked.hub.database.reading() as session:
        (shown,) = proposals(session, state="open").rows
        assert open_proposals(session) == 1
    assert (shown.id, shown.wanted[:15], shown.why) == (row.id, "settle the push", "her account is empty")
