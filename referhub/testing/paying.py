"""Checks of paying: given once, a lost answer looked up, taken back or refused, and never a guess."""

import hashlib
import string
from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, ClassVar
from uuid import uuid4

from referhub import (
    Absent,
    Credit,
    Finds,
    Later,
    NeedsAttention,
    Pushed,
    Receipt,
    Refused,
    TryLater,
    Undecided,
    Unsure,
)
from referhub.testing.faulty_http import (
    AFTER_THE_EFFECT,
    BEFORE_THE_EFFECT,
    ODD_ANSWERS,
    FaultyHttp,
    Trouble,
)
from referhub.testing.ground import Ground, Opening, intended, told
from referhub.testing.source import Source
from referhub.testing.verdict import broken, require
from referhub.testing.watched import Watched

LETTERS = string.ascii_uppercase + string.digits
# As the hub does, each credit of an account gets a second of its own, but none on a full minute: cut to one, another
# credit's expiry would look like it.
SECONDS = count(30, 60)
MOST_CALLS = 12
KNOWN_TROUBLES: Mapping[str, Trouble] = {**BEFORE_THE_EFFECT, **AFTER_THE_EFFECT}


class PushesChecks(Ground):
    """Gives credits, and takes them back."""

    PART: ClassVar[str] = "pushes"

    def test_a_credit_is_given_with_a_receipt(self, connector: Watched, source: Source) -> None:
        for kind in self.connector_class.reward_kinds:
            credit = intended(connector, new_credit(source, kind))
            receipt = give(connector, credit)
            require(
                receipt.amount == credit.amount and receipt.remote_id,
                "a receipt says what really moved, under an id that is unique at the source",
                found=receipt,
                mend="take both from the source's answer",
            )
            require(
                source.held(credit) == credit.amount.minor,
                "Pushed means that the source holds it",
                found=f"{kind}: {source.held(credit)} of {credit.amount.minor} minor units",
                mend="return Pushed only for an answer that proves it",
            )

    def test_each_credit_has_its_own_outcome_in_order(self, connector: Watched, source: Source) -> None:
        size = connector.connector.batch_size  # type: ignore[attr-defined]
        require(
            type(size) is int and size >= 1,
            "batch_size is how many credits one push may get",
            found=repr(size),
            mend="write 1, unless the source takes many in one request",
        )
        kind = sorted(self.connector_class.reward_kinds)[0]
        whole = new_credit(source, kind).amount
        amounts = [replace(whole, minor=whole.minor + step) for step in range(min(size, 3))]
        several = [intended(connector, replace(new_credit(source, kind), amount=amount)) for amount in amounts]
        outcomes = connector.must("push", several)
        require(
            len(outcomes) == len(several) and all(isinstance(one, Pushed) for one in outcomes),
            "push gives one outcome for each credit",
            found=[told(one) for one in outcomes],
            mend="return a list as long as the credits",
        )
        require(
            [one.receipt.amount for one in outcomes] == amounts,
            "outcomes come in the order of the credits",
            found=[str(one.receipt.amount) for one in outcomes],
            mend="match the source's answers to the credits by id before returning them",
        )

    def test_a_repeat_gives_nothing_more(
        self, connector: Watched, another: Opening, http: FaultyHttp, source: Source
    ) -> None:
        for kind in self.connector_class.reward_kinds - self.kinds_without_key:
            credit = intended(connector, new_credit(source, kind))
            first = give(connector, credit)
            again = another(http).must("push", [credit])[0]
            require(
                source.held(credit) == credit.amount.minor,
                "a credit that is sent twice is given once",
                found=f"{kind}: the source holds {source.held(credit)} of {credit.amount.minor} minor units",
                mend="send credit.push_id or credit.code as the source's own key; if it has none, say so in "
                "`kinds_without_key`, and let find recognise what was given",
            )
            require(
                isinstance(again, Pushed) and again.receipt.remote_id == first.remote_id,
                "the answer to a repeat proves the first effect, under the same remote id",
                found=told(again),
                mend="when the source says that the key is taken, read what stands there and return its receipt",
            )

    def test_who_is_not_there_is_given_nothing(self, connector: Watched, source: Source) -> None:
        for kind in self.connector_class.reward_kinds:
            credit = replace(new_credit(source, kind), recipient=source.missing_person)
            (outcome,) = connector.must("push", [credit])
            require(
                isinstance(outcome, Refused) and outcome.reason.strip() and not source.held(credit),
                "a recipient whom the source does not know is Refused, with the reason in words",
                found=f"{kind}: {told(outcome)}",
                mend="turn the source's definite no into Refused: Later would try for ever",
            )

    def test_an_unknown_kind_is_refused(self, connector: Watched, source: Source) -> None:
        (outcome,) = connector.must("push", [new_credit(source, "no_such_kind")])
        require(
            isinstance(outcome, Refused),
            "a kind of reward that is not among reward_kinds is Refused",
            found=told(outcome),
            mend='return Refused(f"there is no reward of the kind {credit.kind}")',
        )

    def test_an_answer_that_got_lost_is_never_a_guess(self, another: Opening, http: FaultyHttp, source: Source) -> None:
        for kind in self.connector_class.reward_kinds:
            for name, trouble in KNOWN_TROUBLES.items():
                for credit, outcome in _pushed_in(another, http, trouble, lambda kind=kind: new_credit(source, kind)):
                    self._judge_push(another(http), source, credit, outcome, f"{kind}, {name}", is_passing=True)

    def test_no_odd_answer_is_taken_for_success(self, another: Opening, http: FaultyHttp, source: Source) -> None:
        for kind in self.connector_class.reward_kinds:
            for name, trouble in ODD_ANSWERS.items():
                for credit, outcome in _pushed_in(another, http, trouble, lambda kind=kind: new_credit(source, kind)):
                    self._judge_push(another(http), source, credit, outcome, f"{kind}, {name}", is_passing=False)

    def _judge_push(
        self, connector: Watched, source: Source, credit: Credit, outcome: Any, when: str, *, is_passing: bool
    ) -> None:
        held = source.held(credit)
        require_true(outcome, held, credit, when)
        if is_passing:
            require(
                not isinstance(outcome, Refused),
                "trouble that passes is no refusal: a refused reward is never tried again",
                found=f"{when}: {told(outcome)}",
                mend="return Later when certainly nothing happened, Unsure when it may have",
            )
        if isinstance(outcome, Unsure) and isinstance(connector.connector, Finds):
            require_found(connector, credit, held, when)

    def test_taking_back_is_true_or_refused(self, connector: Watched, source: Source) -> None:
        for kind in self.connector_class.reward_kinds:
            given = intended(connector, new_credit(source, kind))
            back = intended(connector, _back(given, give(connector, given)))
            (outcome,) = connector.must("push", [back])
            _require_taken_back(source, given, outcome, kind)
            if isinstance(outcome, Pushed):
                require(
                    outcome.receipt.remote_id != back.receipt,
                    "taking back has a proof of its own: its remote id is not that of the giving",
                    found=outcome.receipt.remote_id,
                    mend="use the id of the debit, or add a suffix to the id of what was given",
                )

    def test_taking_back_in_trouble_is_never_a_guess(self, another: Opening, http: FaultyHttp, source: Source) -> None:
        for kind in self.connector_class.reward_kinds:
            claimed: set[str] = set()  # what the hub knows already to be the effect of another push
            for name, trouble in KNOWN_TROUBLES.items():
                given: list[Credit] = []

                def back(kind: str = kind, given: list[Credit] = given, claimed: set[str] = claimed) -> Credit:
                    connector = another(http)
                    given.append(intended(connector, new_credit(source, kind)))
                    receipt = give(connector, given[-1])
                    claimed.add(receipt.remote_id)
                    return _back(given[-1], receipt)

                for credit, outcome in _pushed_in(another, http, trouble, back):
                    when = f"{kind}, {name}"
                    _require_taken_back(source, given[-1], outcome, when)
                    if isinstance(outcome, Unsure) and isinstance(another(http).connector, Finds):
                        held = credit.amount.minor if source.held(given[-1]) == 0 else 0
                        claimed |= require_found(another(http), credit, held, when, claimed)
                    if isinstance(outcome, Pushed):
                        claimed.add(outcome.receipt.remote_id)


def new_credit(source: Source, kind: str) -> Credit:
    """A credit as the hub makes it: every mark of its own."""
    push_id = uuid4().hex
    digest = hashlib.sha256(push_id.encode()).digest()
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=365)
    return Credit(
        push_id=push_id,
        kind=kind,
        amount=source.amount,
        recipient=source.recipient,
        note=f"Referral reward {push_id[:8]}",
        code="".join(LETTERS[byte % len(LETTERS)] for byte in digest[:16]),
        expires_at=day + timedelta(seconds=next(SECONDS) % 86_400),
    )


def require_true(outcome: Any, held: int, credit: Credit, when: str) -> None:
    """Fails if the outcome says something about the source that is not so."""
    amount = credit.amount.minor
    claims = {
        Pushed: (held == amount, "Pushed means that the source holds it, once"),
        Later: (held == 0, "Later means that certainly nothing happened"),
        Refused: (held == 0, "Refused means that certainly nothing happened"),
        TryLater: (held == 0, "TryLater means that certainly nothing happened"),
        NeedsAttention: (held == 0, "NeedsAttention means that certainly nothing happened"),
        Unsure: (held in (0, amount), "a credit is given once at most"),
    }
    is_true, rule = claims.get(type(outcome), (False, "push returns Pushed, Refused, Later or Unsure for each credit"))
    require(
        is_true,
        rule,
        found=f"{when}: {told(outcome)}, and the source holds {held} of {amount} minor units",
        mend="NotSent is Later; AnswerLost, a 5xx or an answer that cannot be read may have taken effect: Unsure",
    )


def _pushed_in(another: Opening, http: FaultyHttp, trouble: Trouble, make: Any) -> Iterator[tuple[Credit, Any]]:
    """Each of the calls of a push meets the trouble once, with a new credit and a new connector every time."""
    for at in range(MOST_CALLS):
        connector = another(http)
        credit = intended(another(http), make())
        with http.meeting(trouble, at=at) as met:
            outcomes = connector.tell("push", [credit])
        yield credit, outcomes[0] if isinstance(outcomes, (list, tuple)) else outcomes
        if not met.was_met:
            return
    broken("push ends", found=f"more than {MOST_CALLS} calls for one credit", mend="bound every loop over pages")


def give(connector: Watched, credit: Credit) -> Receipt:
    outcomes = connector.must("push", [credit])
    require(
        len(outcomes) == 1 and isinstance(outcomes[0], Pushed),
        "a credit is given when nothing is wrong",
        found=f"{credit.kind}: {[told(one) for one in outcomes]}",
        mend="look at what the pretend vendor answered; Source.recipient has to be somebody it knows",
    )
    receipt: Receipt = outcomes[0].receipt
    return receipt


def _back(given: Credit, receipt: Receipt) -> Credit:
    return replace(
        given,
        gives=False,
        push_id=uuid4().hex,
        code=f"B{given.code[1:]}",
        receipt=receipt.remote_id,
        watermark=None,
        expires_at=None,
    )


def _require_taken_back(source: Source, given: Credit, outcome: Any, when: str) -> None:
    held, amount = source.held(given), given.amount.minor
    expected = {Pushed: (0,), Unsure: (0, amount)}.get(type(outcome), (amount,))
    require(
        held in expected,
        "taking back is told as it is: Pushed takes all of it, Refused and Later leave it",
        found=f"{when}: {told(outcome)}, and the source holds {held} of {amount} minor units",
        mend='return Refused("... is spent already") rather than taking a part; Unsure when the answer got lost',
    )
    require(
        isinstance(outcome, (Pushed, Refused, Later, Unsure, TryLater, NeedsAttention)),
        "push returns Pushed, Refused, Later or Unsure for each credit",
        found=f"{when}: {told(outcome)}",
        mend="handle credit.gives == False; return Refused where the source takes nothing back",
    )


def require_found(
    connector: Watched, credit: Credit, held: int, when: str, claimed: Set[str] = frozenset()
) -> set[str]:
    """The remote id that was found, if there is one."""
    finding = connector.must("find", credit, frozenset(claimed))
    is_right = isinstance(finding, Receipt) if held else isinstance(finding, (Absent, Undecided))
    if not held and connector.must("is_recognisable", credit):
        is_right = isinstance(finding, Absent)
    require(
        is_right,
        "find tells what the source holds: a Receipt if it does, Absent if it does not",
        found=f"{when}: {finding!r}, and the source holds {held} minor units",
        mend="look for push_id or code among the source's own entries",
    )
    return {finding.remote_id} if isinstance(finding, Receipt) else set()
