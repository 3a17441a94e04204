"""Reading terms strictly, so that every mistake is named with its place."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from core.contract.events import EvidenceKind, OrderKind
from core.contract.money import Money
from core.rules.fraud_table import GENERAL, RULES, SINCE_DAY_ONE
from core.rules.terms.currencies import read_currencies
from core.rules.terms.model import (
    SAME_PURCHASE,
    SIDES,
    BadTerms,
    FraudTerms,
    Limits,
    Milestone,
    RewardTerms,
    Terms,
    Tier,
    Touch,
    Worth,
)
from core.rules.terms.sense import complain
from core.rules.terms.shapes import Reading
from core.rules.terms.table import SECTIONS

KINDS = (OrderKind.ORDER, OrderKind.DEAL)
Values = Mapping[str, Any]


def parse_terms(body: Values) -> Terms:
    """The terms that `body` (a TOML or JSON document) states. Raises `BadTerms` with every problem found."""
    reading = Reading()
    reading.currencies = read_currencies(body.get("counts"), reading)
    for name in [name for name in body if name not in SECTIONS]:
        reading.problems.unknown("", str(name), SECTIONS)
    values = {name: table.read(body.get(name, {}), name, reading) or {} for name, table in _written(body)}
    complain(values, reading)
    if reading.problems:
        raise BadTerms(reading.problems.all())
    return _terms(values, reading.currencies)


def _written(body: Values) -> Iterable[tuple[str, Any]]:
    """The tables that are read: those there are, and those that must be there."""
    return [(name, table) for name, table in SECTIONS.items() if name in body or name in ("campaign", "counts")]


def _terms(values: Mapping[str, Values], currencies: tuple[str, ...]) -> Terms:
    campaign, counts = values["campaign"], values["counts"]
    attribution, hold = values.get("attribution", {}), values.get("hold", {})
    return Terms(
        slug=campaign["slug"],
        name=campaign["name"],
        destination=campaign.get("destination", ""),
        starts_at=campaign.get("starts_at"),
        ends_at=campaign.get("ends_at"),
        currencies=currencies,
        minimum=counts.get("minimum") or {currency: Money.zero(currency) for currency in currencies},
        is_first_order_only=counts.get("first_order_only", True),
        new_after=_days(counts.get("new_after_days")),
        kinds=counts.get("kinds", KINDS),
        deal_stages=counts.get("deal_stages", ()),
        same_purchase=timedelta(days=counts.get("same_purchase_days", SAME_PURCHASE.days)),
        when=counts.get("when"),
        touch=attribution.get("touch", Touch.FIRST),
        window=timedelta(days=attribution.get("window_days", 90)),
        precedence=attribution.get("precedence", tuple(EvidenceKind)),
        hold=timedelta(days=hold.get("days", 14)),
        rewards={side: _reward(values[side]) for side in SIDES if side in values},
        limits=Limits(**values.get("limits", {})),
        fraud=_fraud(values.get("fraud", {})),
    )


def _days(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(days=count)


def _reward(side: Values) -> RewardTerms:
    return RewardTerms(
        kind=side["kind"],
        worth=_worth(side),
        expires_days=side.get("expires_days"),
        tiers=tuple(Tier(tier["from"], _worth(tier)) for tier in side.get("tiers", ())),
        milestones=tuple(Milestone(one["at"], _worth(one)) for one in side.get("milestones", ())),
        when=side.get("when"),
        of_lines=side.get("of_lines"),
    )


def _worth(table: Values) -> Worth:
    return Worth(table.get("amount", {}), table.get("percent"), table.get("at_most", {}))


def _fraud(table: Values) -> FraudTerms:
    rules = {name: table[name] for name in RULES if name in table}
    return FraudTerms(
        modes={name: rule["mode"] for name, rule in rules.items() if "mode" in rule},
        settings={name: _settings(rule) for name, rule in rules.items() if _settings(rule)},
        general={name: table[name] for name in GENERAL if name in table},
        since_day_one=table.get(SINCE_DAY_ONE, False),
    )


def _settings(rule: Values) -> dict[str, Any]:
    return {name: value for name, value in rule.items() if name != "mode"}
