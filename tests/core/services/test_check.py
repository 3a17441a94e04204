"""Check: each invariant notices the one thing it is there for, names it, and stops all pushing."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from core.contract.events import OrderPaid
from core.queries.invariants import INVARIANTS
from core.services.check import check, is_check_due, why_pushing_is_stopped
from core.worker import keep_house
from tests.support.hub import DAY, MINUTE, Scene, friend, order, refund, refunded, scene

# What goes wrong behind the hub's back, and which invariants must see it.
FIRST_ENTRY = "(SELECT id FROM ledger_entries LIMIT 1)"
LAST = "(SELECT id FROM ledger_transactions ORDER BY number DESC LIMIT 1)"
SECOND = "(SELECT id FROM ledger_transactions WHERE number = 2)"
LAST_ACT = "(SELECT length FROM audit_heads)"
CUT = "DELETE FROM ledger_entries WHERE transaction_id = {0}; DELETE FROM ledger_transactions WHERE id = {0}"
SWAPPED = "UPDATE ledger_transactions SET number = 3 - number WHERE number IN (1, 2)"
DOUBLED = "INSERT INTO pushes SELECT * FROM pushes; UPDATE pushes SET state = 'sent', remote_id = NULL"
PLANTED = {
    "an order counts twice": ("I2", "conversions", "INSERT INTO conversions SELECT * FROM conversions LIMIT 1"),
    "a friend has two referrals": ("I7", "referrals", "INSERT INTO referrals SELECT * FROM referrals LIMIT 1"),
    "a friend brought himself": ("I8", None, "UPDATE referrals SET advocate_id = friend_id"),
    "the budget forgot a reward": ("I9", None, "UPDATE allowances SET used = used - 1 WHERE name = 'budget:EUR'"),
    "a place was taken for nothing": (
        "I32",
        None,
        "UPDATE allowances SET used = used + 1 WHERE name LIKE 'advocate:%'",
    ),
    "a place was given back": ("I32", None, "UPDATE allowances SET used = used - 1 WHERE name LIKE 'advocate:%'"),
    "a friend's places were lost": ("I32", None, "UPDATE allowances SET used = 0 WHERE name LIKE 'friend:%'"),
    "an amount was forgotten": ("I32", None, "UPDATE allowances SET used = used - 1 WHERE name LIKE 'amount:%'"),
    "a milestone is given twice": ("I33", None, "UPDATE allowances SET used = 0 WHERE name LIKE 'milestone:%'"),
    "a reward's state is fancy": ("I10", None, "UPDATE rewards SET state = 'dreaming' WHERE state = 'held'"),
    "a push's state is fancy": ("I10", None, "UPDATE pushes SET state = 'dreaming'"),
    "a conversion's state is fancy": ("I10", None, "UPDATE conversions SET state = 'dreaming'"),
    "a push was too early": ("I11", None, "UPDATE pushes SET created_at = '2026-03-02 00:00:00.000000'"),
    "more is taken than granted": ("I12", "rewards", "UPDATE rewards SET reversed_minor = granted_minor + 1"),
    "a reversal was forgotten": ("I12", None, "UPDATE conversions SET reversed_minor = reversed_minor - 1"),
    "reversals exceed the base": ("I12", None, "UPDATE reversals SET base_minor = 99999999"),
    "an entry was changed": ("I15", None, f"UPDATE ledger_entries SET amount_minor = 7 WHERE id = {FIRST_ENTRY}"),
    "both sides were changed": ("I16", None, "UPDATE ledger_entries SET amount_minor = amount_minor * 2"),
    "an account was renamed": ("I16", None, "UPDATE ledger_entries SET account = 'held' WHERE account = 'due'"),
    "the last transaction was cut off": ("I16", None, CUT.format(LAST)),
    "a transaction in the middle is gone": ("I16", None, CUT.format(SECOND)),
    "the whole ledger is gone": ("I16", None, "DELETE FROM ledger_entries; DELETE FROM ledger_transactions"),
    "two transactions changed places": ("I16", "ledger_transactions", SWAPPED),
    "a balance was changed": ("I17", None, "UPDATE balances SET amount_minor = amount_minor + 1"),
    "a balance was lost": ("I17", None, "DELETE FROM balances WHERE account = 'pushed'"),
    "a reward was made larger": ("I20", None, "UPDATE rewards SET granted_minor = 9999 WHERE state = 'held'"),
    "a reward claims to be paid": ("I20", None, "UPDATE rewards SET state = 'pushed' WHERE state = 'held'"),
    "a paid reward is due again": ("I20", None, "UPDATE rewards SET state = 'due' WHERE state = 'pushed'"),
    "two pushes go to one account": ("I22", "pushes", DOUBLED),
    "a push was confirmed by hand": ("I25", None, "UPDATE pushes SET moved_minor = 1 WHERE gives"),
    "a confirmed push is gone": ("I25", None, "DELETE FROM pushes WHERE id IN (SELECT id FROM pushes LIMIT 1)"),
    "less arrived than was sent": ("I26", None, "UPDATE pushes SET moved_minor = moved_minor - 1 WHERE gives"),
    "an act was changed": ("I31", None, "UPDATE audit_entries SET actor = 'nobody' WHERE number = 1"),
    "the last act was cut off": ("I31", None, f"DELETE FROM audit_entries WHERE number = {LAST_ACT}"),
    "one receipt proves two pushes": ("I27", "pushes", "UPDATE pushes SET remote_id = 'the same'"),
}

REACHING = {"milestones": [{"at": 2, "amount": "5.00"}]}
LIMITS = {"rewards_per_advocate": 9, "rewards_per_friend": 9, "amount_per_advocate": "900.00"}


@pytest.fixture
def full(sqlite_url: str) -> Iterator[Scene]:
    """Paid rewards, a refund after payout, a milestone, and rewards that wait, all within limits."""
    built = scene(sqlite_url).campaign(advocate=REACHING, limits=LIMITS)
    built.advocate()
    built.pay(order())
    built.tell(refunded("1001", refund(amount="40.00")), OrderPaid(order("1002", buyer=friend("ben"), placed=15 * DAY)))
    built.work()
    assert built.violations() == {}
    yield built
    built.hub.database.close()


def plant(full: Scene, unlocked: str | None, script: str) -> None:
    """The rows are changed by somebody who can do what the hub never would: without triggers, and keys where asked."""
    connection: Any = full.hub.database.engine.raw_connection().driver_connection
    connection.execute("PRAGMA foreign_keys = OFF")
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    if unlocked:
        connection.execute(f"CREATE TABLE bare AS SELECT * FROM {unlocked}")
        connection.execute(f"DROP TABLE {unlocked}")
        connection.execute(f"ALTER TABLE bare RENAME TO {unlocked}")
    for statement in script.split("; "):
        connection.execute(statement)


def why_stopped(full: Scene) -> str:
    """The promise that is broken."""
    with full.hub.database.reading() as session:
        return why_pushing_is_stopped(session)


@pytest.mark.parametrize("what", PLANTED)
def test_what_is_wrong_is_seen_and_named(full: Scene, what: str) -> None:
    number, unlocked, script = PLANTED[what]
    plant(full, unlocked, script)
    found = full.violations()
    assert number in found, found
    assert all(found[number])


def test_every_invariant_is_tried() -> None:
    assert {one.number for one in INVARIANTS} == {number for number, _, _ in PLANTED.values()}


def test_all_is_well_in_a_hub_that_was_left_alone(full: Scene) -> None:
    report = check(full.hub)
    assert report.is_sound
    assert (report.checked_at, report.digest) == (full.watch.at, full.digest())
    assert [finding.number for finding in report.findings] == [one.number for one in INVARIANTS]


def test_a_broken_promise_stops_pushing_until_it_is_kept_again(full: Scene) -> None:
    full.stands(order("1002", buyer=friend("ben"), placed=15 * DAY))
    sent = len(full.shop.credits)
    plant(full, None, "UPDATE balances SET amount_minor = amount_minor + 1 WHERE account = 'held'")
    report = check(full.hub)
    assert not report.is_sound
    assert why_stopped(full).startswith("I17 cached balances equal their entries: account held")
    full.watch.forward(15 * DAY)
    full.work()
    assert len(full.shop.credits) == sent
    plant(full, None, "UPDATE balances SET amount_minor = amount_minor - 1 WHERE account = 'held'")
    assert [finding for finding in check(full.hub).findings if finding.violations] == []
    full.work()
    assert len(full.shop.credits) == sent + 3  # both sides, and the milestone


def test_the_regular_check_stops_pushing_by_itself(full: Scene) -> None:
    keep_house(full.hub)
    plant(full, None, "UPDATE balances SET amount_minor = amount_minor + 1 WHERE account = 'held'")
    full.watch.forward(14 * MINUTE)
    keep_house(full.hub)
    assert why_stopped(full) == ""
    full.watch.forward(MINUTE)
    keep_house(full.hub)
    assert "I17" in why_stopped(full)


def test_the_check_is_due_every_quarter_of_an_hour(full: Scene) -> None:
    def is_due() -> bool:
        with full.hub.database.reading() as session:
            return is_check_due(session, full.hub)

    assert is_due()
    check(full.hub)
    assert not is_due()
    full.watch.forward(15 * MINUTE)
    assert is_due()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET amount_minor = 0",
        "DELETE FROM ledger_entries",
        "UPDATE ledger_transactions SET hash = 'x'",
        "DELETE FROM ledger_transactions",
    ],
)
def test_the_database_itself_refuses_to_change_the_ledger(stage: Scene, statement: str) -> None:
    """I16."""
    stage.tell(OrderPaid(order()))
    with pytest.raises(DatabaseError, match="append-only"), stage.hub.database.transaction() as session:
        session.execute(text(statement))
    assert stage.balance("held") == 1500
    assert stage.violations() == {}
