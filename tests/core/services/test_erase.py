"""Erase: an erased person leaves nothing behind but ids, in any table and any body, and the books do not change."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from core.contract.events import (
    Contact,
    DealWon,
    Evidence,
    EvidenceKind,
    IdentityClaim,
    OrderCancelled,
    OrderPaid,
    PersonErased,
)
from core.contract.webhooks import Delivery
from core.gateway.erasure_journal import ErasureJournal
from core.gateway.keeping import Keeping
from core.models import (
    AuditEntry,
    Collision,
    ConnectionStatus,
    ErasedMark,
    Erasure,
    Identity,
    Person,
    StoredDelivery,
)
from core.models.base import Base
from core.services.bodies import body_of, is_emptied
from core.services.book import open_book
from core.services.enroll import enroll
from core.services.erase import erase_person
from core.services.inbox import delivery_row
from core.services.judge_people import keep_apart, person_named
from core.services.people import identity_context
from core.services.record import Told, record
from core.services.replay import replay
from core.services.sweep import PATIENCE
from tests.support.hub import DAY, HOUR, START, Scene, contact, customer, deal, email, friend, order

BOB = friend("7000000000002", "Bob.Builder+shop@outlook.com")
BYTES = ("bob.builder", "7000000000002")


def paid(stage: Scene) -> Scene:
    """Bob bought with Mira's code, and both rewards are paid."""
    stage.pay(order("5500001", buyer=BOB))
    return stage


def erased(
    stage: Scene, *identities: object, at: timedelta = timedelta(), orders: tuple[str, ...] = ()
) -> PersonErased:
    chosen = Contact(identities=identities or BOB.identities)  # type: ignore[arg-type]
    return PersonErased(contact=chosen, asked_at=stage.watch.at + at, order_ids=orders)


def laid(stage: Scene, text: str, *, state: str = "read", subject: str = "") -> str:
    """A body with this text is in the inbox, and was handled as `state` says."""
    told = Delivery(key=sha256(text.encode()).hexdigest(), topic="news", body=text.encode(), subject=subject)
    row = delivery_row(stage.hub, stage.connection.id, told, stage.watch.at) | {"state": state}
    stage.shop.news[text] = []
    with stage.hub.database.transaction() as session:
        session.add(StoredDelivery(**row))
    return str(row["id"])


def body(stage: Scene, delivery_id: str) -> bytes:
    return body_of(stage.hub, stage.one(StoredDelivery, id=delivery_id))


def open_texts(stage: Scene) -> str:
    """Everything that every table holds of personal values, opened where it is sealed."""
    found = []
    with stage.hub.database.reading() as session:
        for mapper in Base.registry.mappers:
            for row in session.scalars(select(mapper.class_)):
                found += [str(getattr(row, column.key)) for column in mapper.columns]
                if isinstance(row, Identity) and row.sealed:
                    found.append(stage.hub.vault.open(row.sealed, identity_context(row.id)).decode())
                if isinstance(row, StoredDelivery):
                    found.append(body_of(stage.hub, row).decode())
    return "\n".join(found).casefold()


@pytest.mark.parametrize(
    "named", [BOB.identities, BOB.identities[:1], (email("bob.builder@outlook.com"),)], ids=["both", "id", "address"]
)
def test_who_is_erased_leaves_no_address_in_any_table_or_body_and_the_books_do_not_change(
    stage: Scene, named: tuple[IdentityClaim, ...]
) -> None:
    """SH-56, I30."""
    paid(stage)
    body_id = laid(stage, '{"order": {"id": 5500001, "email": "Bob.Builder+shop@outlook.com"}}')
    before, digest = stage.facts(), stage.digest()
    assert BYTES[0] in open_texts(stage), "it is there to be erased"
    stage.tell(erased(stage, *named))
    stage.work()
    assert BYTES[0] not in open_texts(stage)
    assert body(stage, body_id) == b""
    assert (stage.facts(), stage.digest(), stage.violations()) == (before, digest, {})


def test_an_operator_erases_a_person_at_every_source(stage: Scene) -> None:
    paid(stage)
    crm = stage.beside("The CRM", "crm")
    crm.tell(DealWon(deal("d77777", buyer=Contact(identities=(contact("c-88888"), BOB.identities[1])))))
    bob = person_named(stage.hub, "bob.builder@outlook.com")
    erase_person(stage.hub, bob, "he asked us to")
    stage.work()
    rows = [row for row in stage.all(Identity) if row.person_id == bob]
    assert len(rows) == 3
    assert all(row.is_blocked for row in rows)
    assert BYTES[0] not in open_texts(stage)
    assert stage.one(AuditEntry, verb="erase").detail == "he asked us to"


def test_erasing_again_changes_nothing(stage: Scene) -> None:
    """SH-56: a repeat is harmless."""
    paid(stage)
    told = erased(stage)
    stage.tell(told)
    stage.work()
    people, marks, digest = len(stage.all(Person)), len(stage.all(ErasedMark)), stage.digest()
    stage.tell(told, told)
    stage.work()
    assert (len(stage.all(Person)), len(stage.all(ErasedMark)), stage.digest()) == (people, marks, digest)
    assert stage.violations() == {}


def test_late_news_of_the_erased_brings_nobody_back(stage: Scene) -> None:
    paid(stage)
    stage.tell(erased(stage))
    known = len(stage.all(Person))
    guest = Contact(identities=(email("bob.builder@outlook.com"),))
    stage.tell(
        OrderPaid(order("5500002", buyer=BOB, placed=-HOUR)),
        OrderPaid(order("5500003", buyer=guest, placed=-HOUR)),
        OrderPaid(order("5500004", buyer=friend("7000000000099", "bob.builder@outlook.com"), placed=-HOUR)),
        OrderPaid(order("5500005", buyer=friend("7000000000002"), placed=40 * DAY)),
    )
    assert len(stage.all(Person)) == known
    assert BYTES[0] not in open_texts(stage)
    for late in ("5500002", "5500003", "5500004", "5500005"):
        assert stage.order(late).friend_id is None
        assert stage.order(late).reasons["*"][0]["words"] == "the friend was forgotten for privacy's sake"


def test_who_was_erased_before_anybody_knew_them_stays_unknown(stage: Scene) -> None:
    stage.tell(erased(stage))
    stage.tell(OrderPaid(order("5500001", buyer=BOB)))
    assert stage.order("5500001").friend_id is None
    assert BYTES[0] not in open_texts(stage)


def test_an_address_may_begin_anew_after_the_erasure(stage: Scene) -> None:
    paid(stage)
    stage.tell(erased(stage))
    anew = friend("7000000000099", "bob.builder@outlook.com")
    stage.tell(OrderPaid(order("5500009", buyer=anew, placed=16 * DAY)))
    assert stage.order("5500009").friend_id not in (None, stage.order("5500001").friend_id)
    assert stage.conversion("5500009").state == "qualified", "nobody remembers the erased unless the merchant wants it"


@pytest.mark.parametrize(("later", "counts"), [(16 * DAY, False), (400 * DAY, True)])
def test_who_is_remembered_is_no_new_customer_for_so_many_months(stage: Scene, later: timedelta, counts: bool) -> None:
    paid(stage)
    stage.hub.keeping = Keeping(erased_people=timedelta(days=365))
    stage.tell(erased(stage))
    stage.watch.at = START + later
    anew = friend("7000000000099", "bob.builder@outlook.com")
    stage.tell(OrderPaid(order("5500009", buyer=anew, placed=later)))
    assert (("5500009", "friend") in stage.states()) is counts
    if not counts:
        assert "the friend had bought here before" in str(stage.order("5500009").reasons)


def test_only_the_erased_ones_bodies_are_emptied(stage: Scene) -> None:
    paid(stage)
    other = laid(stage, '{"id": 55000011, "email": "not.bob.builder@outlook.com", "customer": 70000000000021}')
    bobs = {
        laid(stage, '{"id": 5500001, "customer": 1}'),
        laid(stage, '{"email": "bob.builder@outlook.com"}', state="ignored"),
        laid(stage, '{"email": "BOB.BUILDER+SHOP@OUTLOOK.COM"', state="unreadable"),
        laid(stage, '{"email": "bob.builder\\u002bshop@outlook.com"}'),
        laid(stage, "<Email>bob.builder&#43;shop@outlook.com</Email>"),
        laid(stage, '{"admin_graphql_api_id": "gid://shopify/Customer/7000000000002"}'),
        laid(stage.beside("Another shop"), '{"note": "call bob.builder@outlook.com"}'),
        laid(stage, '{"note": "his mail:\\nbob.builder@outlook.com\\n"}'),
        laid(stage, "nothing inside", subject="7000000000002"),
    }
    stage.tell(erased(stage))
    stage.work()
    emptied = {row.id for row in stage.all(StoredDelivery) if is_emptied(row)}
    assert emptied >= bobs
    assert other not in emptied
    assert stage.one(StoredDelivery, id=next(iter(bobs))).reason == "the person was erased"
    assert stage.one(Erasure).sought is None


def test_an_unread_refund_of_the_erased_is_read_before_its_body_goes(stage: Scene) -> None:
    """The advocate's reward must not be paid for an order that went back."""

    bought = order("5500001", buyer=BOB)
    stage.tell(OrderPaid(bought))
    went_back = replace(bought, cancelled_at=START + HOUR, updated_at=START + HOUR)
    delivery_id = stage.deliver(OrderCancelled(went_back), key="bob.builder@outlook.com cancels")
    stage.tell(erased(stage))
    stage.work()
    assert is_emptied(stage.one(StoredDelivery, id=delivery_id))
    assert set(stage.states().values()) == {"void"}
    assert stage.one(Erasure).swept_at is not None


def test_what_waits_at_a_paused_source_is_emptied_within_the_month_all_the_same(stage: Scene) -> None:
    paid(stage)
    waiting = laid(stage, '{"email": "bob.builder@outlook.com"}', state="stored")
    with stage.hub.database.transaction() as session:
        session.merge(stage.connection).status = ConnectionStatus.NEEDS_ATTENTION
    stage.tell(erased(stage))
    stage.work()
    assert body(stage, waiting) != b"", "it may be read yet"
    stage.watch.forward(PATIENCE)
    stage.work()
    assert body(stage, waiting) == b""
    assert stage.one(StoredDelivery, id=waiting).state == "ignored"


def test_an_emptied_body_is_not_read_again(stage: Scene) -> None:
    gone = laid(paid(stage), '{"email": "bob.builder@outlook.com"}')
    stage.tell(erased(stage))
    stage.work()
    with pytest.raises(LookupError, match="is gone: the person was erased"):
        replay(stage.hub, gone)


def test_a_field_that_somebody_typed_into_is_erased_unless_it_names_a_code(stage: Scene) -> None:
    typed = Evidence(EvidenceKind.OTHER_CONTACT_FIELD, "Bob Builder told me")
    stage.tell(OrderPaid(order("5500001", buyer=BOB, evidence=[typed])))
    stage.tell(erased(stage))
    assert stage.order("5500001").evidence == [{"kind": "code", "value": "MIRA"}]
    assert stage.states()["5500001", "advocate"] == "held", "what the advocate earned stays"


def test_the_orders_that_the_source_names_are_searched_for_too(stage: Scene) -> None:
    named = laid(stage, '{"order_id": 987654321}')
    stage.tell(erased(stage, orders=("987654321",)))
    stage.work()
    assert body(stage, named) == b""


def test_what_operators_said_of_the_person_goes_and_that_it_was_done_stays(stage: Scene) -> None:
    paid(stage)
    stage.tell(OrderPaid(order("5500007", buyer=friend("7000000000077", "zoe@example.com"))))
    keep_apart(stage.hub, "bob.builder@outlook.com", "zoe@example.com", "Bob Builder is no relative")
    stage.tell(erased(stage))
    bob = stage.one(Identity, lookup="7000000000002").person_id
    (act,) = [row for row in stage.all(AuditEntry, verb="keep_apart") if row.subject == f"person:{bob}"]
    assert act.detail is None
    assert stage.one(Collision).because == ""
    assert stage.violations() == {}, "the chain of acts still holds"


def test_an_account_that_is_not_erased_goes_on_and_does_not_bring_the_address_back(stage: Scene) -> None:
    """Another source tells on its own account, late, of an order from before."""
    crm = stage.beside("The CRM", "crm")
    known = Contact(identities=(contact("c-88888"), BOB.identities[1]))
    crm.tell(DealWon(deal("d1", buyer=known)))
    stage.tell(OrderPaid(order("5500001", buyer=BOB)))
    stage.tell(erased(stage))
    crm.tell(DealWon(deal("d2", buyer=known)))
    assert crm.order("d2").friend_id == crm.one(Identity, lookup="c-88888").person_id
    assert BYTES[0] not in open_texts(stage)


def test_a_shared_mailbox_is_not_two_erased_people(stage: Scene) -> None:
    """An account is decisive: the other account under that address is somebody else."""
    other = friend("7000000000077", "bob.builder@outlook.com")
    stage.tell(OrderPaid(order("5500001", buyer=friend("7000000000002"))), OrderPaid(order("5500007", buyer=other)))
    stage.tell(erased(stage))
    row = stage.one(Identity, lookup="7000000000077")
    assert not row.is_blocked
    assert stage.one(Identity, lookup="7000000000002").is_blocked


def test_an_advocate_who_is_erased_keeps_the_code_and_what_it_earned(stage: Scene) -> None:
    enroll(stage.hub, "friends", email="nora@example.com", name="Nora Night", code="N-1")
    stage.tell(OrderPaid(order("5500001", code="N-1", buyer=BOB)))
    nora = person_named(stage.hub, "N-1")
    before = stage.states()
    erase_person(stage.hub, nora, "she asked")
    stage.work()
    assert stage.states() == before
    assert "nora" not in open_texts(stage)


def killed_before_the_commit(stage: Scene) -> None:
    with stage.hub.database.transaction() as session:
        record(open_book(stage.hub, session, stage.connection.merchant_id), [Told(stage.connection, erased(stage))])
        raise RuntimeError("killed")


def test_the_journal_is_written_before_the_tables_are(stage: Scene, tmp_path: Path) -> None:
    paid(stage)
    stage.hub.journal = ErasureJournal(tmp_path / "erasures.log")
    with pytest.raises(RuntimeError, match="killed"):
        killed_before_the_commit(stage)
    (line,) = stage.hub.journal.lines()
    assert stage.all(Erasure) == []
    assert line.accounts
    assert not any(found in (tmp_path / "erasures.log").read_text().casefold() for found in BYTES)


def test_nothing_is_erased_that_the_journal_cannot_keep(stage: Scene, tmp_path: Path) -> None:
    paid(stage)
    (tmp_path / "full").write_text("")
    stage.hub.journal = ErasureJournal(tmp_path / "full" / "erasures.log")
    with pytest.raises(OSError, match="full"):
        stage.tell(erased(stage))
    assert stage.all(Erasure) == []
    assert customer("7000000000002").value in {row.lookup for row in stage.all(Identity) if not row.is_blocked}
