"""Suspicion: without which fraud rules an order's rewards would not have been stopped, weighed again each time."""

from collections.abc import Iterable, Sequence

from core.rules.fraud.weigh import Finding, Outcome, acting, outcome_of
from core.rules.fraud_table import RULES, Mode
from core.rules.what_if.otherwise import Otherwise

STOPS = {
    Outcome.HELD: "its rewards would not have waited for a person",
    Outcome.BLOCKED: "its rewards would not have been stopped",
}
# These hold a reward whatever the points, once it is known where it would go.
OF_ACCOUNTS = frozenset({"same_account", "shared_account"})


def unsuspected(findings: Sequence[Finding], enough: int) -> list[Otherwise]:
    """Each rule whose silence alone would have let them go on; where none is, all that count together."""
    outcome = stopped(findings, enough)
    if outcome not in STOPS:
        return []
    counted = list(dict.fromkeys(one.rule for one in acting(findings) if one.rule in RULES))
    single = [[rule] for rule in counted if stopped(_without(findings, [rule]), enough) not in STOPS]
    together = [counted] if stopped(_without(findings, counted), enough) not in STOPS else []
    return [Otherwise("", STOPS[outcome], tuple(rules), tuple(map(_silent, rules))) for rules in single or together]


def stopped(findings: Sequence[Finding], enough: int) -> Outcome:
    """What follows from the findings of both looks: soon after it counted, and at the account before it is paid."""
    outcome = outcome_of(findings, enough)
    holds = any(one.rule in OF_ACCOUNTS and one.mode is Mode.HOLD for one in findings)
    return Outcome.HELD if holds and outcome not in STOPS else outcome


def _silent(rule: str) -> str:
    return f"the fraud rule “{rule.replace('_', ' ')}” had found nothing"


def _without(findings: Iterable[Finding], rules: Sequence[str]) -> list[Finding]:
    return [one for one in findings if one.rule not in rules]
