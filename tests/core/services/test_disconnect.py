"""Disconnect: no credential and no job is left, nothing owed is lost, and links stay or go as somebody chose."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select

from core.contract.errors import ConnectorError, NeedsAttention, TryLater
from core.contract.events import DealWon, OrderPaid
from core.contract.webhooks import WebhookRequest
from core.models import (
    AuditEntry,
    Campaign,
    Connection,
    ConnectionStatus,
    FieldSync,
    Identity,
    KeptText,
    Lease,
    Push,
    StoredDelivery,
    SyncedRecord,
    WrittenChange,
)
from core.queries.rewards import rewards
from core.services import disconnect as module
from core.services.connections import NotFound, connect, test_connection
from core.services.disconnect import disconnect
from core.services.inbox import Inbox
from core.services.install import begin_install, finish_install
from core.services.lease import Lane, LeaseLost, lease
from core.services.receive import NoSuchConnection, Receiver
from core.worker import all_jobs, due_jobs
from tests.support.crm import connect_crm
from tests.support.hub import DAY, Scene, deal, order
from tests.support.shop import SHOPS, SIGNED, PretendShop

EMAIL = "anna@example.com"


def row(stage: Scene) -> Connection:
    found: Connection = stage.one(Connection, id=stage.connection.id)
    return found


def again(stage: Scene) -> None:
    connect(stage.hub, stage.connection.connector, stage.connection.label, {"shop": stage.shop.name})


def count(stage: Scene, table: Any, *where: Any) -> int:
    """How many such rows there are."""
    with stage.hub.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table).where(*where)) or 0


def once(is_so: Callable[[], bool]) -> None:
    """Returns when it is so."""
    ends = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < ends, "it never came about"


def reasons(stage: Scene) -> dict[str, str]:
    with stage.hub.database.reading() as session:
        return {one.side: one.reason for one in rewards(session).rows}


def test_no_credential_is_kept_and_the_source_is_told(bare: Scene) -> None:
    """X-06"""
    portal = PretendShop(f"portal-{bare.shop.name}", codes={"good": "portal-1"})
    SHOPS[portal.name] = portal
    address = begin_install(bare.hub, "portal", "The portal", {"shop": portal.name, "token": "the-app-secret"})
    state = parse_qs(urlsplit(str(address)).query)["state"][0]
    connection, _, _ = finish_install(bare.hub, state, "good")
    told = disconnect(bare.hub, "The portal", keeps_links=True)
    assert portal.revoked == ["tokens of portal-1"]
    assert told.findings == ("remove the app from the list of apps",)
    left: Connection = bare.one(Connection, id=connection.id)
    assert bare.hub.config_of(left) == {}
    assert count(bare, KeptText, KeptText.connection_id == connection.id) == 0
    assert left.status == ConnectionStatus.REMOVED
    acts = [(act.verb, act.detail) for act in bare.all(AuditEntry, subject=f"connection:{connection.id}")]
    assert acts[-1] == ("disconnect", "portal The portal: links kept")


@pytest.mark.parametrize("problem", [RuntimeError("a bug"), NeedsAttention("gone"), TryLater("down")])
def test_a_source_that_cannot_be_told_is_left_all_the_same(bare: Scene, problem: Exception) -> None:
    """X-06"""
    portal = PretendShop(f"portal-{bare.shop.name}", revoke_problem=problem)
    SHOPS[portal.name] = portal
    begin_install(bare.hub, "portal", "The portal", {"shop": portal.name})
    told = disconnect(bare.hub, "The portal", keeps_links=True)
    assert "by hand" in told.findings[0]
    assert bare.hub.config_of(bare.one(Connection, label="The portal")) == {}


def test_a_source_that_knows_no_revoking_is_named(bare: Scene) -> None:
    told = disconnect(bare.hub, "The shop", keeps_links=True)
    assert told.findings == ("Pretend shop cannot be told from here: remove the app or its key at pretend by hand",)
    assert disconnect(bare.hub, "The shop", keeps_links=True).findings == ()
    with pytest.raises(NotFound):
        disconnect(bare.hub, "The ship", keeps_links=True)


def test_its_address_answers_nobody_any_more(bare: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """X-06: in a process that remembers it, too, once two seconds are over."""
    inbox = Inbox(bare.hub)
    receiver, other = Receiver(bare.hub, inbox), Receiver(bare.hub, inbox)
    request = WebhookRequest("POST", "/", "", {"key": "k1"}, SIGNED, bare.watch.at)
    receiver.receive(bare.connection.id, request)
    disconnect(bare.hub, "The shop", keeps_links=True)
    with pytest.raises(NoSuchConnection):
        other.receive(bare.connection.id, request)
    monkeypatch.setattr("core.services.receive.time.monotonic", lambda: 1e12)
    with pytest.raises(NoSuchConnection):
        receiver.receive(bare.connection.id, request)
    inbox.close()


def test_no_job_is_left(stage: Scene) -> None:
    """X-06: no poll, no push, no write, no search; the other source is not touched."""
    other = stage.beside("Another shop")
    stage.stands(order())
    stage.tell(OrderPaid(order()))
    stage.deliver(OrderPaid(order("1002")))
    disconnect(stage.hub, "The shop", keeps_links=True)
    stage.watch.forward(30 * DAY)
    asked = len(stage.shop.cursors)
    assert {connection for connection, _ in all_jobs(stage.hub)} == {other.connection.id}
    assert {connection for connection, _ in due_jobs(stage.hub)} <= {other.connection.id}
    stage.work()
    assert (stage.shop.effects, len(stage.shop.cursors)) == ([], asked)
    assert count(stage, Lease, Lease.connection_id == stage.connection.id, Lease.owner != "") == 0
    with pytest.raises(ConnectorError, match="connect it again under the same label"):
        test_connection(stage.hub, "The shop")


def test_what_is_owed_stays_owed_and_is_paid_once_the_shop_is_back(stage: Scene) -> None:
    """X-06: what was read and what was not; the account is known by the kept link."""
    stage.stands(order(), order("1002"))
    stage.tell(OrderPaid(order()))
    stage.deliver(OrderPaid(order("1002")))
    told = disconnect(stage.hub, "The shop", keeps_links=True)
    assert (told.waiting, told.erased) == (2, 0)
    assert set(reasons(stage).values()) == {"waits for its shop: The shop is disconnected"}
    owed = stage.balance("held")
    stage.watch.forward(15 * DAY)
    stage.work()
    assert stage.balance("held") == owed != 0
    again(stage)
    stage.work()
    assert set(stage.states().values()) >= {"pushed"}
    assert {effect.recipient for effect in stage.shop.effects} == {"customer-mira", "anna"}
    stage.watch.forward(15 * DAY)
    stage.work()
    assert set(stage.states().values()) == {"pushed"}
    assert stage.violations() == {}


def test_a_push_that_was_not_sent_is_owed_as_before_and_one_that_may_have_arrived_stays_unknown(stage: Scene) -> None:
    stage.shop.fates.extend(["lost_after", "later"])
    stage.pay(order())
    assert sorted(push.state for push in stage.all(Push)) == ["intended", "unknown"]
    disconnect(stage.hub, "The shop", keeps_links=True)
    assert sorted(push.state for push in stage.all(Push)) == ["abandoned", "unknown"]
    assert sorted(stage.states().values()) == ["due", "pushing"]
    assert stage.violations() == {}
    again(stage)
    stage.watch.forward(timedelta(hours=1))
    stage.work()
    assert set(stage.states().values()) == {"pushed"}
    assert (len(stage.shop.effects), stage.violations()) == (2, {})


def test_what_was_due_for_a_deal_is_paid_by_another_shop(stage: Scene) -> None:
    """What is due here already is verified once more and paid where it can be; what is nobody else's waits."""
    crm = stage.beside("The CRM", "crm")
    stage.shop.accounts[EMAIL] = "customer-anna"
    one = deal("deal-1", code="MIRA")
    crm.stands(one)
    crm.tell(DealWon(one))
    stage.shop.fates.extend(["later", "later"])
    stage.watch.forward(15 * DAY)
    stage.work()
    disconnect(stage.hub, "The shop", keeps_links=True)
    assert set(stage.states().values()) == {"due"}
    stage.watch.forward(DAY)
    stage.work()
    assert set(reasons(stage).values()) == {"waits for its shop: The shop is disconnected"}
    again(stage)
    second = stage.beside("The second shop")
    second.shop.accounts[EMAIL] = "customer-anna-2"
    disconnect(stage.hub, "The shop", keeps_links=True)
    stage.watch.forward(DAY)
    stage.work()
    assert stage.states()["deal-1", "friend"] == "pushed"
    assert [effect.recipient for effect in second.shop.effects] == ["customer-anna-2"]
    assert (stage.shop.effects, stage.violations()) == ([], {})


def test_a_worker_that_is_late_brings_nothing_back(bare: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """X-06: neither tokens nor what it was about to write."""
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)
    keep, goes_on = bare.hub.keep_of(bare.connection.id), threading.Event()
    late: list[Exception] = []

    def renew() -> None:
        try:
            keep.change("tokens", lambda _known: "new" if goes_on.wait(10) else "never")
        except TryLater as problem:
            late.append(problem)

    worker = threading.Thread(target=renew)
    with lease(bare.hub, bare.connection.id, Lane.PAY) as held:
        assert held is not None
        worker.start()
        once(lambda: count(bare, KeptText) == 1)
        disconnect(bare.hub, "The shop", keeps_links=True)
        goes_on.set()
        worker.join()
        with pytest.raises(LeaseLost), bare.hub.database.transaction() as session:
            held.confirm(session)
    assert len(late) == 1
    with pytest.raises(NeedsAttention, match="disconnected"):
        keep.change("tokens", lambda _known: "newer")
    assert count(bare, KeptText) == 0


def test_a_worker_that_is_busy_may_finish_first(bare: Scene) -> None:
    ended = threading.Event()
    with lease(bare.hub, bare.connection.id, Lane.PAY):
        leaving = threading.Thread(target=lambda: (disconnect(bare.hub, "The shop", keeps_links=True), ended.set()))
        leaving.start()
        once(lambda: row(bare).disconnected_at is not None)
        assert bare.hub.config_of(row(bare)) != {}
        assert not ended.is_set()
    leaving.join(10)
    assert bare.hub.config_of(row(bare)) == {}


def test_erased_links_name_nobody_and_kept_ones_are_found_again(stage: Scene) -> None:
    """X-06: identities, what was written to the source, and what it told us."""
    crm = connect_crm(stage)
    crm.advocates(3, stage.one(Campaign).id)
    crm.go_live()
    crm.sync()
    kept = disconnect(stage.hub, "The CRM", keeps_links=True)
    assert (kept.erased, len(stage.all(SyncedRecord)), len(stage.all(WrittenChange))) == (0, 3, 3)
    told = disconnect(stage.hub, "The CRM", keeps_links=False)
    assert told.erased == 3
    assert stage.all(Identity, scope=told.connection.id) == []
    for table in (WrittenChange, SyncedRecord, FieldSync):
        assert count(stage, table) == 0
    assert stage.one(Connection, id=told.connection.id).account is None
    assert stage.violations() == {}


def test_with_the_links_goes_what_was_received_and_nobody_reads_it_any_more(stage: Scene) -> None:
    stage.stands(order())
    stage.deliver(OrderPaid(order()))
    stage.work()
    stage.deliver(OrderPaid(order("1002")))
    disconnect(stage.hub, "The shop", keeps_links=False)
    rows = stage.all(StoredDelivery)
    assert [(one.state, one.size, one.headers) for one in rows] == [("read", 0, {}), ("ignored", 0, {})]
    assert rows[1].reason == "the source was disconnected and its links erased before this was read"
    again(stage)
    stage.work()
    assert {order_id for order_id, _ in stage.states()} == {"1001"}


def test_an_order_that_is_told_again_after_its_links_were_erased_is_paid_once(stage: Scene) -> None:
    """X-06: whoever comes back by the same account is a stranger, and takes nothing over."""
    stage.pay(order())
    before = stage.order().friend_id
    disconnect(stage.hub, "The shop", keeps_links=False)
    again(stage)
    stage.tell(OrderPaid(order()))
    stage.work()
    assert (stage.order().friend_id, stage.order().identity_id) == (before, None)
    assert (set(stage.states().values()), len(stage.shop.effects)) == ({"pushed"}, 2)
    assert stage.violations() == {}


def test_whoever_was_forgotten_stays_forgotten(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    with stage.hub.database.transaction() as session:
        identity = session.get_one(Identity, stage.one(Identity, lookup="anna").id)
        identity.is_gone = identity.is_blocked = True
    disconnect(stage.hub, "The shop", keeps_links=False)
    assert stage.one(Identity, lookup="anna").is_blocked


def test_it_is_connected_again_under_its_label_and_to_the_same_account_only(bare: Scene) -> None:
    """X-06: with fresh credentials, which nothing of the old ones disturbs."""
    disconnect(bare.hub, "The shop", keeps_links=False)
    other = PretendShop(f"other-{bare.shop.name}")
    SHOPS[other.name] = other
    with pytest.raises(NeedsAttention, match="choose another label"):
        connect(bare.hub, "pretend", "The shop", {"shop": other.name})
    with pytest.raises(NeedsAttention, match="use its label"):
        connect(bare.hub, "pretend", "A new label", {"shop": bare.shop.name})
    again(bare)
    assert (row(bare).status, row(bare).disconnected_at, row(bare).hint) == (ConnectionStatus.ACTIVE, None, None)
    bare.hub.keep_of(row(bare).id).change("tokens", lambda _known: "fresh")
    assert bare.hub.keep_of(row(bare).id).get("tokens") == "fresh"
