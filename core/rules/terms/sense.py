"""Sense: what is wrong between the keys of a terms file, where each alone is fine."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from core.contract.events import OrderKind
from core.rules.terms.model import SIDES
from core.rules.terms.shapes import Reading

Values = Mapping[str, Any]
Found = Iterator[tuple[str, str]]


def complain(values: Mapping[str, Values], reading: Reading) -> None:
    """Every contradiction between what was read so far is among the problems."""
    for check in CHECKS:
        for place, words in check(values):
            reading.problems.add(place, words)


def _schedule(values: Mapping[str, Values]) -> Found:
    campaign = values.get("campaign", {})
    starts, ends = campaign.get("starts_at"), campaign.get("ends_at")
    if starts and ends and ends <= starts:
        yield "campaign.ends_at", "not after campaign.starts_at, so that no order could count; write a later day"


def _counting(values: Mapping[str, Values]) -> Found:
    counts = values.get("counts", {})
    kinds = counts.get("kinds") or (OrderKind.DEAL,)
    if "deal_stages" in counts and OrderKind.DEAL not in kinds:
        yield "counts.deal_stages", 'deals do not count here; add "deal" to counts.kinds, or remove the stages'
    if "new_after_days" in counts and counts.get("first_order_only") is False:
        yield "counts.new_after_days", "every order counts here anyway; remove it, or write first_order_only = true"


def _sides(values: Mapping[str, Values]) -> Found:
    if not any(side in values for side in SIDES):
        yield "advocate", "nobody gets anything; add a table [advocate] or [friend] with a reward"
    for side in SIDES:
        if side in values:
            yield from _side(side, values[side])


def _side(side: str, table: Values) -> Found:
    worths = [(side, table), *((f"{side}.tiers[{at}]", tier) for at, tier in enumerate(_listed(table, "tiers")))]
    for place, worth in worths:
        yield from _worth(place, worth)
    is_share = any("percent" in worth for _, worth in worths)
    if "of_lines" in table and not is_share:
        yield f"{side}.of_lines", "only a percentage is of some lines; write percent instead of amount, or remove it"
    yield from _rising(f"{side}.tiers", "from", _listed(table, "tiers"))
    yield from _rising(f"{side}.milestones", "at", _listed(table, "milestones"))


def _listed(table: Values, key: str) -> list[Values]:
    return table.get(key) or []


def _worth(place: str, table: Values) -> Found:
    if ("amount" in table) == ("percent" in table):
        yield place, 'give either amount (such as "10.00") or percent (such as "10"), not both'
    if "at_most" in table and "percent" not in table:
        yield f"{place}.at_most", "bounds a percentage; write percent, or remove it"


def _rising(place: str, key: str, tables: Any) -> Found:
    numbers = [table.get(key) for table in tables]
    for at, (one, other) in enumerate(pairwise(numbers), 1):
        if one is not None and other is not None and other <= one:
            same = "stands here twice" if one == other else f"stands after {one}"
            yield (
                f"{place}[{at}].{key}",
                f"{other} {same}; write the numbers so that each is greater than the one before",
            )


def _budget(values: Mapping[str, Values]) -> Found:
    limits = values.get("limits", {})
    budget = limits.get("budget") or {}
    for side in SIDES:
        for worth in (values.get(side, {}), *_listed(values.get(side, {}), "tiers")):
            yield from _too_small(budget, worth, "one reward; raise it or lower the reward")
        for worth in _listed(values.get(side, {}), "milestones"):
            yield from _too_small(budget, worth, "one milestone; raise it or lower the milestone")
    for key in ("pause_at_budget", "pause_when_burning"):
        if limits.get(key) and not budget:
            yield f"limits.{key}", "there is no budget; write limits.budget, or remove this"


def _too_small(budget: Values, worth: Values, what: str) -> Found:
    amounts = worth.get("amount") or {}
    for currency in budget:
        if currency in amounts and budget[currency] < amounts[currency]:
            yield "limits.budget", f"smaller than {what} ({budget[currency]} against {amounts[currency]})"


def _per_advocate(values: Mapping[str, Values]) -> Found:
    most = values.get("limits", {}).get("amount_per_advocate") or {}
    amounts = values.get("advocate", {}).get("amount") or {}
    for currency in most:
        if currency in amounts and most[currency] < amounts[currency]:
            words = (
                f"smaller than one reward ({most[currency]} against {amounts[currency]}); raise it or lower the reward"
            )
            yield "limits.amount_per_advocate", words


CHECKS = (_schedule, _counting, _sides, _budget, _per_advocate)
