"""Push: intent before effect, one in flight per account, and a lost answer is looked up before anything else."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import event

from core.contract.credits import Credit, Receipt
from core.contract.events import ContactsMerged, OrderPaid
from core.contract.money import Money
from core.models import AuditEntry, Connection, HubState, Lease, Push, Reward
from core.services.book import open_book
from core.services.check import STOPPED
from core.services.connections import test_connection as try_connection
from core.services.lease import Lane, LeaseLost, lease
from core.services.look import NotParked, decide
from core.services.push import push_due
from core.services.receipts import confirm
from core.services.release import release_due
from core.worker import drain
from tests.support.hub import DAY, MINUTE, Scene, customer, friend, order, refund, refunded, scene
from tests.support.shop import LOOKS

QUIET, BETWEEN = 2 * MINUTE, MINUTE


def paid_with(stage: Scene, *fates: str, **changes: object) -> Scene:
    """Mira's reward (the friend has none) is due and pushed, with these fates."""
    stage.shop.fates.extend(fates)
    stage.pay(order(**changes))  # type: ignore[arg-type]
    return stage


@pytest.fixture
def single(bare: Scene) -> Scene:
    """Only the advocate is rewarded, so every push is hers."""
    bare.campaign(friend=None)
    bare.advocate()
    return bare


def test_a_push_is_committed_before_anything_is_sent(single: Scene) -> None:
    """I21: what the source is asked for stands in the database already, as sent, with its watermark."""
    seen: list[tuple[str, str | None, int]] = []
    original = type(single.hub.connector(single.connection)).push

    def watched(self: object, credits: list[object]) -> object:
        push = single.push()
        seen.append((push.state, push.watermark, push.amount_minor))
        return original(self, credits)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(single.hub.connector(single.connection)), "push", watched)
        single.pay(order())
    assert seen == [("sent", "0", 1000)]


def test_what_is_sent_is_what_the_ledger_owes(single: Scene) -> None:
    """I26."""
    single.pay(order())
    (credit,), push = single.shop.credits, single.push()
    assert (credit.amount, credit.recipient, credit.kind) == (single.reward().net, "customer-mira", "store_credit")
    assert (credit.push_id, credit.code) == (push.code_seed, single.hub.vault.code_for(push.code_seed))
    assert (push.state, push.moved_minor, push.remote_id) == ("confirmed", 1000, single.shop.effects[0].remote_id)
    assert single.balance("pushed") == 1000


@pytest.mark.parametrize("fate", ["later", "try_later"])
def test_what_was_certainly_not_applied_is_sent_again_after_the_wait(single: Scene, fate: str) -> None:
    """F40."""
    paid_with(single, fate)
    assert (single.push().state, single.reward().state) == ("intended", "pushing")
    single.watch.forward(timedelta(seconds=9))
    assert single.work() == 0
    single.watch.forward(timedelta(seconds=1))
    single.work()
    assert (single.push().state, single.shop.total()) == ("confirmed", 1000)
    assert len({credit.push_id for credit in single.shop.credits}) == 1
    assert single.violations() == {}


def test_a_refusal_is_final_and_shown(single: Scene) -> None:
    paid_with(single, "refused")
    assert (single.push().state, single.reward().state) == ("rejected", "rejected")
    assert single.reward().reason == "the account is closed"
    single.watch.forward(30 * DAY)
    single.work()
    assert len(single.shop.credits) == 1
    assert single.violations() == {}


@pytest.mark.parametrize("fate", ["lost_after", "raises"])
def test_an_effect_whose_answer_was_lost_is_found_and_given_once(single: Scene, fate: str) -> None:
    """F39: unknown is never failed, and never sent again before it was looked up."""
    paid_with(single, fate)
    assert (single.push().state, single.reward().state) == ("unknown", "pushing")
    single.watch.forward(QUIET - timedelta(seconds=1))
    single.work()
    assert single.push().state == "unknown"
    single.watch.forward(timedelta(seconds=1))
    single.work()
    assert single.push().state == "confirmed"
    assert (single.shop.total(), len(single.shop.credits)) == (1000, 1)
    assert single.violations() == {}


def test_a_lost_request_is_sent_again_only_after_two_looks_a_minute_apart(single: Scene) -> None:
    """I24."""
    paid_with(single, "lost_before")
    single.watch.forward(QUIET)
    single.work()
    assert single.push().state == "unknown"
    single.watch.forward(BETWEEN - timedelta(seconds=1))
    single.work()
    assert (single.push().state, len(single.shop.credits)) == ("unknown", 1)
    single.watch.forward(timedelta(seconds=1))
    single.work()
    assert (single.push().state, len(single.shop.credits), single.shop.total()) == ("confirmed", 2, 1000)
    assert single.violations() == {}


def test_an_effect_that_shows_between_the_looks_is_not_given_twice(single: Scene) -> None:
    """The first read was stale: the second one decides."""
    single.shop.looks.extend(["absent"])
    paid_with(single, "lost_after")
    single.watch.forward(QUIET)
    single.work()
    assert single.push().state == "unknown"
    single.watch.forward(BETWEEN)
    single.work()
    assert (single.push().state, single.shop.total()) == ("confirmed", 1000)


def test_absence_that_proves_nothing_is_never_sent_again_by_the_hub(single: Scene) -> None:
    single.shop.is_recognisable = False
    paid_with(single, "lost_before")
    for wait in (QUIET, BETWEEN, DAY):
        single.watch.forward(wait)
        single.work()
    assert (single.push().state, len(single.shop.credits)) == ("parked", 1)
    assert single.violations() == {}


def test_a_source_that_cannot_be_asked_parks_its_unknown_pushes(database_url: str) -> None:
    plain = scene(database_url, connector="plain").campaign(friend=None)
    plain.advocate()
    paid_with(plain, "lost_after")
    plain.watch.forward(QUIET)
    plain.work()
    assert (plain.push().state, plain.shop.total()) == ("parked", 1000)
    plain.hub.database.close()


def parked(single: Scene) -> Push:
    """A push that waits for a person."""
    single.shop.looks.extend(["undecided"])
    paid_with(single, "lost_after")
    single.watch.forward(QUIET)
    single.work()
    assert single.push().state == "parked"
    return single.push()


def test_a_person_says_that_it_was_given(single: Scene) -> None:
    """F49: the decision and its evidence are kept."""
    push = parked(single)
    decide(single.hub, push.id, remote_id=single.shop.effects[0].remote_id, evidence="seen in the admin", actor="Ada")
    assert (single.push().state, single.reward().state) == ("confirmed", "pushed")
    assert single.balance("pushed") == single.shop.total() == 1000
    entry = single.one(AuditEntry, verb="decide_push")
    assert (entry.actor, entry.subject) == ("Ada", f"push:{push.id}")
    assert "seen in the admin" in entry.detail
    assert single.violations() == {}


def test_a_person_says_that_it_was_not_given(single: Scene) -> None:
    push = parked(single)
    single.shop.effects.clear()
    decide(single.hub, push.id, remote_id=None, evidence="nothing in the admin")
    single.work()
    assert (single.push().state, single.shop.total()) == ("confirmed", 1000)
    assert single.violations() == {}


def test_only_a_parked_push_waits_for_a_person(single: Scene) -> None:
    paid_with(single)
    with pytest.raises(NotParked, match="the push is confirmed"):
        decide(single.hub, single.push().id, remote_id=None, evidence="")


def test_one_receipt_proves_one_push_even_for_a_person(single: Scene) -> None:
    """I27."""
    paid_with(single, source_id="1000", buyer=friend("ben"))
    first = single.push()
    single.shop.looks.append("undecided")
    single.shop.fates.append("lost_before")
    single.stands(order(placed=20 * DAY))
    single.tell(OrderPaid(order(placed=20 * DAY)))
    for wait in (20 * DAY, QUIET):
        single.watch.forward(wait)
        single.work()
    second = single.push(state="parked")
    with pytest.raises(NotParked, match="proves another push"):
        decide(single.hub, second.id, remote_id=first.remote_id, evidence="I saw one")
    assert single.push(id=second.id).state == "parked"
    assert single.violations() == {}


def test_a_look_that_is_refused_for_now_is_repeated(single: Scene) -> None:
    single.shop.looks.append("busy")
    paid_with(single, "lost_after")
    single.watch.forward(QUIET)
    single.work()
    assert single.push().state == "unknown"
    single.watch.forward(DAY)
    single.work()
    assert single.push().state == "confirmed"


def test_a_source_that_needs_a_person_pauses_and_loses_nothing(single: Scene) -> None:
    """F45: no hot loop, and the same push goes out once somebody has acted."""
    paid_with(single, "needs_attention")
    assert single.one(Connection).status == "needs_attention"
    assert single.push().state == "intended"
    single.watch.forward(DAY)
    assert single.work() == 0
    try_connection(single.hub, single.connection.id)
    single.work()
    assert (single.push().state, single.shop.total()) == ("confirmed", 1000)


def many(stage: Scene, count: int) -> None:
    """That many friends bring Mira a reward each, all due at once."""
    stage.pay(*(order(str(2000 + number), buyer=friend(f"friend-{number}")) for number in range(count)))


def test_one_push_at_a_time_goes_to_an_account(single: Scene) -> None:
    """I22: a lost answer keeps the account closed until it is settled."""
    single.shop.fates.append("lost_before")
    many(single, 3)
    assert sorted(reward.state for reward in single.all(type(single.reward("2000")))) == ["due", "due", "pushing"]
    assert len(single.all(Push)) == 1
    for wait in (QUIET, BETWEEN):
        single.watch.forward(wait)
        single.work()
    assert [push.state for push in single.all(Push)] == ["confirmed"] * 3
    assert single.shop.total() == 3000
    assert single.violations() == {}


def test_one_parked_account_holds_up_nobody_else(single: Scene) -> None:
    """More rewards wait for the parked account than fit in a batch."""
    single.advocate("ZOE")
    parked(single)
    rest = [order(str(3000 + number), buyer=friend(f"fan-{number}")) for number in range(4)]
    rest.append(order("4000", code="ZOE", placed=timedelta(seconds=1), buyer=friend("zoes-friend")))
    single.stands(*rest)
    single.tell(*(OrderPaid(one) for one in rest))
    single.work()
    with lease(single.hub, single.connection.id, Lane.PAY) as held:
        assert held
        push_due(single.hub, single.connection, held, batch=2)
    assert single.reward("4000").state == "pushed"
    assert single.violations() == {}


def test_every_push_of_an_account_expires_at_its_own_second(bare: Scene) -> None:
    bare.campaign(friend=None, advocate={"expires_days": 90})
    bare.advocate()
    many(bare, 4)
    times = [credit.expires_at for credit in bare.shop.credits]
    assert len(set(times)) == 4
    assert {at.date() for at in times if at} == {(bare.watch.at + 90 * DAY).date()}


def test_a_worker_that_died_after_sending_leaves_an_unknown_push(single: Scene) -> None:
    """F38: its lease ended, and nobody can tell whether the request went out."""
    held_order = order()
    single.stands(held_order)
    single.tell(OrderPaid(held_order))
    single.watch.forward(15 * DAY)
    connector = single.hub.connector(single.connection)

    class Killed(BaseException):
        """The process is gone."""

    def die(credits: list[object]) -> object:
        type(connector).push(connector, credits)  # type: ignore[arg-type]
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connector, "push", die)
        with pytest.raises(Killed):
            drain(single.hub, single.connection.id, Lane.PAY)
    assert single.push().state == "sent"
    single.work()
    assert single.push().state == "unknown"
    single.watch.forward(QUIET)
    single.work()
    assert (single.push().state, single.shop.total()) == ("confirmed", 1000)
    assert single.violations() == {}


def test_a_late_workers_outcome_changes_nothing(single: Scene) -> None:
    """F24: while it waited for the answer, its lease went to somebody else, who found out by himself."""
    single.stands(order())
    single.tell(OrderPaid(order()))
    single.watch.forward(15 * DAY)
    connector = single.hub.connector(single.connection)

    def slow(credits: list[object]) -> object:
        outcome = type(connector).push(connector, credits)  # type: ignore[arg-type]
        with single.hub.database.transaction() as session:
            row = session.get_one(Lease, (single.connection.id, "pay"))
            row.fence += 1
        return outcome

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connector, "push", slow)
        with lease(single.hub, single.connection.id, Lane.PAY) as held:
            assert held
            release_due(single.hub, single.connection, held)
            with pytest.raises(LeaseLost):
                push_due(single.hub, single.connection, held)
    assert (single.push().state, single.balance("pushed")) == ("sent", 0)


def test_a_refund_while_the_push_is_under_way_counts_as_soon_as_it_is_settled(single: Scene) -> None:
    paid_with(single, "lost_after")
    single.tell(refunded("1001", refund(amount="40.00")))
    assert single.reward().net.minor == 1000
    single.watch.forward(QUIET)
    single.shop.fates.append("refused")
    single.work()
    assert (single.reward().state, single.reward().net.minor, single.balance("receivable")) == ("pushed", 600, 400)
    assert single.violations() == {}


def test_a_merged_account_gets_the_push_that_was_not_sent_yet(single: Scene) -> None:
    paid_with(single, "later")
    single.tell(ContactsMerged(kept=customer("mira-new"), gone=customer("customer-mira")))
    single.watch.forward(DAY)
    single.work()
    assert sorted(push.state for push in single.all(Push)) == ["abandoned", "confirmed"]
    assert [effect.recipient for effect in single.shop.effects] == ["mira-new"]
    assert single.violations() == {}


def test_a_push_is_never_sent_while_the_books_are_wrong(single: Scene) -> None:
    with single.hub.database.transaction() as session:
        session.merge(HubState(name=STOPPED, value="I15 is broken"))
    single.pay(order())
    assert (single.shop.credits, single.reward().state) == ([], "due")
    with single.hub.database.transaction() as session:
        session.merge(HubState(name=STOPPED, value=""))
    single.work()
    assert single.shop.total() == 1000


def test_the_intent_and_its_reward_change_in_one_transaction(single: Scene) -> None:
    """F23 for the way out: if the push row cannot be written, the reward is still due."""
    single.stands(order())
    single.tell(OrderPaid(order()))
    single.watch.forward(15 * DAY)

    def refuse(*_: object) -> None:
        raise RuntimeError("the disk is full")

    event.listen(Push, "before_insert", refuse)
    try:
        with pytest.raises(RuntimeError, match="disk"):
            single.work()
    finally:
        event.remove(Push, "before_insert", refuse)
    assert (single.reward().state, single.all(Push)) == ("due", [])
    single.work()
    assert single.shop.total() == 1000


@pytest.mark.parametrize("fate", ["later", "needs_attention"])
def test_a_push_that_waits_is_not_sent_for_an_order_that_went_back_meanwhile(single: Scene, fate: str) -> None:
    paid_with(single, fate)
    single.tell(refunded("1001", refund()))
    try_connection(single.hub, single.connection.id)
    single.watch.forward(DAY)
    single.work()
    assert single.shop.effects == []
    assert (single.push().state, single.reward().state) == ("abandoned", "void")
    assert single.violations() == {}


def test_a_push_that_a_person_sends_again_gives_only_what_is_still_owed(single: Scene) -> None:
    single.shop.looks.append("undecided")
    paid_with(single, "lost_before")
    single.watch.forward(QUIET)
    single.work()
    single.tell(refunded("1001", refund(amount="40.00")))
    decide(single.hub, single.push(state="parked").id, remote_id=None, evidence="the shop's own list")
    single.work()
    assert [effect.minor for effect in single.shop.effects] == [600]
    assert single.violations() == {}


def test_a_push_that_cannot_even_be_begun_holds_up_nobody_else(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def watermark(_: object, credit: Credit) -> str:
        if credit.recipient == "customer-mira":
            raise KeyError("a bug")
        return "0"

    monkeypatch.setattr(type(stage.hub.connector(stage.connection)), "watermark", watermark)
    stage.pay(order())
    assert stage.states() == {("1001", "advocate"): "pushing", ("1001", "friend"): "pushed"}
    assert "KeyError" in stage.push(recipient="customer-mira").story[-1]["words"]
    monkeypatch.undo()
    stage.watch.forward(MINUTE)
    stage.work()
    assert set(stage.states().values()) == {"pushed"}
    assert stage.violations() == {}


def test_a_receipt_over_another_amount_is_for_a_person_to_judge(single: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    paid_with(single, "lost_after")
    monkeypatch.setitem(LOOKS, "odd", lambda shop, credit, claimed: Receipt("shop/1", Money.parse("99.00", "EUR")))
    single.shop.looks.append("odd")
    single.watch.forward(QUIET)
    single.work()
    assert single.push().state == "parked"
    assert "worth EUR 99.00, not EUR 10.00" in single.push().story[-1]["words"]


def test_of_two_people_who_decide_a_push_at_once_the_second_is_told(single: Scene) -> None:
    """The second one's "not given" would otherwise send again what the first one found given."""
    single.shop.looks.append("undecided")
    paid_with(single, "lost_after")
    single.watch.forward(QUIET)
    single.work()
    parked = single.push(state="parked")
    told: list[Exception] = []

    def second() -> None:
        try:
            decide(single.hub, parked.id, remote_id=None, evidence="I see nothing")
        except NotParked as error:
            told.append(error)

    with single.hub.database.transaction() as session:
        book = open_book(single.hub, session, single.connection.merchant_id)
        other = threading.Thread(target=second)
        other.start()
        time.sleep(0.3)  # the other one has read what it can, and waits for the lock
        push, reward = session.get_one(Push, parked.id), session.get_one(Reward, parked.reward_id)
        confirm(book, push, reward, Receipt(single.shop.effects[0].remote_id, push.amount))
    other.join(20)
    assert len(told) == 1
    assert (single.push().state, single.shop.total()) == ("confirmed", 1000)
    assert single.violations() == {}


def test_a_receipt_of_another_account_proves_nothing_either(stage: Scene) -> None:
    stage.shop.looks.append("undecided")
    stage.shop.fates.append("lost_before")
    stage.pay(order())
    stage.watch.forward(QUIET)
    stage.work()
    other = stage.push(state="confirmed")
    with pytest.raises(NotParked, match="proves another push"):
        decide(stage.hub, stage.push(state="parked").id, remote_id=other.remote_id, evidence="I saw one")
    assert stage.violations() == {}


def test_a_look_that_fails_in_an_odd_way_holds_up_nobody_else(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setitem(LOOKS, "odd", stumble)
    stage.shop.fates.extend(["lost_after", "lost_after"])
    stage.shop.looks.append("odd")
    stage.pay(order())
    stage.watch.forward(QUIET)
    stage.work()
    assert sorted(stage.states().values()) == ["pushed", "pushing"]
    stage.watch.forward(DAY)
    stage.work()
    assert (set(stage.states().values()), stage.shop.total()) == ({"pushed"}, 1500)
