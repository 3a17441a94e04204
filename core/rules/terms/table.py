"""The one table of everything that terms may say: read by the reader, published as JSON Schema, told in the docs."""

from collections.abc import Mapping

from core.contract.events import EvidenceKind, OrderKind
from core.contract.money import CURRENCY
from core.rules.fraud_table import GENERAL, RULES, SINCE_DAY_ONE, FraudRule, Threshold, allowed_modes
from core.rules.terms.amounts import Amount, Percent
from core.rules.terms.model import Touch
from core.rules.terms.moments import Moment
from core.rules.terms.shapes import Choice, Choices, Flag, Text, Texts, Whole
from core.rules.terms.tables import Either, Key, Table, Tables
from core.rules.terms.when import When

SLUG = r"[a-z0-9][a-z0-9-]{0,62}"
# Which kinds exist is the connectors' word: publishing asks whether a connected source can pay this one.
KIND = r"[a-z][a-z_]{2,39}"
# Links are shown to people, so they lead to a page and run nothing.
PAGE = r"(https?://[^\s<>\"']+)?"
DAYS = 3650

CAMPAIGN = (
    Key(
        "slug",
        Text("a short name of small letters, digits and hyphens, such as friends", SLUG, 63),
        "The short name for the command line; the same name again makes a new version of the terms.",
        'slug = "friends"',
        is_needed=True,
    ),
    Key("name", Text("the name people see"), "The name people see.", 'name = "Friends bring friends"', is_needed=True),
    Key(
        "destination",
        Text("the shop page that links lead to, such as https://shop.example/", PAGE, is_empty_allowed=True),
        "The page of the shop that advocates' links lead to.",
        'destination = "https://shop.example/"',
        default="no links",
    ),
    Key(
        "starts_at",
        Moment(),
        "Orders placed before this day or time (UTC) do not count.",
        'starts_at = "2026-11-01"',
        default="when the terms are published",
    ),
    Key(
        "ends_at",
        Moment(),
        "The first day or moment (UTC) whose orders do not count any more.",
        'ends_at = "2027-01-01"',
        default="never",
    ),
)
COUNTS = (
    Key(
        "currency",
        Text('the shop\'s currency, such as "EUR"', CURRENCY.pattern, 3),
        "The currency of orders that count, and of all amounts here. Write either this or `currencies`.",
        'currency = "EUR"',
    ),
    Key(
        "currencies",
        Texts('a list of currencies, the main one first, such as ["EUR", "USD"]', 20, 3, CURRENCY.pattern),
        "Several currencies, the main one first. Each amount in the file is then a table with one amount per currency.",
        'currencies = ["EUR", "USD"]',
    ),
    Key(
        "minimum",
        Amount(is_zero_allowed=True),
        "The least that an order's base must be: after discounts, without tax, shipping, tips and gift cards.",
        'minimum = "20.00"',
        default="0",
    ),
    Key(
        "first_order_only",
        Flag(),
        "Only a friend's first order counts.",
        "first_order_only = true",
        default="true",
    ),
    Key(
        "new_after_days",
        Whole(1, DAYS),
        "A friend who bought nothing for so many days is new again, and the next order is a first one.",
        "new_after_days = 180",
        default="never again",
    ),
    Key(
        "kinds",
        Choices(OrderKind),
        "What counts: a shop's orders, a CRM's won deals, qualified leads.",
        'kinds = ["order", "deal", "lead"]',
        default='["order", "deal"]',
    ),
    Key(
        "deal_stages",
        Texts('a list of the stages\' names in the CRM, such as ["closedwon"]', 50),
        "A deal counts once it is in one of these stages.",
        'deal_stages = ["closedwon"]',
        default="once it is won",
    ),
    Key(
        "same_purchase_days",
        Whole(0, 365),
        "An order and a deal of the same amount within so many days are one purchase; 0: never.",
        "same_purchase_days = 3",
        default="3",
    ),
    Key(
        "when",
        When(),
        "What must be true of an order, a deal or the customer, so that it counts.",
        'when = { field = "order.country", is_one_of = ["DE", "AT"] }',
        default="always",
    ),
)
ATTRIBUTION = (
    Key(
        "touch",
        Choice(tuple(Touch), Touch),
        "Who brought a friend whom several advocates recommended the shop to: the first of them, or the last.",
        'touch = "first"',
        default='"first"',
    ),
    Key(
        "window_days",
        Whole(1, DAYS),
        "For so many days after being brought a friend's orders count.",
        "window_days = 90",
        default="90",
    ),
    Key(
        "precedence",
        Choices(EvidenceKind, "strongest first"),
        "Which trace decides when several disagree, strongest first; a kind of trace that is left out does not count.",
        'precedence = ["code", "signed_attribute", "landing_ref"]',
        default="the order of the table below",
    ),
)
HOLD = (
    Key(
        "days",
        Whole(0, 365),
        "So many days a reward waits for the return window to end; then the order is looked at again, and it is paid.",
        "days = 14",
        default="14",
    ),
)
_AMOUNT = Key("amount", Amount(), "A fixed amount. Write either this or `percent`.", 'amount = "10.00"')
_PERCENT = Key("percent", Percent(), "A percentage of the order's base.", 'percent = "10"')
_AT_MOST = Key(
    "at_most", Amount(), "The most that the percentage may come to.", 'at_most = "50.00"', default="no bound"
)
WORTH = (_AMOUNT, _PERCENT, _AT_MOST)
TIERS = Tables(
    Table(
        (
            Key("from", Whole(2, 1_000_000), "The number of the referral.", "from = 3", is_needed=True),
            *WORTH,
        ),
        'a tier such as { from = 3, amount = "15.00" }',
    ),
    'a list such as [ { from = 3, amount = "15.00" } ]',
)
MILESTONES = Tables(
    Table(
        (
            Key("at", Whole(1, 1_000_000), "The number of the referral.", "at = 5", is_needed=True),
            Key("amount", Amount(), "What comes on top.", 'amount = "50.00"', is_needed=True),
        ),
        'a milestone such as { at = 5, amount = "50.00" }',
    ),
    'a list such as [ { at = 5, amount = "50.00" } ]',
)
FRIEND = (
    Key(
        "kind",
        Text("a kind of reward, such as store_credit, gift_card or discount_code", KIND, 40),
        "How it is paid: store_credit, gift_card or discount_code in a shop, as far as a connected source can pay it.",
        'kind = "store_credit"',
        is_needed=True,
    ),
    *WORTH,
    Key(
        "expires_days",
        Whole(1, DAYS),
        "The reward can be used for so many days after it was given.",
        "expires_days = 365",
        default="for ever",
    ),
    Key(
        "tiers",
        TIERS,
        "From the advocate's so-manieth counted referral on, the reward is worth this instead.",
        'tiers = [ { from = 3, amount = "15.00" }, { from = 10, percent = "20", at_most = "50.00" } ]',
        default="none",
    ),
    Key(
        "when",
        When(),
        "This side gets a reward only for orders for which this is true.",
        'when = { field = "customer.tags", contains = "member" }',
        default="always",
    ),
    Key(
        "of_lines",
        When(is_of_line=True),
        "A percentage is of those lines of the order only for which this is true.",
        'of_lines = { field = "line.vendor", is = "Teahouse" }',
        default="the whole order",
    ),
)
ADVOCATE = (
    *FRIEND,
    Key(
        "milestones",
        MILESTONES,
        "With so many standing referrals this much comes on top, once for each advocate.",
        'milestones = [ { at = 5, amount = "50.00" } ]',
        default="none",
    ),
)
LIMITS = (
    Key(
        "budget",
        Amount(is_zero_allowed=True),
        "All rewards of the campaign together; nothing is promised beyond it.",
        'budget = "1000.00"',
        default="no bound",
    ),
    Key(
        "rewards_per_advocate",
        Whole(1, 1_000_000),
        "So many rewards an advocate gets at most within `per_days`.",
        "rewards_per_advocate = 10",
        default="no bound",
    ),
    Key(
        "per_days",
        Whole(1, DAYS),
        "The length of the periods in which `rewards_per_advocate` counts.",
        "per_days = 30",
        default="30",
    ),
    Key(
        "amount_per_advocate",
        Amount(),
        "So much an advocate gets at most within `amount_days`.",
        'amount_per_advocate = "600.00"',
        default="no bound",
    ),
    Key(
        "amount_days",
        Whole(1, DAYS),
        "The length of the periods in which `amount_per_advocate` counts.",
        "amount_days = 365",
        default="365",
    ),
    Key(
        "rewards_per_friend",
        Whole(1, 1_000_000),
        "So many of a friend's orders bring rewards at most, ever.",
        "rewards_per_friend = 1",
        default="no bound",
    ),
    Key(
        "most_of_order",
        Percent(),
        "The percentage of an order's base that both rewards for it may come to together.",
        'most_of_order = "50"',
        default="no bound",
    ),
    Key(
        "pause_at_budget",
        Flag(),
        "The campaign is paused by itself when its budget is used up.",
        "pause_at_budget = true",
        default="false",
    ),
    Key(
        "pause_when_burning",
        Percent(),
        "The campaign is paused by itself when so many percent of its budget are promised within one hour.",
        'pause_when_burning = "20"',
        default="never",
    ),
)


def _threshold(name: str, threshold: Threshold) -> Key:
    meaning = f"{threshold.means[:1].upper()}{threshold.means[1:]}."
    bounds, default = Whole(threshold.least, threshold.most), str(threshold.default)
    return Key(name, bounds, meaning, f"{name} = {default}", default=default)


def _list(name: str, meaning: str) -> Key:
    shape = Texts("a list of texts, at most 200", is_empty_allowed=True)
    return Key(name, shape, f"{meaning[:1].upper()}{meaning[1:]}.", f'{name} = ["…"]', default="none")


def _rule(name: str, rule: FraudRule) -> Key:
    modes = Choice(tuple(str(mode) for mode in allowed_modes(name)))
    points = Threshold(rule.points, 0, 1_000, "how many points it adds")
    keys = (
        Key("mode", modes, "What it does.", f'mode = "{rule.mode}"', default=f'"{rule.mode}"'),
        _threshold("points", points),
        *(_threshold(inner, threshold) for inner, threshold in rule.thresholds.items()),
        *(_list(inner, meaning) for inner, meaning in rule.lists.items()),
        _SINCE_DAY_ONE,
    )
    meaning = f"Finds: {rule.looks_for}."
    return Key(name, Either(modes, Table(keys)), meaning, f'{name} = "{rule.mode}"', default=f'"{rule.mode}"')


_SINCE_DAY_ONE = Key(
    SINCE_DAY_ONE,
    Flag(),
    "A rule that is newly switched on acts at once, instead of observing first.",
    f"{SINCE_DAY_ONE} = true",
    default="false",
)
FRAUD = (
    *(_threshold(name, threshold) for name, threshold in GENERAL.items()),
    _SINCE_DAY_ONE,
    *(_rule(name, rule) for name, rule in RULES.items()),
)
SECTIONS: Mapping[str, Table] = {
    "campaign": Table(CAMPAIGN, "a table [campaign] with slug and name"),
    "counts": Table(COUNTS, "a table [counts] with the currency"),
    "attribution": Table(ATTRIBUTION, "a table [attribution]"),
    "hold": Table(HOLD, "a table [hold]"),
    "advocate": Table(ADVOCATE, "a table [advocate] with kind and amount or percent"),
    "friend": Table(FRIEND, "a table [friend] with kind and amount or percent"),
    "limits": Table(LIMITS, "a table [limits]"),
    "fraud": Table(FRAUD, "a table [fraud]"),
}
