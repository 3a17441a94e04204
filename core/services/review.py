"""Review: what a person decides about a conversion that fraud rules stopped, and what happens when nobody does."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from core.gateway.hub import Hub
from core.models import Assessment, Conversion, Merchant, Proposal, Referral, Reward
from core.queries.standing import OPEN, REFUSED
from core.rules.fraud.strictness import general
from core.rules.fraud.weigh import Finding, Outcome
from core.rules.fraud_table import RULES, Mode
from core.rules.states import IllegalChange, change
from core.rules.terms import FraudTerms
from core.services.audit import HUB, note
from core.services.book import Book, open_book
from core.services.connections import NotFound
from core.services.convert import convert
from core.services.refusing import follow_refusal
from core.services.reward import EMPTIED, PAID, void
from core.services.second_person import APPROVE, VOID, Done, Who, do_or_propose
from core.services.suspect import assessment_of
from core.services.tell import tell_void

VERBS = {"approve": APPROVE, "void": VOID}
NOBODY = "nobody decided in time"


def find_case(session: Session, case_id: str) -> Assessment:
    """The case of that id. Raises `NotFound`."""
    row = session.get(Assessment, case_id)
    if row is None:
        raise NotFound(f"there is no case {case_id!r}: `referhub fraud list` shows them")
    return row


def decide_case(hub: Hub, case_id: str, verdict: str, because: str, who: Who) -> list[Done | Proposal]:
    """Each reward of the case is approved (and still verified before it is paid) or void, or proposed to a second
    person. `verdict` is approve or void. Raises `NotFound`, or `IllegalChange` where nothing waits."""
    with hub.database.reading() as session:
        row = find_case(session, case_id)
        wanted = _decidable(session, row, verdict)
    if not wanted and not row.is_of_paid:
        raise IllegalChange("nothing of this case waits for a decision: an appeal opens it again")
    done = [do_or_propose(hub, VERBS[verdict], reward_id, {"because": because}, who) for reward_id in wanted]
    if not wanted:
        _let_stand(hub, case_id, because, who)
    return done


def appeal(hub: Hub, case_id: str, because: str, *, actor: str) -> Assessment:
    """Somebody objects: a refused case waits for a person again, with its money reserved anew; an open one is marked.

    Raises `NotFound`, or `IllegalChange` where nothing was refused.
    """
    with hub.database.transaction() as session:
        book = open_book(hub, session, find_case(session, case_id).merchant_id)
        row = find_case(session, case_id)
        session.refresh(row)
        if row.state not in (OPEN, *REFUSED):
            raise IllegalChange("nothing of this case was refused, so there is nothing to appeal against")
        if row.state != OPEN:
            _reopen(book, row)
        row.appealed_at = book.now
        note(session, row.merchant_id, "appeal_fraud", f"assessment:{row.id}", because, book.now, actor=actor)
        return row


def keep_cases(hub: Hub) -> int:
    """The chore: what nobody decided in time is void, and what a merge revealed of paid rewards waits for a person."""
    with hub.database.reading() as session:
        merchants = list(session.scalars(select(Merchant.id)))
    return sum(_keep_cases(hub.within(merchant_id), merchant_id) for merchant_id in merchants)


def _keep_cases(hub: Hub, merchant_id: str) -> int:
    with hub.database.reading() as session:
        is_open = session.scalars(select(Assessment.id).where(Assessment.state == OPEN).limit(1)).first()
        is_revealed = session.scalars(_revealed().limit(1)).first()
    if not is_open and not is_revealed:
        return 0
    with hub.database.transaction() as session:
        book = open_book(hub, session, merchant_id)
        late = [row for row in session.scalars(select(Assessment).filter_by(state=OPEN)).all() if _is_late(book, row)]
        for row in late:
            _time_out(book, row)
        revealed = session.scalars(_revealed()).all()
        for conversion in revealed:
            _reveal(book, conversion)
        return len(late) + len(revealed)


def _decidable(session: Session, row: Assessment, verdict: str) -> Sequence[str]:
    """The rewards in review; of a case that was found too late, void takes back what was paid."""
    states = ("review", *PAID) if row.is_of_paid and verdict == "void" else ("review",)
    of_case = Reward.conversion_id == row.conversion_id, Reward.state.in_(states)
    return [one.id for one in session.scalars(select(Reward).where(*of_case).order_by(Reward.side)) if one.net]


def _let_stand(hub: Hub, case_id: str, because: str, who: Who) -> None:
    with hub.database.transaction() as session:
        row = find_case(session, case_id)
        row.state, row.decided_at = "approved", hub.now()
        note(session, row.merchant_id, "decide_fraud", f"assessment:{row.id}", because, hub.now(), actor=who.name)


def _reopen(book: Book, row: Assessment) -> None:
    """The rewards are promised anew, as after a refund that was taken back, and wait for a person."""
    row.opened_at, row.decided_at = book.now, None
    refused = Reward.conversion_id == row.conversion_id, Reward.state == "void", Reward.reversed_minor > 0
    rewards = [one for one in book.session.scalars(select(Reward).where(*refused)) if one.reason != EMPTIED]
    for reward in rewards:
        reward.reason = EMPTIED
        tell_void(book, reward, EMPTIED)
    follow_refusal(book, row, OPEN)
    book.session.flush()
    convert(book, {book.living(_referral(book, row.conversion_id).friend_id)})
    for reward in rewards:
        if reward.state == "held":
            reward.state, reward.reason = change("reward", "held", "review"), "an appeal waits for a person"


def _is_late(book: Book, row: Assessment) -> bool:
    versions = next((one.versions for one in book.campaigns if one.row.id == row.campaign_id), ())
    fraud = versions[-1].terms.fraud if versions else FraudTerms()
    days = general(fraud, "void_after_days")
    return bool(days) and row.opened_at is not None and (book.now - row.opened_at).days >= days and not row.is_of_paid


def _time_out(book: Book, row: Assessment) -> None:
    waits = Reward.conversion_id == row.conversion_id, Reward.state == "review"
    for reward in book.session.scalars(select(Reward).where(*waits).order_by(Reward.side)).all():
        void(book, reward, NOBODY)
    row.decided_at = book.now
    follow_refusal(book, row, "timed_out")
    note(book.session, row.merchant_id, "time_out_fraud", f"assessment:{row.id}", NOBODY, book.now, actor=HUB)


def _revealed() -> Select[Any]:
    """Conversions with a paid reward whose advocate and friend are one by now, and of which nobody said so."""
    query = select(Conversion).join(Referral, Referral.id == Conversion.referral_id)
    query = query.join(Assessment, Assessment.conversion_id == Conversion.id)
    is_paid = select(Reward.id).where(Reward.conversion_id == Conversion.id, Reward.state.in_(("pushed", "netted")))
    return query.where(Referral.advocate_id == Referral.friend_id, Assessment.is_of_paid.is_(False), is_paid.exists())


def _reveal(book: Book, conversion: Conversion) -> None:
    """F33."""
    row = assessment_of(book, conversion)
    words = "advocate and friend have turned out to be one person, after a reward was paid"
    rule = RULES["self_referral"]
    row.findings = [Finding("self_referral", Mode.HOLD, rule.points, words).stored()]
    row.outcome, row.points, row.is_of_paid = Outcome.HELD, rule.points, True
    row.opened_at, row.assessed_at = book.now, book.now
    follow_refusal(book, row, OPEN)
    note(book.session, row.merchant_id, "reveal_fraud", f"assessment:{row.id}", words, book.now, actor=HUB)


def _referral(book: Book, conversion_id: str) -> Referral:
    return book.session.get_one(Referral, book.session.get_one(Conversion, conversion_id).referral_id)
