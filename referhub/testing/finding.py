"""Checks of what happened to a push that nobody knows about: `watermark`, `find`, `is_recognisable`."""

from typing import ClassVar

from referhub import (
    Absent,
    Receipt,
    TryLater,
)
from referhub.testing.faulty_http import (
    FaultyHttp,
    lose_answer,
    refuse_connection,
)
from referhub.testing.ground import Ground, Opening, intended
from referhub.testing.paying import KNOWN_TROUBLES, give, new_credit, require_found
from referhub.testing.source import Source
from referhub.testing.verdict import require
from referhub.testing.watched import Watched


class MarksChecks(Ground):
    """Where an account stands before a push."""

    PART: ClassVar[str] = "marks"

    def test_a_watermark_is_a_text_and_changes_nothing(self, connector: Watched, source: Source) -> None:
        for kind in self.connector_class.reward_kinds:
            credit = new_credit(source, kind)
            mark = connector.must("watermark", credit)
            require(
                isinstance(mark, str) and not source.held(credit),
                "a watermark is a text, and taking it moves nothing",
                found=repr(mark),
                mend="return an id or a time of the newest entry, or an empty text where nothing is needed",
            )

    def test_a_watermark_in_trouble_sends_nothing(self, another: Opening, http: FaultyHttp, source: Source) -> None:
        for kind in self.connector_class.reward_kinds:
            for trouble in (refuse_connection, lose_answer):
                with http.meeting(trouble, every=True) as met:
                    mark = another(http).tell("watermark", new_credit(source, kind))
                require(
                    not met.was_met or isinstance(mark, TryLater),
                    "a source that cannot be reached is TryLater",
                    found=repr(mark),
                    mend="turn NotSent and AnswerLost into TryLater",
                )


class FindsChecks(Ground):
    """What really happened to a push that nobody knows about."""

    PART: ClassVar[str] = "finds"

    def test_what_was_given_is_found_and_what_was_not_is_absent(self, connector: Watched, source: Source) -> None:
        for kind in self.connector_class.reward_kinds:
            credit = intended(connector, new_credit(source, kind))
            require_found(connector, credit, 0, f"{kind}, before it was sent")
            receipt = give(connector, credit)
            finding = connector.must("find", credit, frozenset())
            require(
                isinstance(finding, Receipt) and finding.remote_id == receipt.remote_id,
                "find proves the very effect that push made, under the same remote id",
                found=f"{kind}: {finding!r}, while push said {receipt!r}",
                mend="recognise it by push_id, code, or the exact second of expires_at, and return the same receipt",
            )

    def test_an_older_credit_that_looks_alike_is_not_mistaken(self, connector: Watched, source: Source) -> None:
        for kind in self.connector_class.reward_kinds:
            older = intended(connector, new_credit(source, kind))
            claimed = give(connector, older).remote_id
            credit = intended(connector, new_credit(source, kind))
            for known in (frozenset({claimed}), frozenset[str]()):
                finding = connector.must("find", credit, known)
                require(
                    not isinstance(finding, Receipt),
                    "the effect of another push proves nothing: amount and recipient alone are no mark",
                    found=f"{kind}: {finding!r}",
                    mend="leave out what is in `claimed` and what is older than the watermark, and compare the mark",
                )

    def test_whether_absence_is_proof_is_said(self, connector: Watched, source: Source) -> None:
        for kind in self.connector_class.reward_kinds:
            told_so = connector.must("is_recognisable", new_credit(source, kind))
            require(
                isinstance(told_so, bool),
                "is_recognisable is True or False: only then may the hub send again",
                found=repr(told_so),
                mend="True where push_id or code is the source's own key, or a unique second is kept",
            )

    def test_finding_in_trouble_is_tried_later(self, another: Opening, http: FaultyHttp, source: Source) -> None:
        for kind in self.connector_class.reward_kinds:
            credit = intended(another(http), new_credit(source, kind))
            give(another(http), credit)
            for name, trouble in KNOWN_TROUBLES.items():
                with http.meeting(trouble, every=True):
                    finding = another(http).tell("find", credit, frozenset())
                require(
                    not isinstance(finding, (Absent, Receipt)),
                    "find says Absent only for an answer that shows so: Absent lets the hub pay again",
                    found=f"{kind}, {name}: {finding!r}",
                    mend="raise TryLater for everything that is no clear answer",
                )
