"""The second person: what one may not decide alone is asked for by one and done by another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.errors import Mendable
from core.contract.money import Money
from core.gateway.hub import Hub
from core.models import Proposal, Push, Reward, Ruling, StoredOrder, new_id
from core.rules.states import IllegalChange
from core.services.audit import note
from core.services.book import lock
from core.services.connections import NotFound
from core.services.consent import SecondPersonNeeded
from core.services.grant import BadGrant, Gift, grant
from core.services.judge_reward import approve, void_reward
from core.services.look import NotParked, decide
from core.services.merchants import default_merchant
from core.services.reattribute import BadRuling, reattribute

OPEN, DONE, REFUSED = "open", "done", "refused"
RESOLVE, APPROVE, VOID = "resolve_push", "approve_reward", "void_reward"
GRANT, REATTRIBUTE = "grant_reward", "reattribute"
NOT_BY = "not_by"  # under which a proposal remembers whom it would be for
Done = Push | Reward | Ruling


class SamePerson(Mendable, RuntimeError):
    """Who asked cannot be the one who says yes."""


class NotOpen(Mendable, ValueError):
    """It is too late: somebody has decided it, or what it is about has changed."""


@dataclass(frozen=True, slots=True)
class Who:
    """A person: `id` stays when the name changes."""

    id: str
    name: str


def _resolve(hub: Hub, subject_id: str, told: Mapping[str, Any], actor: str, second: str) -> Push:
    evidence, remote_id = str(told["because"]), told.get("remote_id")
    return decide(hub, subject_id, remote_id=remote_id, evidence=evidence, actor=actor, second=second)


def _approve(hub: Hub, subject_id: str, told: Mapping[str, Any], actor: str, second: str) -> Reward:
    return approve(hub, subject_id, str(told["because"]), actor=actor, second=second)


def _void(hub: Hub, subject_id: str, told: Mapping[str, Any], actor: str, second: str) -> Reward:
    return void_reward(hub, subject_id, str(told["because"]), actor=actor, second=second)


def _grant(hub: Hub, subject_id: str, told: Mapping[str, Any], actor: str, second: str) -> Reward:
    """The subject is the campaign and the key, or a made-up one: two grants without a key are two proposals.

    Without a key the subject is one, so that two who say yes at once, or one who says it again, give it once.
    """
    gift = Gift(**told["gift"])
    return grant(hub, replace(gift, key=gift.key or subject_id), str(told["because"]), actor=actor, second=second)


def _reattribute(hub: Hub, subject_id: str, told: Mapping[str, Any], actor: str, second: str) -> Ruling:
    return reattribute(hub, subject_id, str(told["to"]), str(told["because"]), actor=actor, second=second)


ACTS: Mapping[str, Callable[[Hub, str, Mapping[str, Any], str, str], Done]] = {
    RESOLVE: _resolve,
    APPROVE: _approve,
    VOID: _void,
    GRANT: _grant,
    REATTRIBUTE: _reattribute,
}

SUBJECTS: Mapping[str, type[Any]] = {RESOLVE: Push, REATTRIBUTE: StoredOrder}  # of all others it is a reward


def do_or_propose(hub: Hub, verb: str, subject_id: str, told: Mapping[str, Any], who: Who) -> Done | Proposal:
    """The act is done; or, where one person may not decide alone, a proposal waits for a second one.

    `told` holds `because`, and what else the act takes. Raises whatever the act itself raises, and `NotOpen` where
    something else about the same waits already.
    """
    try:
        return ACTS[verb](hub, subject_id, told, who.name, "")
    except SecondPersonNeeded as needed:
        not_by = {NOT_BY: list(needed.not_by)} if needed.not_by else {}
        return _propose(hub, verb, subject_id, {**told, **not_by}, who, needed.amount)


def _propose(hub: Hub, verb: str, subject_id: str, told: Mapping[str, Any], who: Who, amount: Money) -> Proposal:
    with hub.database.transaction() as session:
        merchant_id = _merchant_of(hub, session, verb, subject_id)
        lock(session, merchant_id)
        known = select(Proposal).filter_by(verb=verb, subject_id=subject_id, state=OPEN)
        if found := session.scalars(known).first():
            return _same(found, told)
        row = Proposal(
            id=new_id(),
            merchant_id=merchant_id,
            verb=verb,
            subject_id=subject_id,
            told=dict(told),
            amount_minor=amount.minor,
            currency=amount.currency,
            state=OPEN,
            asked_by=who.name,
            asked_id=who.id,
            asked_at=hub.now(),
        )
        session.add(row)
        words = f"{verb} {subject_id}, {amount}: {told['because']}"
        note(session, merchant_id, "propose", f"proposal:{row.id}", words, hub.now(), actor=who.name)
        return row


def _same(waiting: Proposal, told: Mapping[str, Any]) -> Proposal:
    """The one that waits, where it asks for the same: nobody says yes to one thing and gets another."""
    if _asked_for(waiting.told) != _asked_for(told):
        raise NotOpen(f"another proposal about it waits, {waiting.id}: confirm it or refuse it first")
    return waiting


def _asked_for(told: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in told.items() if name not in ("because", NOT_BY)}


def _merchant_of(hub: Hub, session: Session, verb: str, subject_id: str) -> str:
    if verb == GRANT:
        return default_merchant(hub, session).id
    return str(session.get_one(SUBJECTS.get(verb, Reward), subject_id).merchant_id)


def confirm(hub: Hub, proposal_id: str, who: Who) -> Proposal:
    """What was proposed is done, in both names. Raises `NotFound`, `NotOpen` or `SamePerson`."""
    with hub.database.reading() as session:
        row = _open(session, proposal_id)
        if row.asked_id == who.id:
            raise SamePerson(f"{row.asked_by} asked for it: a second person has to say yes")
        if who.id in row.told.get(NOT_BY, ()):
            raise SamePerson("it would be for you: somebody else has to say yes")
        asked_by, told = row.asked_by, {**row.told, "because": f"{row.told['because']} (asked for by {row.asked_by})"}
    try:
        ACTS[row.verb](hub, row.subject_id, told, f"{asked_by} and {who.name}", who.name)
    except (NotParked, IllegalChange, BadGrant, BadRuling) as problem:
        raise NotOpen(f"it cannot be done any more: {problem}") from problem
    return _close(hub, proposal_id, DONE, who, "")


def refuse(hub: Hub, proposal_id: str, because: str, who: Who) -> Proposal:
    """It is not done; whoever asked may take it back like this, too. Raises `NotFound` or `NotOpen`."""
    return _close(hub, proposal_id, REFUSED, who, because)


def _close(hub: Hub, proposal_id: str, state: str, who: Who, because: str) -> Proposal:
    with hub.database.transaction() as session:
        lock(session, _open(session, proposal_id).merchant_id)
        row = _open(session, proposal_id)
        session.refresh(row)
        if row.state != OPEN:
            raise NotOpen(f"it was {row.state} by {row.decided_by} already")
        row.state, row.told = state, {name: value for name, value in row.told.items() if name != "because"}
        row.decided_by, row.decided_id, row.decided_at = who.name, who.id, hub.now()
        verb = "confirm" if state == DONE else "refuse"
        note(session, row.merchant_id, verb, f"proposal:{row.id}", because, hub.now(), actor=who.name)
        return row


def _open(session: Session, proposal_id: str) -> Proposal:
    row = session.get(Proposal, proposal_id)
    if row is None:
        raise NotFound(f"there is no proposal {proposal_id!r}: `referhub proposals list` shows them")
    if row.state != OPEN:
        raise NotOpen(f"it was {row.state} by {row.decided_by} already")
    return row
