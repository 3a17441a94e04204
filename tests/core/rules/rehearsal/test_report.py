"""The report tells each story in words, and is the same after it was stored."""

import json
from dataclasses import replace

from core.rules.rehearsal import CAST, judge_performance, read_report, report_of
from tests.core.rules.rehearsal.faultless import faultless


def test_a_stored_report_is_read_as_it_was() -> None:
    played = replace(faultless(), given_early=2)
    report = report_of(played, judge_performance(played), ["shopify (shopify)"], ["something was left out"])
    assert read_report(json.loads(json.dumps(report.stored()))) == report


def test_it_passes_when_every_promise_held_and_fails_when_one_was_broken() -> None:
    fine, broken = faultless(), replace(faultless(), broken=("the books are wrong",))
    assert report_of(fine, judge_performance(fine)).has_passed
    failed = report_of(broken, judge_performance(broken))
    assert not failed.has_passed
    assert [one.words for one in failed.to_mend] == ["the books are wrong"]


def test_a_report_without_promises_has_not_passed() -> None:
    assert not read_report({}).has_passed


def test_every_role_that_was_played_tells_who_got_what() -> None:
    played = faultless()
    acts = {act.role: act for act in report_of(played, judge_performance(played)).acts}
    assert list(acts) == [role.key for role in CAST]
    assert acts["honest-friend"].happened == (
        "Ann (advocate): EUR 10.00 of EUR 10.00 store credit, pushed, holds EUR 10.00; "
        "Ben (friend): EUR 10.00 of EUR 10.00 gift card, pushed, holds EUR 10.00"
    )
    assert "does not count: it does not count" in acts["unpaid"].happened
    assert all(act.is_right for act in acts.values())


def test_the_story_that_broke_a_promise_is_marked() -> None:
    played = replace(faultless(), owed=tuple(one for one in faultless().owed if one.role != "a-deal"))
    acts = report_of(played, judge_performance(played)).acts
    assert [act.role for act in acts if not act.is_right] == ["a-deal"]
