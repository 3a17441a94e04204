"""Invariants: what must hold at every commit, each as one question whose every answer is a violation in words."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.models import (
    Balance,
    Conversion,
    LedgerEntry,
    LedgerTransaction,
    Merchant,
    Push,
    Referral,
    Reversal,
    Reward,
)
from core.models.connection import LEDGER_START
from core.models.push import IN_FLIGHT_STATES
from core.queries import limits_kept
from core.queries.audit import broken_trails
from core.rules.chain import content_hash
from core.rules.states import TABLES

PAID = ("pushed", "netted", "clawed_back")
# Where a reward's money must stand, by its state; paid rewards are looked at apart.
ACCOUNT = {"held": "held", "review": "held", "due": "due", "pushing": "due", "rejected": "due"}


@dataclass(frozen=True, slots=True)
class Invariant:
    """A numbered promise; `violations` yields nothing while it is kept."""

    number: str
    promise: str
    violations: Callable[[Session], Iterator[str]]


def _repeated(
    session: Session, *columns: InstrumentedAttribute[Any], where: ColumnElement[bool] | None = None
) -> Iterator[str]:
    query = select(*columns).group_by(*columns).having(func.count() > 1)
    for row in session.execute(query if where is None else query.where(where)):
        yield "twice: " + ", ".join(str(value) for value in row)


def _conversions_once(session: Session) -> Iterator[str]:
    yield from _repeated(session, Conversion.connection_id, Conversion.order_source_id, Conversion.campaign_id)


def _brought_once(session: Session) -> Iterator[str]:
    yield from _repeated(session, Referral.campaign_id, Referral.friend_id, Referral.advocate_id)


def _nobody_refers_himself(session: Session) -> Iterator[str]:
    query = (
        select(Reward.conversion_id)
        .join(Conversion, Conversion.id == Reward.conversion_id)
        .join(Referral, Referral.id == Conversion.referral_id)
        .where(Referral.advocate_id == Referral.friend_id, Reward.state.in_(("held", "due")))
    )
    for (conversion_id,) in session.execute(query):
        yield f"conversion {conversion_id} rewards a person for referring himself"


def _legal_states(session: Session) -> Iterator[str]:
    for noun, model in (("conversion", Conversion), ("reward", Reward), ("push", Push)):
        query = select(model.id, model.state).where(model.state.not_in(TABLES[noun]))
        for row_id, state in session.execute(query):
            yield f"{noun} {row_id} is {state}"


def _no_early_pushes(session: Session) -> Iterator[str]:
    query = (
        select(Push.id)
        .join(Reward, Reward.id == Push.reward_id)
        .join(Conversion, Conversion.id == Reward.conversion_id)
        .where(Push.gives.is_(True), Push.created_at < Conversion.release_at)
    )
    for (push_id,) in session.execute(query):
        yield f"push {push_id} was made before its hold ended"


def _reversals_bounded(session: Session) -> Iterator[str]:
    for (reward_id,) in session.execute(select(Reward.id).where(Reward.reversed_minor > Reward.granted_minor)):
        yield f"reward {reward_id}: more taken back than granted"
    total = func.coalesce(func.sum(Reversal.base_minor), 0)
    query = (
        select(Conversion.id, Conversion.base_minor, Conversion.reversed_minor, total)
        .join(Reversal, Reversal.conversion_id == Conversion.id)
        .group_by(Conversion.id, Conversion.base_minor, Conversion.reversed_minor)
    )
    for conversion_id, base, reversed_minor, told in session.execute(query):
        if told != reversed_minor or told > base:
            yield f"conversion {conversion_id}: reversals of {told}, recorded {reversed_minor}, base {base}"


def _zero_sum(session: Session) -> Iterator[str]:
    query = (
        select(LedgerEntry.transaction_id, LedgerEntry.currency, func.sum(LedgerEntry.amount_minor))
        .group_by(LedgerEntry.transaction_id, LedgerEntry.currency)
        .having(func.sum(LedgerEntry.amount_minor) != 0)
    )
    for transaction_id, currency, total in session.execute(query):
        yield f"transaction {transaction_id} is off by {total} {currency}"


def _chain(session: Session) -> Iterator[str]:
    for merchant in session.scalars(select(Merchant)):
        previous, number = LEDGER_START, 0
        for transaction, currency, lines in _transactions(session, merchant.id):
            number += 1
            expected = content_hash(previous, number, transaction.key, currency, lines)
            if (transaction.number, transaction.previous_hash, transaction.hash) != (number, previous, expected):
                yield f"transaction {transaction.number} of merchant {merchant.name} does not fit the chain"
                return
            previous = transaction.hash
        if (merchant.ledger_length, merchant.ledger_hash) != (number, previous):
            yield f"the chain of merchant {merchant.name} was cut after {number} of {merchant.ledger_length}"


def _transactions(
    session: Session, merchant_id: str
) -> Iterator[tuple[LedgerTransaction, str, list[tuple[str, int, str]]]]:
    query = (
        select(
            LedgerTransaction,
            LedgerEntry.account,
            LedgerEntry.amount_minor,
            LedgerEntry.reward_id,
            LedgerEntry.currency,
        )
        .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
        .where(LedgerTransaction.merchant_id == merchant_id)
        .order_by(LedgerTransaction.number)
        .execution_options(yield_per=1000)
    )
    current: tuple[LedgerTransaction, str, list[tuple[str, int, str]]] | None = None
    for transaction, account, minor, reward_id, currency in session.execute(query):
        if current and current[0].id != transaction.id:
            yield current
            current = None
        current = current or (transaction, currency, [])
        current[2].append((account, minor, reward_id))
    if current:
        yield current


def _balances(session: Session) -> Iterator[str]:
    key = (LedgerEntry.merchant_id, LedgerEntry.account, LedgerEntry.currency)
    query = select(*key, func.sum(LedgerEntry.amount_minor)).group_by(*key)
    counted = {tuple(row[:3]): int(row[3]) for row in session.execute(query)}
    for row in session.scalars(select(Balance)):
        expected = counted.pop((row.merchant_id, row.account, row.currency), 0)
        if row.amount_minor != expected:
            yield f"account {row.account} {row.currency}: cached {row.amount_minor}, entries say {expected}"
    for (_, account, currency), minor in counted.items():
        yield f"account {account} {currency} has no cached balance, entries say {minor}"


def _rewards_add_up(session: Session) -> Iterator[str]:
    query = select(LedgerEntry.reward_id, LedgerEntry.account, func.sum(LedgerEntry.amount_minor))
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for reward_id, account, minor in session.execute(query.group_by(LedgerEntry.reward_id, LedgerEntry.account)):
        sums[reward_id][account.partition(":")[0]] += int(minor)
    for reward in session.scalars(select(Reward).execution_options(yield_per=1000)):
        found = {account: minor for account, minor in sums[reward.id].items() if minor and account != "programme"}
        problem = _paid_adds_up(reward, found) if reward.state in PAID else _open_adds_up(reward, found)
        if problem:
            yield f"reward {reward.id} ({reward.state}): {problem}"


def _open_adds_up(reward: Reward, found: dict[str, int]) -> str:
    expected: dict[str, int] = {}
    if reward.state in ACCOUNT:
        expected = {ACCOUNT[reward.state]: reward.owed.minor, "netted": reward.netted_minor}
    expected = {account: minor for account, minor in expected.items() if minor}
    return "" if found == expected else f"the ledger holds {found}, expected {expected}"


def _paid_adds_up(reward: Reward, found: dict[str, int]) -> str:
    kept = found.get("pushed", 0) + found.get("netted", 0)
    if kept != reward.net.minor or min(found.values(), default=0) < 0:
        return f"the ledger holds {found}, expected {reward.net.minor} given and kept"
    return ""


def _one_in_flight(session: Session) -> Iterator[str]:
    yield from _repeated(session, Push.connection_id, Push.recipient, where=Push.state.in_(IN_FLIGHT_STATES))


def _confirmed_is_booked(session: Session) -> Iterator[str]:
    what = {True: "push", False: "take_back"}
    query = (
        select(Push.reward_id, Push.gives, func.sum(Push.moved_minor))
        .where(Push.state == "confirmed")
        .group_by(Push.reward_id, Push.gives)
    )
    moved = {(reward_id, what[gives]): int(minor or 0) for reward_id, gives, minor in session.execute(query)}
    entered = (
        select(LedgerTransaction.reward_id, LedgerTransaction.what, func.sum(LedgerEntry.amount_minor))
        .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
        .where(LedgerEntry.amount_minor > 0, LedgerTransaction.what.in_(what.values()))
        .group_by(LedgerTransaction.reward_id, LedgerTransaction.what)
    )
    booked = {(reward_id, verb): int(minor) for reward_id, verb, minor in session.execute(entered)}
    for key in sorted(moved.keys() | booked.keys()):
        if moved.get(key, 0) != booked.get(key, 0):
            yield f"{key[1]} of reward {key[0]}: {moved.get(key, 0)} moved, {booked.get(key, 0)} booked"


def _amounts_match(session: Session) -> Iterator[str]:
    differs = and_(Push.gives.is_(True), Push.state == "confirmed", Push.moved_minor != Push.amount_minor)
    for (push_id,) in session.execute(select(Push.id).where(differs)):
        yield f"push {push_id}: the receipt's amount is not what was sent"


def _receipts_once(session: Session) -> Iterator[str]:
    yield from _repeated(session, Push.connection_id, Push.remote_id, where=Push.remote_id.is_not(None))


INVARIANTS = (
    Invariant("I2", "an order counts once per campaign", _conversions_once),
    Invariant("I7", "an advocate brings a friend once per campaign", _brought_once),
    Invariant("I8", "nobody earns for referring himself", _nobody_refers_himself),
    Invariant("I9", "what is promised equals what the budget reserved", limits_kept.budgets),
    Invariant("I10", "every row is in a state that exists", _legal_states),
    Invariant("I11", "nothing was pushed before its hold ended", _no_early_pushes),
    Invariant("I12", "no more is taken back than was granted, nor reversed than the base", _reversals_bounded),
    Invariant("I15", "every ledger transaction sums to zero", _zero_sum),
    Invariant("I16", "the ledger's hash chain is whole", _chain),
    Invariant("I17", "cached balances equal their entries", _balances),
    Invariant("I20", "every reward adds up: granted = given + taken back + outstanding", _rewards_add_up),
    Invariant("I22", "one push at most is in flight per account", _one_in_flight),
    Invariant("I25", "every confirmed push is booked, and nothing else is", _confirmed_is_booked),
    Invariant("I26", "what a receipt shows is what was sent", _amounts_match),
    Invariant("I27", "one receipt proves one push", _receipts_once),
    Invariant("I32", "places and amounts under the caps are those of rewards that stand", limits_kept.caps),
    Invariant("I33", "a milestone is given once", limits_kept.milestones),
    Invariant("I31", "every audit trail is whole", broken_trails),
)
