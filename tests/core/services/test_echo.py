"""A write must not make a write: whatever a source tells us of our own writing, nothing is written again."""

import pytest

from core.contract.credits import Record
from core.contract.events import Contact, ContactSaved, Evidence, EvidenceKind, IdentityClaim, IdentityKind, OrderPaid
from core.contract.parts import Usage
from core.models import Connection, Identity, StoredDelivery
from core.services.drift import look_for_drift
from core.services.undo import undo
from tests.support.crm import CrmScene, connect_crm
from tests.support.hub import DAY, MINUTE, Scene, friend, order, refund, refunded


@pytest.fixture
def crm(stage: Scene) -> CrmScene:
    """A CRM that knows Mira and Anna, tells of every write as if a person had made it, and is live."""
    stage.tell(OrderPaid(order()))
    made = connect_crm(stage)
    for shop_id, crm_id in (("customer-mira", "c-mira"), ("anna", "c-anna")):
        made.knows(stage.one(Identity, lookup=shop_id).person_id, crm_id)
    made.crm.on_write = lambda record: made.hint(ContactSaved(contact(record)))
    made.go_live()
    return made


def contact(record: Record) -> Contact:
    return Contact(identities=(IdentityClaim(IdentityKind.CONTACT, record.source_id),))


def writes(crm: CrmScene) -> dict[str, int]:
    """How often each person was written."""
    found: dict[str, int] = {}
    for record in crm.crm.written:
        found[record.source_id] = found.get(record.source_id, 0) + 1
    return found


def test_a_source_that_tells_of_every_write_is_not_written_to_again(crm: CrmScene) -> None:
    """SF-25, HS-17: three rounds: each hint is read, and the fields are compared and left alone."""
    for _ in range(3):
        crm.stage.work()
        crm.stage.watch.forward(MINUTE)
    assert writes(crm) == {"c-mira": 1, "c-anna": 1}
    heard = crm.stage.all(StoredDelivery, connection_id=crm.connection.id)
    assert [one.state for one in heard] == ["read", "read"]


def test_a_change_is_written_once_and_its_echo_ends_there(crm: CrmScene) -> None:
    crm.stage.work()
    for number in range(3):
        crm.stage.watch.forward(DAY)
        crm.stage.tell(OrderPaid(order(f"200{number}", buyer=friend(f"friend-{number}"))))
        for _ in range(3):
            crm.stage.work()
            crm.stage.watch.forward(MINUTE)
    assert writes(crm)["c-mira"] == 4
    assert crm.crm.people["c-mira"]["ref_friends_brought"] == "4"


def test_our_own_code_heard_again_as_evidence_changes_nothing(crm: CrmScene) -> None:
    """The hub fills `referred by`, the CRM tells of a deal with that code, and the story is the same as before."""
    crm.stage.work()
    before, count = crm.stage.digest(), len(crm.crm.written)
    told = order("1001", evidence=[Evidence(EvidenceKind.CONTACT_FIELD, "MIRA")])
    crm.stage.tell(OrderPaid(told))
    crm.stage.work()
    assert crm.stage.digest() == before
    assert len(crm.crm.written) == count


def test_a_refund_makes_counts_and_rewards_go_down_in_the_next_batch(crm: CrmScene) -> None:
    """X-09"""
    crm.stage.pay(order())
    carried = crm.crm.people["c-mira"]
    assert (carried["ref_friends_brought"], carried["ref_rewards_earned"]) == ("1", "10.00")
    calls = crm.crm.calls["write"]
    crm.stage.tell(refunded("1001", refund(amount="100.00")))
    crm.stage.work()
    assert (carried["ref_friends_brought"], carried["ref_rewards_earned"]) == ("0", "0.00")
    assert (carried["ref_revenue_brought"], carried["ref_last_referral_at"]) == ("0.00", "")
    assert crm.crm.people["c-anna"]["ref_status"] == "reversed"
    assert crm.crm.calls["write"] == calls + 1


def test_a_field_that_holds_only_a_day_is_written_once_and_is_no_drift(crm: CrmScene) -> None:
    """HS-39: the time that the hub knows is compared as the day that the source shows of it."""
    crm.crm.days = {"ref_last_referral_at"}
    crm.stage.pay(order())
    assert crm.crm.people["c-mira"]["ref_last_referral_at"] == "2026-03-01"
    written = len(crm.crm.written)
    crm.soil()
    crm.stage.work()
    assert len(crm.crm.written) == written
    assert look_for_drift(crm.stage.hub, crm.connection, heal=True).differing == 0
    assert undo(crm.stage.hub, crm.connection.label).left_alone == 0


def test_what_the_source_says_of_its_limits_stands_on_the_connection(crm: CrmScene) -> None:
    crm.stage.work()
    assert crm.health().usage is None
    crm.crm.usage = Usage(14_000, 15_000, "polls stop at 90 %")
    crm.stage.work()
    assert crm.health().usage == {"used": 14_000, "limit": 15_000, "words": "polls stop at 90 %"}


def test_the_last_write_stands_on_the_connection(crm: CrmScene) -> None:
    crm.stage.work()
    row = crm.stage.one(Connection, id=crm.connection.id)
    assert row.last_write_at == crm.stage.watch.at == crm.health().last_write_at
    crm.stage.watch.forward(MINUTE)
    crm.soil()
    crm.stage.work()
    assert crm.health().last_write_at == row.last_write_at, "to look and write nothing is no write"


def test_an_advocate_who_was_a_friend_first_gets_the_code_at_once(crm: CrmScene) -> None:
    crm.stage.work()
    crm.stage.advocate("ANNA", customer="anna")
    crm.stage.work()
    assert crm.crm.people["c-anna"]["ref_code"] == "ANNA"


def test_a_refused_reward_is_no_longer_pending_at_the_source(crm: CrmScene) -> None:
    crm.stage.shop.fates.extend(["refused", "refused"])
    crm.stage.pay(order())
    assert crm.crm.people["c-mira"]["ref_rewards_pending"] == "0.00"
