"""Strictness: how each rule judges under the terms in force, and whether it is still on trial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.rules.fraud.facts import Settings
from core.rules.fraud_table import GENERAL, RULES, SINCE_DAY_ONE, TRIAL_DAYS, Mode
from core.rules.terms.model import FraudTerms

Versions = Sequence[tuple[FraudTerms, datetime]]
NOTHING = FraudTerms()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class InForce:
    """One rule as it judges now. `mode` is observe while it is `on_trial`, whatever the terms say."""

    rule: str
    mode: Mode
    points: int
    settings: Settings = field(default_factory=Settings)
    on_trial: bool = False


@dataclass(frozen=True, slots=True)
class Strictness:
    """All rules that are not off, and from how many points on a reward is held."""

    rules: tuple[InForce, ...]
    enough: int = GENERAL["points"].default


def strictness(versions: Versions, now: datetime) -> Strictness:
    """How strict the newest of these versions is (fraud terms and since when they hold, oldest first).

    A rule that a later version switched on only observes for its first 14 days, unless the terms say `since_day_one`.
    """
    terms = versions[-1][0] if versions else NOTHING
    in_force = (_in_force(rule, terms, versions, now) for rule in RULES)
    rules = tuple(one for one in in_force if one.mode is not Mode.OFF)
    return Strictness(rules, general(terms, "points"))


def general(terms: FraudTerms, name: str) -> int:
    """A setting that holds for all rules together."""
    return terms.general.get(name, GENERAL[name].default)


def _in_force(rule: str, terms: FraudTerms, versions: Versions, now: datetime) -> InForce:
    shipped, mode = RULES[rule], _mode(rule, terms)
    acts = mode in (Mode.HOLD, Mode.BLOCK) and not shipped.always_acts
    on_trial = acts and not _since_day_one(rule, terms) and now < _trial_ends(rule, versions, now)
    told = terms.settings.get(rule, {})
    return InForce(
        rule,
        Mode.OBSERVE if on_trial else mode,
        _whole(told, "points", shipped.points),
        Settings(
            {name: _whole(told, name, threshold.default) for name, threshold in shipped.thresholds.items()},
            {name: words for name in shipped.lists if isinstance(words := told.get(name), tuple)},
        ),
        on_trial,
    )


def _mode(rule: str, terms: FraudTerms) -> Mode:
    return Mode(terms.modes.get(rule, RULES[rule].mode))


def _since_day_one(rule: str, terms: FraudTerms) -> bool:
    return terms.since_day_one or terms.settings.get(rule, {}).get(SINCE_DAY_ONE) is True


def _trial_ends(rule: str, versions: Versions, now: datetime) -> datetime:
    """When a rule has been on for long enough; at once where the campaign began with it."""
    since = _on_since(rule, versions)
    return now if since is None else since + timedelta(days=TRIAL_DAYS)


def _on_since(rule: str, versions: Versions) -> datetime | None:
    """When the rule was switched on; None when it never was off."""
    since, was_off = None, False
    for terms, at in versions:
        is_off = _mode(rule, terms) is Mode.OFF
        if was_off and not is_off:
            since = at
        was_off = is_off
    return since


def _whole(told: Mapping[str, object], name: str, default: int) -> int:
    found = told.get(name)
    return found if isinstance(found, int) else default
