"""Weigh: what all rules found in one case, and whether its rewards are paid, held or blocked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.rules.fraud.accounts import RewardFacts, assess
from core.rules.fraud.checks import CHECKS, Check
from core.rules.fraud.facts import Case, Found
from core.rules.fraud.strictness import InForce, Strictness
from core.rules.fraud_table import RULES, Mode

# More points than any threshold asks for.
FAILED = 10_000
LOOKING, REFUSED_BEFORE = "looking", "refused_before"
UNEXPLAINED = "a check could not be made, so a person looks"


class Outcome(StrEnum):
    """What follows, from mild to strict."""

    CLEAR = "clear"
    OBSERVED = "observed"
    HELD = "held"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found: `points` is what counts of it, `orders` the other orders that show it."""

    rule: str
    mode: Mode
    points: int
    words: str
    orders: tuple[str, ...] = ()
    on_trial: bool = False

    def stored(self) -> dict[str, Any]:
        """The finding as the tables keep it."""
        return {
            "rule": self.rule,
            "mode": str(self.mode),
            "points": self.points,
            "words": self.words,
            "orders": list(self.orders),
            "on_trial": self.on_trial,
        }


@dataclass(frozen=True, slots=True)
class Opinion:
    """Everything found, strongest first, the points that count, and what follows."""

    findings: tuple[Finding, ...]
    points: int
    outcome: Outcome

    @property
    def stops(self) -> bool:
        """True where nothing is paid before a person has looked."""
        return self.outcome in (Outcome.HELD, Outcome.BLOCKED)

    @property
    def words(self) -> str:
        """What counts of it, for operators."""
        return "; ".join(one.words for one in acting(self.findings))

    @property
    def told(self) -> str:
        """Which facts stopped it, for the person who waits: no thresholds, no counts."""
        return "; ".join(dict.fromkeys(_told(one) for one in acting(self.findings)))


def weigh(case: Case, strictness: Strictness, checks: Mapping[str, Check] = CHECKS) -> Opinion:
    """What follows from the case. A check that fails holds the reward: nothing is paid because a rule is broken."""
    asked = (_asked(case, rule, checks[rule.rule]) for rule in strictness.rules)
    findings = sorted((one for one in asked if one), key=lambda one: (-one.points, one.rule))
    return Opinion(
        tuple(findings), sum(one.points for one in acting(findings)), outcome_of(findings, strictness.enough)
    )


def outcome_of(findings: Sequence[Finding], enough: int) -> Outcome:
    """What follows from these findings, where a reward is held from so many points on."""
    counted = acting(findings)
    if any(one.mode is Mode.BLOCK for one in counted):
        return Outcome.BLOCKED
    if sum(one.points for one in counted) >= enough:
        return Outcome.HELD
    return Outcome.OBSERVED if findings else Outcome.CLEAR


def acting(findings: Sequence[Finding]) -> list[Finding]:
    """Those that count: of rules that do more than observe."""
    return [one for one in findings if _acts(one.mode, one.points)]


def stored_acting(findings: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """As `acting`, of findings as the tables keep them."""
    return [one for one in findings if _acts(one["mode"], one["points"])]


def stored_words(findings: Iterable[Mapping[str, Any]]) -> str:
    """What counts of stored findings, for operators."""
    return "; ".join(one["words"] for one in stored_acting(findings))


def _acts(mode: str, points: int) -> bool:
    return points > 0 and mode in (Mode.HOLD, Mode.BLOCK)


def account_findings(receiving: RewardFacts) -> list[Finding]:
    """What speaks against paying a reward into that account: these rules always act."""
    return [Finding(one.rule, Mode.HOLD, RULES[one.rule].points, one.words) for one in assess(receiving)]


def failed(problem: Exception) -> Opinion:
    """What follows when the case itself could not be gathered: the reward waits."""
    words = f"what fraud rules look at could not be gathered ({type(problem).__name__})"
    return Opinion((Finding(LOOKING, Mode.HOLD, FAILED, words),), FAILED, Outcome.HELD)


def refused_before(opinion: Opinion) -> Opinion:
    """What follows where more is promised for an order that was refused: no silence of the rules pays it."""
    words = "rewards of this order were refused before, and now more is promised for it"
    found = Finding(REFUSED_BEFORE, Mode.HOLD, FAILED, words)
    return Opinion((found, *opinion.findings), FAILED, Outcome.HELD)


def _asked(case: Case, rule: InForce, check: Check) -> Finding | None:
    try:
        found = check(case, rule.settings)
    except Exception as problem:  # whatever is wrong with a rule, nobody is paid for it
        return Finding(rule.rule, Mode.HOLD, FAILED, f"the rule {rule.rule} failed ({type(problem).__name__})")
    return _finding(rule, found) if found else None


def _finding(rule: InForce, found: Found) -> Finding:
    points = rule.points if found.points is None else min(found.points, rule.points)
    return Finding(rule.rule, rule.mode, points, found.words, found.orders, rule.on_trial)


def _told(finding: Finding) -> str:
    return UNEXPLAINED if finding.rule == LOOKING or finding.points == FAILED else RULES[finding.rule].told
