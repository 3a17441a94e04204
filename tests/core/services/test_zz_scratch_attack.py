"""Scratch."""
import pytest
from datetime import timedelta
from dataclasses import replace
from core.contract.events import *
from core.contract.errors import *
from core.contract.money import Money
from core.models import *
from core.services.connections import connect
from core.services.campaigns import create_campaign, publish
from core.services.look import decide
from core.worker import drain
from core.services.lease import Lane
from tests.support.hub import *
from tests.support.hub import scene as new_scene
from tests.support.shop import SHOPS

@pytest.fixture
def stage(sqlite_url):
    built = new_scene(sqlite_url).campaign()
    built.advocate()
    yield built
    built.hub.database.close()

@pytest.fixture
def bare(sqlite_url):
    built = new_scene(sqlite_url)
    yield built
    built.hub.database.close()

def test_merge_then_take_back_is_not_collected_twice(bare):
    bare.campaign(friend=None, counts={"first_order_only": False})
    bare.advocate("EARLY", customer="early")
    bare.advocate("MIRA", customer="mira")
    bare.pay(order())
    bare.tell(refunded("1001", refund()))
    bare.tell(ContactsMerged(kept=customer("early"), gone=customer("mira")))
    bare.work()
    assert bare.balance("receivable") == 0
    bare.pay(order("1002", buyer=friend("ben"), code="EARLY", placed=bare.watch.at - START))
    print(bare.states(), bare.shop.effects)
    assert bare.violations() == {}
    assert bare.shop.total() == 1000

def test_cancelled_after_edit_below_minimum(stage):
    stage.pay(order())
    small = order(base="20.00", updated=DAY)
    stage.tell(OrderPaid(small))
    gone = order(base="20.00", updated=2 * DAY, cancelled=2 * DAY)
    stage.tell(OrderCancelled(gone), refunded("1001", refund(amount="20.00")))
    stage.work()
    print(stage.states(), stage.shop.effects)
    assert stage.shop.total() == 0

def test_refund_while_push_waits(stage):
    stage.shop.fates.extend(["later", "later"])
    stage.pay(order())
    print(stage.states())
    stage.tell(refunded("1001", refund()))
    stage.watch.forward(HOUR)
    stage.work()
    print(stage.states(), stage.shop.effects)
    assert stage.shop.effects == []
    assert stage.violations() == {}

def test_refund_while_parked_not_given(stage):
    stage.shop.fates.extend(["lost_before"])
    stage.shop.looks.append("undecided")
    stage.pay(order())
    stage.watch.forward(HOUR); stage.work()
    print([p.state for p in stage.all(Push)])
    stage.tell(refunded("1001", refund(amount="50.00")))
    (p,) = stage.all(Push, state="parked")
    decide(stage.hub, p.id, remote_id=None, evidence="x")
    stage.watch.forward(HOUR); stage.work()
    print(stage.states(), stage.shop.effects)
    assert stage.violations() == {}
    assert min(e.minor for e in stage.shop.effects) > 0

def test_due_reward_passes_to_other_advocate(stage):
    stage.advocate("ZOE")
    stage.shop.fates.extend(["lost_before"])
    stage.shop.looks.append("undecided")
    a = order("1001", buyer=friend("anna"))
    b = order("1002", buyer=friend("ben"))
    stage.pay(a, b)
    print(stage.states())
    waiting = next(o for (o, s), st in stage.states().items() if st == "due")
    buyer = friend("anna" if waiting == "1001" else "ben")
    early = order("1000", buyer=buyer, placed=-DAY, code="ZOE", is_paid=False)
    stage.watch.forward(HOUR); stage.work()
    stage.tell(OrderPlaced(early))
    print(stage.states())
    for i in range(4):
        for p in stage.all(Push, state="parked"):
            decide(stage.hub, p.id, remote_id=None, evidence="x")
        stage.watch.forward(DAY); stage.work()
    print(stage.states(), stage.shop.effects)
    assert set(stage.states().values()) == {"pushed"}

def test_self_referral_by_located_account(bare):
    bare.campaign(friend=None)
    bare.advocate("MIRA", email="anna@example.com")
    bare.shop.accounts["anna@example.com"] = "anna"
    bare.pay(order(buyer=friend("anna")))
    print(bare.states())
    assert bare.shop.effects == []

def test_same_shop_twice(stage):
    with pytest.raises(ConnectorError):
        connect(stage.hub, "pretend", "Again", {"shop": stage.shop.name})

def test_forged_future(stage):
    stage.stands(order(base="40.00"))
    stage.tell(OrderPaid(order(base="9000.00", updated=4000*DAY)))
    stage.watch.forward(15*DAY); stage.work()
    print(stage.states(), stage.reward().reason)
    assert stage.shop.effects == []

def test_forged_paid(stage):
    stage.stands(order(is_paid=False))
    stage.tell(OrderPaid(order()))
    stage.watch.forward(15*DAY); stage.work()
    print(stage.states(), stage.reward().reason)
    assert stage.shop.effects == []

def test_publish_past(bare):
    create_campaign(bare.hub, terms())
    bare.advocate()
    bare.tell(OrderPaid(order()))
    publish(bare.hub, "friends", effective_at=START - DAY)
    assert bare.states()

def test_weird_verify(stage):
    stage.stands(order("1002", buyer=friend("ben")))
    stage.tell(OrderPaid(order()), OrderPaid(order("1002", buyer=friend("ben"))))
    stage.shop.orders["1001"] = KeyError("bug")
    stage.watch.forward(15*DAY)
    try: stage.work()
    except Exception as e: print(repr(e))
    print(stage.states())
    assert "pushed" in stage.states().values()

def test_poll_bad(stage):
    from core.services.poll import ask_now
    ask_now(stage.hub, stage.connection.id)
    stage.shop.pages.extend([Unreadable("odd")]*5)
    stage.work(); stage.work()
    assert len(stage.shop.pages) == 4

def test_sync_lost_update(stage):
    stage.tell(OrderPaid(order()))
    real = stage.shop.write_fates
    class Fates:
        n=0
        def popleft(s):
            s.n+=1
            if s.n==1:
                stage.watch.forward(MINUTE)
                stage.tell(OrderPaid(order("1002", buyer=friend("ben"), placed=HOUR)))
            return None
        def __bool__(s): return True
    stage.shop.write_fates = Fates()
    stage.work()
    for _ in range(3):
        stage.watch.forward(MINUTE); stage.work()
    last = [r for r in stage.shop.written if r.source_id=="customer-mira"][-1]
    print(last)
    assert last.fields["friends_brought"] == 2

def test_cap_passes(bare):
    bare.campaign(friend=None, limits={"rewards_per_advocate": 1, "per_days": 3650})
    bare.advocate("MIRA"); bare.advocate("ZOE")
    bare.tell(OrderPaid(order("1001", buyer=friend("anna"))))
    bare.tell(OrderPaid(order("1002", buyer=friend("ben"), code="ZOE")))
    bare.tell(OrderPlaced(order("1000", buyer=friend("anna"), code="ZOE", placed=-DAY, is_paid=False)))
    print(bare.states(), [(a.name, a.used) for a in bare.all(Allowance)])
    assert list(bare.states().values()).count("held") == 1
    assert bare.violations() == {}
