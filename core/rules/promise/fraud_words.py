"""What the rules text says of fraud: to everybody what is looked for, and how strict it is only to operators."""

from collections.abc import Iterator, Mapping

from core.rules.fraud_table import GENERAL, RULES, TRIAL_DAYS, Mode
from core.rules.promise.language import Language
from core.rules.promise.sentence import Sentence, said
from core.rules.terms.model import FraudTerms, Terms

ACTING = {Mode.BLOCK: "blocks", Mode.HOLD: "holds"}
VOID_AFTER = "void_after_days"
Setting = int | str | bool | tuple[str, ...]


def checks(terms: Terms, language: Language) -> Iterator[Sentence]:
    """What stops a reward and what lets it wait; never how much is too much, which would help to stay below it."""
    for mode, key in ACTING.items():
        found = [language.rules[rule] for rule in RULES if mode_of(terms.fraud, rule) is mode]
        if found:
            yield said(language, key, rules="; ".join(found))
    yield _undecided(terms, language)


def _undecided(terms: Terms, language: Language) -> Sentence:
    days = terms.fraud.general.get(VOID_AFTER, GENERAL[VOID_AFTER].default)
    within = language.within(days)
    return said(language, "void_after", days=within, within=within) if days else said(language, "stays_held")


def mode_of(fraud: FraudTerms, rule: str) -> Mode:
    """What a fraud rule does under these terms."""
    return Mode(fraud.modes.get(rule, RULES[rule].mode))


def fraud_rules(terms: Terms, language: Language) -> Iterator[Sentence]:
    """Each rule with its mode and everything it is set to."""
    fraud = terms.fraud
    points = fraud.general.get("points", GENERAL["points"].default)
    yield said(language, "points", count=language.number(str(points)))
    yield said(language, "since_day_one" if fraud.since_day_one else "trial", days=language.days(TRIAL_DAYS))
    yield _undecided(terms, language)
    for rule in RULES:
        mode = language.modes[mode_of(fraud, rule)]
        settings = "; ".join(_setting(name, value, language) for name, value in settings_of(fraud, rule).items())
        yield said(language, "rule", rule, rule=rule, mode=mode, settings=settings)


def settings_of(fraud: FraudTerms, rule: str) -> Mapping[str, Setting]:
    """The points, thresholds and lists that hold for a rule under these terms."""
    described = RULES[rule]
    default: dict[str, Setting] = {"points": described.points}
    default |= {name: threshold.default for name, threshold in described.thresholds.items()}
    return default | dict(fraud.settings.get(rule, {}))


def _setting(name: str, value: Setting, language: Language) -> str:
    if isinstance(value, bool):
        shown = language.say("yes" if value else "no")
    elif isinstance(value, tuple):
        shown = ", ".join(map(language.quoted, value)) or language.say("none")
    else:
        shown = language.number(str(value))
    return language.say("rule.setting", name=name, value=shown)
