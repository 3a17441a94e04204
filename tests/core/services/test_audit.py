"""The audit trail: every change is noticed, words can be erased, a head kept elsewhere proves its end (I31)."""

from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.models import AuditEntry, AuditHead, Merchant
from core.queries.audit import Wanted, actors_and_verbs, broken_trails, trail
from core.services.audit import HUB, erase_words, let_go, note
from core.services.connections import switch
from core.services.trail_head import BadHead, compare_head, signed_heads
from tests.support.hub import DAY, HOUR, Scene, scene


@pytest.fixture
def acts(bare: Scene) -> Scene:
    """A hub in which four things were done on four days, besides the connecting."""
    return four_acts(bare)


def four_acts(bare: Scene) -> Scene:
    """One a day."""
    for number in range(1, 5):
        bare.watch.forward(DAY)
        with bare.hub.database.transaction() as session:
            about = f"push:{number}"
            note(session, merchant(session), "decide_push", about, f"words {number}", bare.watch.at, actor="Ada")
    return bare


def merchant(session: Session) -> str:
    return session.scalars(select(Merchant.id)).one()


def broken(scene: Scene) -> list[str]:
    with scene.hub.database.reading() as session:
        return list(broken_trails(session))


def tamper(scene: Scene, statement: str, **values: Any) -> None:
    """Somebody who can do what the hub never would: the guards are down for one statement."""
    with scene.hub.database.transaction() as session:
        if scene.hub.database.is_sqlite:
            for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                session.execute(text(f"DROP TRIGGER {name}"))
        else:
            session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER USER"))
        session.execute(text(statement), values)
        if not scene.hub.database.is_sqlite:
            session.execute(text("ALTER TABLE audit_entries ENABLE TRIGGER USER"))


def test_acts_hang_on_each_other(acts: Scene) -> None:
    entries = acts.all(AuditEntry)
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.previous_hash for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]
    with acts.hub.database.reading() as session:
        assert session.scalars(select(AuditHead.hash)).one() == entries[-1].hash
    assert broken(acts) == []


CHANGES = {
    "other words": ("UPDATE audit_entries SET detail = 'nothing' WHERE number = 3", "has other words"),
    "another actor": ("UPDATE audit_entries SET actor = 'Bob' WHERE number = 3", "does not fit"),
    "another verb": ("UPDATE audit_entries SET verb = 'look' WHERE number = 3", "does not fit"),
    "another subject": ("UPDATE audit_entries SET subject = 'push:9' WHERE number = 3", "does not fit"),
    "another time": ("UPDATE audit_entries SET acted_at = '2026-03-02 11:00:00' WHERE number = 3", "does not fit"),
    "another hash": (f"UPDATE audit_entries SET hash = '{'0' * 64}' WHERE number = 3", "does not fit"),
    "one taken out": ("DELETE FROM audit_entries WHERE number = 3", "stands where act 3 should be"),
    "the last one cut off": ("DELETE FROM audit_entries WHERE number = 5", "was cut after 4 of 5"),
    "the first one gone": ("DELETE FROM audit_entries WHERE number = 1", "stands where act 1 should be"),
    "all gone": ("DELETE FROM audit_entries", "was cut after 0 of 5"),
    "the head gone": ("DELETE FROM audit_heads", "its head is gone"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_is_noticed(sqlite_url: str, what: str) -> None:
    """I31: removal, edit, reorder and truncation are detected."""
    acts = four_acts(scene(sqlite_url))
    statement, words = CHANGES[what]
    tamper(acts, statement)
    (said,) = broken(acts)
    assert words in said
    acts.hub.database.close()


def test_acts_that_change_places_are_noticed(acts: Scene) -> None:
    for statement in ("number = -number WHERE number IN (2, 3)", "number = 5 + number WHERE number < 0"):
        tamper(acts, f"UPDATE audit_entries SET {statement}")
    assert broken(acts) != []


@pytest.mark.parametrize(
    "statement",
    [
        update(AuditEntry).where(AuditEntry.number == 3).values(actor="Bob"),
        update(AuditEntry).where(AuditEntry.number == 3).values(detail="nothing"),
        update(AuditEntry).where(AuditEntry.number == 3).values(detail=None, salt=None, verb="look"),
        delete(AuditEntry).where(AuditEntry.number == 5),
        delete(AuditEntry).where(AuditEntry.number == 1),
    ],
    ids=["an actor", "words", "a verb with erased words", "the last", "the first"],
)
def test_the_table_itself_refuses(acts: Scene, statement: Any) -> None:
    before = [(entry.number, entry.hash, entry.detail) for entry in acts.all(AuditEntry)]
    with pytest.raises(DBAPIError, match="append-only"), acts.hub.database.transaction() as session:
        session.execute(statement.execution_options(synchronize_session=False))
    assert [(entry.number, entry.hash, entry.detail) for entry in acts.all(AuditEntry)] == before


def test_words_are_erased_and_the_rest_is_still_proven(acts: Scene) -> None:
    """I30, I31."""
    with acts.hub.database.transaction() as session:
        assert erase_words(session, ["push:2", "push:3"]) == 2
    assert [entry.detail for entry in acts.all(AuditEntry)][1:] == ["words 1", None, None, "words 4"]
    assert [entry.salt is None for entry in acts.all(AuditEntry)] == [False, False, True, True, False]
    assert broken(acts) == []
    tamper(acts, "UPDATE audit_entries SET actor = 'Bob' WHERE number = 3")
    assert broken(acts) != []


def test_erased_words_cannot_be_guessed_from_what_is_left(acts: Scene) -> None:
    """The same words twice leave two digests, so nobody can try out which words they were."""
    with acts.hub.database.transaction() as session:
        for about in ("push:1", "push:1"):
            note(session, merchant(session), "look", about, "Mira", acts.watch.at)
    first, second = acts.all(AuditEntry, verb="look")
    assert first.digest != second.digest


def test_old_acts_are_let_go_and_the_rest_still_hangs_together(acts: Scene) -> None:
    with acts.hub.database.transaction() as session:
        assert let_go(session, acts.watch.at - DAY - HOUR) == 3
    assert [entry.number for entry in acts.all(AuditEntry)] == [4, 5]
    assert broken(acts) == []
    with acts.hub.database.transaction() as session:
        assert let_go(session, acts.watch.at - DAY - HOUR) == 0
        note(session, merchant(session), "look", "push:6", "", acts.watch.at)
    assert [entry.number for entry in acts.all(AuditEntry)] == [4, 5, 6]
    assert broken(acts) == []
    tamper(acts, "DELETE FROM audit_entries WHERE number = 4")
    assert broken(acts) != []


def test_all_acts_can_be_let_go_and_the_chain_goes_on(acts: Scene) -> None:
    with acts.hub.database.transaction() as session:
        assert let_go(session, acts.watch.at + DAY) == 5
    with acts.hub.database.transaction() as session:
        note(session, merchant(session), "look", "push:6", "", acts.watch.at)
    assert (acts.one(AuditEntry).number, broken(acts)) == (6, [])


def test_a_head_that_was_kept_elsewhere_notices_a_cut_with_its_traces_removed(acts: Scene) -> None:
    """I31: who cuts the end off and mends the head in the table is still found out."""
    (head,) = signed_heads(acts.hub)
    before = acts.all(AuditEntry)[3]
    tamper(acts, "DELETE FROM audit_entries WHERE number = 5")
    tamper(acts, "UPDATE audit_heads SET length = 4, hash = :hash", hash=before.hash)
    assert broken(acts) == []
    with acts.hub.database.reading() as session:
        assert "it had 5 acts when that was signed, and has 4" in compare_head(session, acts.hub.vault, head.text)
    with acts.hub.database.transaction() as session:
        note(session, merchant(session), "look", "push:9", "another fifth act", acts.watch.at)
    assert broken(acts) == []
    with acts.hub.database.reading() as session:
        assert "act 5 is another one" in compare_head(session, acts.hub.vault, head.text)


def test_a_head_holds_while_the_trail_grows_and_after_old_acts_were_let_go(acts: Scene) -> None:
    (head,) = signed_heads(acts.hub)
    with acts.hub.database.transaction() as session:
        note(session, merchant(session), "look", "push:6", "", acts.watch.at)
    for before in (acts.watch.at - 2 * DAY, acts.watch.at + DAY):
        with acts.hub.database.transaction() as session:
            let_go(session, before)
        with acts.hub.database.reading() as session:
            assert compare_head(session, acts.hub.vault, head.text) == ""


def test_a_head_of_somebody_else_proves_nothing(acts: Scene) -> None:
    (head,) = signed_heads(acts.hub)
    with acts.hub.database.reading() as session:
        for text_ in ("", "yesterday's head", head.text[:-1] + ("0" if head.text[-1] != "0" else "1")):
            with pytest.raises(BadHead):
                compare_head(session, acts.hub.vault, text_)
        with pytest.raises(BadHead, match="changed"):
            compare_head(session, acts.hub.vault, head.text.replace(" 5 ", " 4 "))


def test_acts_about_the_hub_as_a_whole_have_a_trail_of_their_own(acts: Scene) -> None:
    with acts.hub.database.transaction() as session:
        note(session, None, "rotate_keys", "keys:1", "", acts.watch.at)
    entry = acts.one(AuditEntry, verb="rotate_keys")
    assert (entry.merchant_id, entry.chain, entry.number) == (None, "house", 1)
    assert {head.of for head in signed_heads(acts.hub)} == {"default", "house"}
    assert broken(acts) == []
    with acts.hub.database.reading() as session:
        own = acts.hub.within(merchant(session))
    with own.database.reading() as session:
        assert "rotate_keys" not in {row.verb for row in trail(session, Wanted()).rows}


def test_who_acts_is_known_by_the_door_they_came_in(bare: Scene) -> None:
    with bare.hub.database.reading() as session:
        whose = merchant(session)
    switch(bare.hub.within(whose, "Ada"), bare.connection.id, on=False)
    switch(bare.hub.acting("cli:ops"), bare.connection.id, on=True)
    assert [entry.actor for entry in bare.all(AuditEntry)][-2:] == ["Ada", "cli:ops"]
    with bare.hub.within(whose, "Ada").database.transaction() as session:
        note(session, whose, "look", "hub:1", "by itself", bare.watch.at, actor=HUB)
    assert bare.one(AuditEntry, verb="look").actor == HUB


def test_acts_are_found_by_who_what_when_and_about_what(acts: Scene) -> None:
    def found(**told: Any) -> list[str]:
        with acts.hub.database.reading() as session:
            return [row.subject for row in trail(session, Wanted(**told)).rows]

    assert found(verb="decide_push") == ["push:4", "push:3", "push:2", "push:1"]
    assert found(actor="Ada") == found(verb="decide_push")
    assert found(actor="Bob") == []
    assert found(subject="push:2") == found(subject="2") == ["push:2"]
    assert found(subject="push") == found(actor="Ada")
    assert found(subject="pus%") == []
    assert found(since=acts.watch.at - DAY) == ["push:4", "push:3"]
    assert found(until=acts.watch.at - 2 * DAY, actor="Ada") == ["push:1"]
    with acts.hub.database.reading() as session:
        assert actors_and_verbs(session) == (["Ada", "operator"], ["connect", "decide_push"])
