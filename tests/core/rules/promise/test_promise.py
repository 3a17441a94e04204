"""The rules text: every term that decides something is in it, in both languages, in plain words."""

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from string import Formatter
from typing import Any

import pytest
from hypothesis import Phase, assume, given, settings

from core.contract.events import EvidenceKind, OrderKind
from core.rules.comparing import OPERATORS
from core.rules.fraud_table import GENERAL, RULES
from core.rules.promise import LANGUAGES, differences, promise, rules_text
from core.rules.promise.fraud_words import settings_of
from core.rules.terms import SIDES, FraudTerms, Limits, Milestone, RewardTerms, Terms, Tier, Worth, parse_terms
from tests.core.rules.terms.written import is_read, neighbours
from tests.support.hub import terms

GERMANY, AUSTRIA = ({"field": "order.country", "is": country} for country in ("DE", "AT"))
TEA, COFFEE = ({"field": "line.vendor", "is": vendor} for vendor in ("Teahouse", "Roastery"))
FIVE, SIX = {"kind": "store_credit", "amount": "5.00"}, {"kind": "store_credit", "amount": "6.00"}
TEN, TWELVE = ({"kind": "store_credit", "percent": percent} for percent in ("10", "12"))
BOUND = {"kind": "store_credit", "percent": "10", "at_most": "5.00"}
BUDGET = {"budget": "100.00"}
Pair = tuple[Mapping[str, Any], Mapping[str, Any]]
# For each field that decides something, two documents that differ in nothing else.
PAIRS: Mapping[type, Mapping[str, Pair]] = {
    Terms: {
        "name": ({"campaign": {"name": "Tea"}}, {"campaign": {"name": "Coffee"}}),
        "destination": ({}, {"campaign": {"destination": "https://tea.example/"}}),
        "currencies": ({"counts": {"currency": "EUR"}}, {"counts": {"currency": "USD"}}),
        "minimum": ({"counts": {"minimum": "5.00"}}, {"counts": {"minimum": "0"}}),
        "is_first_order_only": ({}, {"counts": {"first_order_only": False}}),
        "kinds": ({}, {"counts": {"kinds": ["order", "lead"]}}),
        "same_purchase": ({}, {"counts": {"same_purchase_days": 0}}),
        "window": ({"attribution": {"window_days": 1}}, {"attribution": {"window_days": 2}}),
        "precedence": ({"attribution": {"precedence": ["code"]}}, {"attribution": {"precedence": ["landing_ref"]}}),
        "hold": ({"hold": {"days": 0}}, {"hold": {"days": 1}}),
        "rewards": ({"friend": FIVE}, {"friend": None}),
        "limits": ({}, {"limits": BUDGET}),
        "fraud": ({}, {"fraud": {"ring": "off"}}),
        "starts_at": ({}, {"campaign": {"starts_at": "2026-11-01"}}),
        "ends_at": ({"campaign": {"ends_at": "2026-11-01"}}, {"campaign": {"ends_at": "2026-11-01T12:00"}}),
        "new_after": ({}, {"counts": {"new_after_days": 180}}),
        "deal_stages": ({"counts": {"deal_stages": ["won"]}}, {"counts": {"deal_stages": ["signed"]}}),
        "when": ({"counts": {"when": GERMANY}}, {"counts": {"when": AUSTRIA}}),
        "touch": ({}, {"attribution": {"touch": "last"}}),
    },
    RewardTerms: {
        "kind": ({"friend": FIVE}, {"friend": FIVE | {"kind": "gift_card"}}),
        "worth": ({"friend": FIVE}, {"friend": SIX}),
        "expires_days": ({"friend": FIVE}, {"friend": FIVE | {"expires_days": 30}}),
        "tiers": ({"friend": FIVE}, {"friend": FIVE | {"tiers": [{"from": 3, "amount": "5.00"}]}}),
        "milestones": ({"advocate": FIVE}, {"advocate": FIVE | {"milestones": [{"at": 3, "amount": "5.00"}]}}),
        "when": ({"friend": FIVE}, {"friend": FIVE | {"when": GERMANY}}),
        "of_lines": ({"friend": TEN | {"of_lines": TEA}}, {"friend": TEN | {"of_lines": COFFEE}}),
    },
    Worth: {
        "amounts": ({"friend": FIVE}, {"friend": SIX}),
        "percent": ({"friend": TEN}, {"friend": TWELVE}),
        "at_most": ({"friend": TEN}, {"friend": BOUND}),
    },
    Tier: {
        "from_number": (
            {"friend": FIVE | {"tiers": [{"from": 3, "amount": "6.00"}]}},
            {"friend": FIVE | {"tiers": [{"from": 4, "amount": "6.00"}]}},
        ),
        "worth": (
            {"friend": FIVE | {"tiers": [{"from": 3, "amount": "6.00"}]}},
            {"friend": FIVE | {"tiers": [{"from": 3, "percent": "6"}]}},
        ),
    },
    Milestone: {
        "at": (
            {"advocate": FIVE | {"milestones": [{"at": 3, "amount": "6.00"}]}},
            {"advocate": FIVE | {"milestones": [{"at": 4, "amount": "6.00"}]}},
        ),
        "worth": (
            {"advocate": FIVE | {"milestones": [{"at": 3, "amount": "6.00"}]}},
            {"advocate": FIVE | {"milestones": [{"at": 3, "amount": "7.00"}]}},
        ),
    },
    Limits: {
        "budget": ({}, {"limits": BUDGET}),
        "rewards_per_advocate": ({}, {"limits": {"rewards_per_advocate": 3}}),
        "per_days": (
            {"limits": {"rewards_per_advocate": 3, "per_days": 7}},
            {"limits": {"rewards_per_advocate": 3, "per_days": 8}},
        ),
        "amount_per_advocate": ({}, {"limits": {"amount_per_advocate": "50.00"}}),
        "amount_days": (
            {"limits": {"amount_per_advocate": "50.00", "amount_days": 7}},
            {"limits": {"amount_per_advocate": "50.00", "amount_days": 8}},
        ),
        "rewards_per_friend": ({}, {"limits": {"rewards_per_friend": 1}}),
        "most_of_order": ({}, {"limits": {"most_of_order": "50"}}),
        "pause_at_budget": ({"limits": BUDGET}, {"limits": BUDGET | {"pause_at_budget": True}}),
        "pause_when_burning": ({"limits": BUDGET}, {"limits": BUDGET | {"pause_when_burning": "20"}}),
    },
    FraudTerms: {
        "modes": ({"fraud": {"ring": "block"}}, {"fraud": {"ring": "observe"}}),
        "settings": ({"fraud": {"ring": {"length": 3}}}, {"fraud": {"ring": {"length": 4}}}),
        "general": ({"fraud": {"points": 50}}, {"fraud": {"points": 60}}),
        "since_day_one": ({}, {"fraud": {"since_day_one": True}}),
    },
}
# The short name is for the command line, and decides nothing.
DECIDES_NOTHING = {(Terms, "slug")}
# How much is too much is told to operators alone: whoever knows the threshold stays below it.
FOR_OPERATORS_ONLY = {(FraudTerms, "settings"), (FraudTerms, "general"), (FraudTerms, "since_day_one")}
ALL = [(kind, name) for kind, pairs in PAIRS.items() for name in pairs]


def texts(given: Terms, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What everybody reads, and what operators read."""
    told = promise(given, language)
    return (*told.for_advocates, *told.for_friends), told.for_operators


def read(changes: Mapping[str, Any]) -> Terms:
    """The usual terms with these changes; a side that is given stands alone."""
    body = terms(**{name: table for name, table in changes.items() if name not in SIDES})
    sides = {name: table for name, table in changes.items() if name in SIDES}
    return parse_terms({name: table for name, table in {**body, **sides}.items() if table is not None})


@pytest.mark.parametrize("kind", PAIRS)
def test_every_field_of_the_terms_is_tried_here(kind: Any) -> None:
    told = {name for owner, name in [*ALL, *DECIDES_NOTHING] if owner is kind}
    assert told == {field.name for field in fields(kind)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "name"), ALL, ids=lambda part: getattr(part, "__name__", part))
def test_every_term_that_decides_something_changes_the_text(kind: type, name: str, language: str) -> None:
    one, other = (read(changes) for changes in PAIRS[kind][name])
    (public, private), (public_other, private_other) = texts(one, language), texts(other, language)
    assert private != private_other
    assert differences(one, other, language)
    assert (public == public_other) is ((kind, name) in FOR_OPERATORS_ONLY)


def decisive(given: Terms) -> Terms:
    """The terms without what decides nothing."""
    limits = given.limits
    if limits.rewards_per_advocate is None:
        limits = replace(limits, per_days=0)
    if not limits.amount_per_advocate:
        limits = replace(limits, amount_days=0)
    fraud = FraudTerms(
        modes={rule: given.fraud.modes.get(rule, str(RULES[rule].mode)) for rule in RULES},
        settings={rule: settings_of(given.fraud, rule) for rule in RULES},
        general={name: given.fraud.general.get(name, one.default) for name, one in GENERAL.items()},
        since_day_one=given.fraud.since_day_one,
    )
    return replace(given, slug="", kinds=tuple(sorted(given.kinds)), limits=limits, fraud=fraud)


@given(neighbours())
@settings(max_examples=35, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_whatever_is_changed_is_read_in_both_languages(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    assume(is_read(pair[1]))
    old, new = map(parse_terms, pair)
    assume(decisive(old) != decisive(new))
    for language in LANGUAGES:
        assert differences(old, new, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word(language: str) -> None:
    spoken, english = LANGUAGES[language], LANGUAGES["en"]
    assert set(spoken.rules) == set(RULES)
    assert set(spoken.things) == {*OrderKind, "deal.stage"}
    assert set(spoken.each) == set(OrderKind)
    assert set(spoken.traces) == set(EvidenceKind)
    assert set(spoken.compared) == {*OPERATORS, "is_unknown"}
    assert set(spoken.fields) == set(english.fields)
    assert set(spoken.sentences) == set(english.sentences)


def places(sentence: str) -> set[str]:
    """The places to be filled; `within` is `days` in another case."""
    return {"days" if name == "within" else name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("key", LANGUAGES["en"].sentences)
def test_a_sentence_says_the_same_things_in_both_languages(key: str) -> None:
    one, other = (places(LANGUAGES[language].sentences[key]) for language in LANGUAGES)
    assert one == other


def test_money_and_days_are_written_as_the_language_does() -> None:
    given = parse_terms(
        terms(
            campaign={"starts_at": "2026-11-01", "ends_at": "2026-12-31T18:30+01:00"},
            advocate={"percent": "12.5", "at_most": "1234.50"},
            limits={"budget": "1000000.00"},
        )
    )
    english, german = rules_text(given, "en"), rules_text(given, "de")
    for words in (
        "1 November 2026",
        "31 December 2026, 17:30 UTC",
        "12.5% of the order (at most €1,234.50)",
        "€1,000,000.00",
    ):
        assert words in english
    for words in (
        "1. November 2026",
        "31. Dezember 2026, 17:30 Uhr UTC",
        "12,5 % der Bestellung (höchstens 1.234,50 €)",
    ):
        assert words in german
    assert "1.000.000,00 €" in german


def test_the_reader_is_spoken_to() -> None:
    given = parse_terms(terms())
    told = promise(given, "en")
    assert told.for_advocates[1].startswith("You get 10% of the order as store credit")
    assert told.for_friends[1].startswith("You get €5.00 as")
    assert any(line.startswith("Whoever recommended the shop to you gets 10%") for line in told.for_friends)
    assert any(line.startswith("Whoever recommends gets 10%") for line in told.for_operators)
    assert promise(given, "de").for_friends[1].startswith("Du bekommst 5,00 € als")


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "what came on top goes back, even after it was given"), ("de", "geht auch nach der Auszahlung zurück")],
)
def test_whoever_is_promised_a_milestone_is_told_that_it_goes_back(language: str, words: str) -> None:
    """What `drop_milestone` does: see test_numbering.py, where a paid one is claimed back and reached again."""
    reached = {"milestones": [{"at": 2, "amount": "7.00"}, {"at": 5, "amount": "9.00"}]}
    told = promise(parse_terms(terms(advocate=reached)), language)
    for text in (told.for_advocates, told.for_friends, told.for_operators):
        assert len([line for line in text if words in line]) == 1
    assert words not in rules_text(parse_terms(terms()), language)


def test_no_place_is_left_unfilled() -> None:
    whole = terms(counts={"when": {"any": [GERMANY, {"none": [AUSTRIA, {"every_line": TEA}]}]}})
    for language in LANGUAGES:
        assert not re.search(r"[{}]", rules_text(parse_terms(whole), language))


@pytest.mark.parametrize(
    ("condition", "english", "german"),
    [
        (GERMANY, "the country of the order is “DE”", "das Land der Bestellung ist „DE“"),
        (
            {"all": [GERMANY, {"field": "order.total", "at_least": "1249.90"}]},
            "the country of the order is “DE” and the price of the order is at least 1,249.90",
            "das Land der Bestellung ist „DE“ und der Preis der Bestellung ist mindestens 1.249,90",
        ),
        (
            {"any": [GERMANY, {"all": [AUSTRIA, {"field": "deal.area", "is_known": False}]}]},
            (
                "the country of the order is “DE” or "
                "(the country of the order is “AT” and the deal's field “area” is not known)"
            ),
            (
                "das Land der Bestellung ist „DE“ oder "
                "(das Land der Bestellung ist „AT“ und das Feld „area“ des Geschäfts ist nicht bekannt)"
            ),
        ),
        (
            {"none": [{"field": "order.channel", "contains": "staff"}, {"some_line": TEA}]},
            (
                "none of this is true: (the place of the order contains “staff”; "
                "there is an item for which this is true: (the item's brand is “Teahouse”))"
            ),
            (
                "nichts davon trifft zu: (der Ort der Bestellung enthält „staff“; "
                "es gibt einen Artikel, für den das zutrifft: (die Marke des Artikels ist „Teahouse“))"
            ),
        ),
        (
            {"field": "order.placed_at", "before": "2026-12-01"},
            "the time of the order is before 1 December 2026",
            "die Zeit der Bestellung ist vor 1. Dezember 2026",
        ),
        (
            {"all": [{"field": "order.tags", "contains": "vip"}, {"field": "customer.tags", "is_known": False}]},
            "the tags of the order contain “vip” and the customer's tags are not known",
            "die Schlagwörter der Bestellung enthalten „vip“ und die Schlagwörter des Kunden sind nicht bekannt",
        ),
        (
            {"field": "order.country", "is_one_of": ["DE", "AT", "CH"]},
            "the country of the order is one of “DE”, “AT” or “CH”",
            "das Land der Bestellung ist eines von „DE“, „AT“ oder „CH“",
        ),
    ],
)
def test_conditions_are_said_in_words(condition: Any, english: str, german: str) -> None:
    given = parse_terms(terms(counts={"when": condition}))
    assert f"It counts only if this is true: {english}." in rules_text(given, "en").splitlines()
    assert f"Es zählt nur, wenn das zutrifft: {german}." in rules_text(given, "de").splitlines()


def test_the_same_terms_have_no_difference() -> None:
    assert differences(parse_terms(terms()), parse_terms(terms(campaign={"slug": "other"}))) == ()


def test_a_difference_lays_the_sentences_side_by_side() -> None:
    old = parse_terms(terms())
    new = parse_terms(terms(hold={"days": 30}, limits={"budget": "500.00"}))
    waits = "A reward waits for {} days after the order; then the order is looked at again, and the reward is given."
    changed, added = differences(old, new)
    assert changed == f"Before: {waits.format(14)} Now: {waits.format(30)}"
    assert added == "New: All rewards of this campaign together are at most €500.00; what does not fit is not given."
    assert differences(new, old, "de")[1].startswith("Nicht mehr: Alle Prämien der Kampagne")
