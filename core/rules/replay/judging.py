"""Judging: a friend's orders under several courses of terms, and once only where these would decide alike."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.rules.attribution import CodeFacts
from core.rules.counting import TermsInForce, Verdict, judge, terms_at
from core.rules.replay.cases import Asked, Cases, Promises
from core.rules.replay.telling import Telling
from core.rules.replay.world import Alike, Course, Versions


class Judging:
    """The courses of terms, which never change; what becomes of one family's orders is kept in its own `Cases`."""

    def __init__(self, courses: Sequence[Course], campaign_id: str, key: bytes) -> None:
        alike = Alike()

        def kinds(known: Versions) -> tuple[tuple[datetime, int], ...]:
            return tuple((one.effective_at, alike.kind(one.terms)) for one in known)

        self.campaign_id = campaign_id
        self._courses = [(course, course.asked(kinds)) for course in courses]
        self._key = key
        self._promises = Promises()

    def cases(self) -> list[Cases]:
        """Where a family begins: nothing has counted yet."""
        return [Cases(self.campaign_id, self._promises) for _ in self._courses]

    def decide(self, number: int, friend: str, tellings: Sequence[Telling], cases: Sequence[Cases]) -> list[Asked]:
        """What the decision of that number asks for each of the friend's orders, by each course."""
        codes = {key: code for one in tellings for key, code in one.codes.items() if self._is_ours(code)}
        orders, is_returning = [one.order for one in tellings], tellings[-1].is_returning
        found: list[Asked] = []
        before: tuple[object, Sequence[Verdict]] = (None, ())
        for (course, kinds), own in zip(self._courses, cases, strict=True):
            versions, pauses, paid = course.at(number), course.pauses_at(number), own.paid_among(tellings)
            asked = (_kinds_at(kinds.at(number), tellings), pauses, paid)
            if not versions:
                verdicts: Sequence[Verdict] = ()
            elif asked == before[0]:
                verdicts = [_under(verdict, versions) for verdict in before[1]]
            else:
                verdicts = judge(
                    orders, friend, versions, codes, self._key, paid, is_returning=is_returning, pauses=pauses
                )
                before = (asked, verdicts)
            found.append(own.follow(friend, tellings, verdicts) if verdicts else {})
        return found

    def _is_ours(self, code: CodeFacts) -> bool:
        return code.campaign_id == self.campaign_id


def _kinds_at(kinds: Sequence[tuple[datetime, int]], tellings: Sequence[Telling]) -> list[int]:
    """For each order the kind of terms under which it was placed; -1 where none held."""
    return [next((kind for since, kind in reversed(kinds) if since <= one.order.placed_at), -1) for one in tellings]


def _under(verdict: Verdict, versions: Sequence[TermsInForce]) -> Verdict:
    """The same verdict under the terms that held by these versions."""
    terms = terms_at(versions, verdict.order.placed_at)
    return verdict if terms is verdict.terms else replace(verdict, terms=terms)
