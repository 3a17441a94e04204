"""Suspect: fraud rules judge a conversion soon after it counted and again before it is paid; what they stop waits."""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, insert, select

from core.gateway.hub import Hub
from core.models import Assessment, Connection, Conversion, Referral, Reward, new_id
from core.queries.standing import OPEN, REFUSED
from core.rules.fraud.accounts import RewardFacts
from core.rules.fraud.strictness import Strictness, strictness
from core.rules.fraud.weigh import (
    Finding,
    Opinion,
    Outcome,
    account_findings,
    failed,
    refused_before,
    stored_acting,
    weigh,
)
from core.rules.fraud_table import Mode
from core.rules.states import change
from core.services.book import Book, open_book
from core.services.codes import replace_code
from core.services.failpoints import reach
from core.services.lease import HeldLease
from core.services.neighbourhood import Neighbourhood
from core.services.refusing import follow_refusal
from core.services.reward import void

log = logging.getLogger(__name__)
BATCH = 20
LEAK = "leaked_code"
NEW, BLOCKED = "new", "blocked"
# What was promised by then has been spoken about, and no rule speaks against it by itself.
DECIDED = frozenset({"approved", *REFUSED})
STATES = {
    Outcome.CLEAR: "clear",
    Outcome.OBSERVED: "observed",
    Outcome.HELD: OPEN,
    Outcome.BLOCKED: BLOCKED,
}


def expect(book: Book, conversions: Iterable[Conversion]) -> None:
    """These conversions are judged by the next look of the worker."""
    rows = [_unjudged(book, conversion) for conversion in conversions]
    if rows:
        book.session.connection().execute(insert(Assessment), rows)


def waiting(connection_id: str) -> Select[Any]:
    """The conversions of a source that nobody has judged yet."""
    is_its = Conversion.id == Assessment.conversion_id
    query = select(Conversion.id).join(Assessment, is_its).where(Conversion.connection_id == connection_id)
    return query.where(Assessment.state == NEW)


def suspect_due(hub: Hub, connection: Connection, held: HeldLease, *, batch: int = BATCH) -> int:
    """What counted since the last look is judged; returns how many conversions were."""
    with hub.database.reading() as session:
        found = list(session.scalars(waiting(connection.id).order_by(Assessment.created_at).limit(batch)))
    if found:
        with hub.database.transaction() as session:
            held.confirm(session)
            book = open_book(hub, session, connection.merchant_id)
            for conversion in book.rows(Conversion.id, found):
                suspect(book, conversion)
            session.flush()
            reach("suspect.before_commit")
    return len(found)


def suspect(book: Book, conversion: Conversion) -> Opinion:
    """The conversion is judged by what is known now, and its held rewards wait or are void where a rule says so.

    What a person has decided about it stays decided; what is promised since, or to somebody else, was never looked at.
    """
    opinion = opinion_of(book, conversion)
    row = assessment_of(book, conversion)
    promised = held_rewards(book, conversion.id)
    if row.state in DECIDED and not promised:
        return opinion
    if row.state in REFUSED and not opinion.stops:
        opinion = refused_before(opinion)
    state = _keep(row, opinion, book)
    _stop_the_leak(book, conversion, opinion)
    for reward in promised if opinion.stops else ():
        _stop(book, reward, opinion)
    follow_refusal(book, row, state)
    book.session.flush()  # they are no longer among the held ones
    return opinion


def is_wrong_account(book: Book, reward: Reward, receiving: RewardFacts) -> bool:
    """True, and the reward waits for a person, where the account is no right place for it; other sides go on."""
    found = account_findings(receiving)
    if not found:
        return False
    _let_wait(book, reward, found)
    return True


def opinion_of(book: Book, conversion: Conversion) -> Opinion:
    """What the rules in force for the campaign find. A look that fails is an opinion, too: nothing is paid on it."""
    rules = strictness_of(book, conversion.campaign_id)
    try:
        return weigh(Neighbourhood(book, rules, conversion).case(), rules)
    except Exception as problem:  # whatever is wrong with the look, nobody is paid for it
        log.exception("conversion %s could not be judged", conversion.id)
        return failed(problem)


def strictness_of(book: Book, campaign_id: str) -> Strictness:
    """How strict the campaign is now."""
    versions = next((one.versions for one in book.campaigns if one.row.id == campaign_id), ())
    in_force = [(one.terms.fraud, one.effective_at) for one in versions if one.effective_at <= book.now]
    return strictness(in_force, book.now)


def assessment_of(book: Book, conversion: Conversion) -> Assessment:
    """The conversion's assessment, made if there is none."""
    book.session.flush()
    query = select(Assessment).filter_by(conversion_id=conversion.id)
    if (found := book.session.scalars(query).first()) is None:
        expect(book, [conversion])
        found = book.session.scalars(query).one()
    return found


def follow_decision(book: Book, reward: Reward, verb: str) -> None:
    """A person has decided about a reward: its case is closed once none of its rewards waits any more."""
    if reward.conversion_id is None:
        return
    book.session.flush()
    row = book.session.scalars(select(Assessment).filter_by(conversion_id=reward.conversion_id)).first()
    waits = select(Reward.id).where(Reward.conversion_id == reward.conversion_id, Reward.state == "review")
    if row and row.state == OPEN and book.session.scalars(waits).first() is None:
        row.decided_at = book.now
        follow_refusal(book, row, "approved" if verb == "approve" else "voided")


def held_rewards(book: Book, conversion_id: str) -> Sequence[Reward]:
    """What is promised for the conversion and may still be stopped, unless a person approved it."""
    query = select(Reward).where(Reward.conversion_id == conversion_id, Reward.state == "held")
    return book.session.scalars(query.where(Reward.is_approved.is_(False)).order_by(Reward.side)).all()


def _let_wait(book: Book, reward: Reward, found: Sequence[Finding]) -> None:
    """This one reward waits for a person, who sees why with its order."""
    reward.state, reward.reason = change("reward", reward.state, "review"), "; ".join(one.words for one in found)
    if reward.conversion_id:
        row = assessment_of(book, book.session.get_one(Conversion, reward.conversion_id))
        row.opened_at = row.opened_at or book.now
        row.outcome = Outcome.HELD
        known = [one for one in row.findings if one["rule"] not in {finding.rule for finding in found}]
        row.findings = [*(finding.stored() for finding in found), *known]
        row.points = sum(one["points"] for one in stored_acting(row.findings))
        follow_refusal(book, row, OPEN)


def _stop_the_leak(book: Book, conversion: Conversion, opinion: Opinion) -> None:
    """A code that has become public brings nobody any more; who had it passes another one on."""
    leak = next((one for one in opinion.findings if one.rule == LEAK and one.mode is not Mode.OBSERVE), None)
    if leak:
        replace_code(book, book.session.get_one(Referral, conversion.referral_id).code_id, leak.words)


def _keep(row: Assessment, opinion: Opinion, book: Book) -> str:
    """What was found is kept; the state in which the case is by that."""
    row.assessed_at = book.now
    if row.state == OPEN and not opinion.stops:
        return OPEN  # what a person is to look at stays on the screen
    if opinion.stops and row.state not in (OPEN, BLOCKED):
        row.opened_at = book.now
    row.outcome, row.points = opinion.outcome, opinion.points
    row.findings = [finding.stored() for finding in opinion.findings]
    return STATES[opinion.outcome]


def _unjudged(book: Book, conversion: Conversion) -> dict[str, Any]:
    return {
        "id": new_id(),
        "merchant_id": book.merchant.id,
        "campaign_id": conversion.campaign_id,
        "conversion_id": conversion.id,
        "state": NEW,
        "outcome": Outcome.CLEAR.value,
        "points": 0,
        "findings": [],
        "is_of_paid": False,
        "created_at": book.now,
    }


def _stop(book: Book, reward: Reward, opinion: Opinion) -> None:
    if opinion.outcome is Outcome.BLOCKED:
        void(book, reward, f"blocked: {opinion.words}")
    else:
        reward.state, reward.reason = change("reward", reward.state, "review"), opinion.words
