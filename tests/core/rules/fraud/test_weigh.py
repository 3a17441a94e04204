"""Weigh: points add up, one strict rule is enough, what is watched holds nobody, and a broken rule never pays."""

from datetime import datetime
from typing import Any

import pytest

from core.rules.fraud.accounts import RewardFacts
from core.rules.fraud.checks import CHECKS
from core.rules.fraud.strictness import strictness
from core.rules.fraud.weigh import Opinion, Outcome, weigh
from core.rules.fraud_table import RULES, Mode, allowed_modes
from core.rules.terms.model import FraudTerms
from tests.core.rules.fraud.cases import DAY, START, bought, case, recommended, somebody

ALIKE: dict[str, Any] = {"address": "Here 1", "payment": "card"}  # 20 and 30 points
NAMED: dict[str, Any] = {**ALIKE, "name": "Anna Schmidt"}  # and 10 more


def opinion(told: Any, terms: FraudTerms | None = None, now: datetime = START) -> Opinion:
    """What follows under these terms, in force since long ago."""
    return weigh(told, strictness([(terms or FraudTerms(), START - 400 * DAY)], now))


def test_every_rule_of_the_table_has_a_check() -> None:
    assert CHECKS.keys() == RULES.keys()


def test_nothing_found_is_clear() -> None:
    seen = opinion(case())
    assert (seen.outcome, seen.points, seen.findings, seen.words) == (Outcome.CLEAR, 0, (), "")


def test_points_add_up_and_sixty_hold() -> None:
    below = opinion(case(recommended(**ALIKE), bought(**ALIKE)))
    assert (below.outcome, below.points, below.stops) == (Outcome.OBSERVED, 50, False)
    enough = opinion(case(recommended(**NAMED), bought(**NAMED)))
    assert (enough.outcome, enough.points, enough.stops) == (Outcome.HELD, 60, True)
    assert "same street address" in enough.words
    assert "same full name" in enough.words
    assert [one.rule for one in enough.findings] == ["same_payment", "same_address", "same_name"], "strongest first"


def test_what_blocks_blocks_and_what_is_watched_does_not_hold() -> None:
    self_made = case(friend=somebody("mira"))
    assert opinion(self_made).outcome is Outcome.BLOCKED
    shared = case(recommended(browser="b"), bought(browser="b"))
    assert opinion(shared).outcome is Outcome.HELD
    assert opinion(shared, FraudTerms(modes={"same_device": "block"})).outcome is Outcome.BLOCKED
    watched = opinion(shared, FraudTerms(modes={"same_device": "observe"}))
    assert (watched.outcome, watched.points, watched.words, watched.told) == (Outcome.OBSERVED, 0, "", "")
    assert [one.rule for one in watched.findings] == ["same_device"], "it is told all the same"
    assert opinion(shared, FraudTerms(modes={"same_device": "off"})).outcome is Outcome.CLEAR


def test_terms_may_give_a_rule_other_points_and_ask_for_more_or_less_of_them() -> None:
    told = case(recommended(**ALIKE), bought(**ALIKE))
    assert opinion(told, FraudTerms(settings={"same_address": {"points": 30}})).outcome is Outcome.HELD
    assert opinion(told, FraudTerms(general={"points": 50})).outcome is Outcome.HELD
    assert opinion(told, FraudTerms(general={"points": 51})).outcome is Outcome.OBSERVED


def test_a_finding_of_no_points_never_blocks() -> None:
    couple = case(recommended(), bought("back", "mira", advocate_id="anna"))
    assert opinion(couple, FraudTerms(modes={"ring": "block"})).outcome is Outcome.OBSERVED


@pytest.mark.parametrize("rule", RULES)
def test_a_check_that_fails_holds_the_reward(rule: str) -> None:
    """F29."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    seen = weigh(case(), strictness([], START), {**CHECKS, rule: broken})
    assert seen.outcome is Outcome.HELD
    assert seen.words == f"the rule {rule} failed (ZeroDivisionError)"


def test_accounts_are_judged_once_they_are_known() -> None:
    both = case(receiving=RewardFacts("friend", "a", "a", 2))
    assert [one.rule for one in opinion(both).findings] == ["same_account", "shared_account"]
    assert opinion(case(receiving=RewardFacts("friend", "a", "b", 1))).outcome is Outcome.CLEAR


def test_an_operator_on_either_side_is_held() -> None:
    for side in ("advocate", "friend"):
        told = case(**{side: somebody(side, is_staff=True)})  # type: ignore[arg-type]
        assert opinion(told).outcome is Outcome.HELD


def test_nobody_is_told_a_threshold() -> None:
    for rule in RULES.values():
        assert not any(letter.isdigit() for letter in rule.told)
        assert rule.told
        assert rule.looks_for


def test_a_rule_that_always_acts_is_never_milder_than_it_is() -> None:
    assert allowed_modes("self_referral") == (Mode.BLOCK,)
    assert allowed_modes("shared_account") == (Mode.HOLD, Mode.BLOCK)
    assert allowed_modes("ring") == tuple(Mode)


def test_a_rule_switched_on_later_watches_for_fourteen_days() -> None:
    off, on = FraudTerms(modes={"same_device": "off"}), FraudTerms(modes={"same_device": "hold"})
    told = case(recommended(browser="b"), bought(browser="b"))
    versions = [(off, START - 30 * DAY), (on, START)]
    early = weigh(told, strictness(versions, START + 13 * DAY))
    assert (early.outcome, early.findings[0].on_trial) == (Outcome.OBSERVED, True)
    assert weigh(told, strictness(versions, START + 14 * DAY)).outcome is Outcome.HELD
    newer = [*versions, (FraudTerms(modes={"same_device": "block"}), START + 10 * DAY)]
    assert weigh(told, strictness(newer, START + 14 * DAY)).outcome is Outcome.BLOCKED, "it was on all the time"


@pytest.mark.parametrize(
    "on",
    [
        FraudTerms(modes={"same_device": "hold"}, since_day_one=True),
        FraudTerms(modes={"same_device": "hold"}, settings={"same_device": {"since_day_one": True}}),
    ],
)
def test_unless_the_terms_say_since_day_one(on: FraudTerms) -> None:
    off = FraudTerms(modes={"same_device": "off"})
    told = case(recommended(browser="b"), bought(browser="b"))
    assert weigh(told, strictness([(off, START - DAY), (on, START)], START)).outcome is Outcome.HELD


def test_a_campaigns_own_beginning_needs_no_trial_and_what_always_acts_has_none() -> None:
    told = case(recommended(browser="b"), bought(browser="b"))
    assert weigh(told, strictness([(FraudTerms(), START)], START)).outcome is Outcome.HELD
    off = FraudTerms(modes={"shared_account": "off"})
    versions = [(off, START - DAY), (FraudTerms(), START)]
    shared = case(receiving=RewardFacts("friend", "a", None, 2))
    assert weigh(shared, strictness(versions, START)).outcome is Outcome.HELD
