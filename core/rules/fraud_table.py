"""The fraud rules in one table: what each looks at, how strict it is by default, its thresholds and its words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Mode(StrEnum):
    """What a rule does with what it finds."""

    OFF = "off"
    OBSERVE = "observe"
    HOLD = "hold"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A whole number that terms may set, with its default and the bounds within which it makes sense."""

    default: int
    least: int
    most: int
    means: str


@dataclass(frozen=True, slots=True)
class FraudRule:
    """One rule. `points` count towards a hold; `lists` are the lists of words that terms may add, with their meaning.

    `looks_for` is for operators and names what is compared; `told` is for the person whose reward waits, and never
    says how much is too much. One that `always_acts` cannot be made milder than it is.
    """

    looks_for: str
    told: str
    mode: Mode = Mode.HOLD
    points: int = 60
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    always_acts: bool = False


_DAYS = "how many days back it looks"
SAME = "the order and the recommendation look as if they came from the same person"
MANY = "there were unusually many orders of this kind in a short time"
RULES: Mapping[str, FraudRule] = {
    "self_referral": FraudRule(
        "advocate and friend have the same e-mail address or account, however it is spelt",
        "one person cannot recommend to themselves",
        Mode.BLOCK,
        points=100,
        always_acts=True,
    ),
    "same_account": FraudRule(
        "advocate and friend would be paid into the same account",
        "both rewards would go to the same account",
        points=100,
        always_acts=True,
    ),
    "shared_account": FraudRule(
        "several people would be paid into one account",
        "the rewards of several people would go to the same account",
        points=100,
        always_acts=True,
    ),
    "same_phone": FraudRule("advocate and friend gave the same telephone number", SAME, points=40),
    "similar_mail": FraudRule(
        "the e-mail addresses of advocate and friend are nearly the same, or differ only by digits at the end",
        SAME,
        points=30,
        thresholds={"percent": Threshold(92, 70, 100, "how alike the part before the @ must be")},
    ),
    "same_name": FraudRule(
        "advocate and friend have the same full name: 30 points at the same postcode, 10 elsewhere", SAME, points=30
    ),
    "same_address": FraudRule("advocate and friend live at the same street address", SAME, points=20),
    "same_payment": FraudRule("advocate and friend paid with the same card or account", SAME, points=30),
    "same_device": FraudRule(
        "advocate and friend used the same browser",
        SAME,
        thresholds={"days": Threshold(90, 1, 365, _DAYS)},
    ),
    "same_network": FraudRule(
        "advocate and friend used the same internet address and the same kind of browser",
        SAME,
        points=30,
        thresholds={"hours": Threshold(24, 1, 720, "within how many hours of each other")},
    ),
    "busy_network": FraudRule(
        "many recommended orders came from one internet address (of IPv6, from one /64 network)",
        MANY,
        thresholds={
            "orders": Threshold(3, 1, 10_000, "how many recommended orders are still usual"),
            "days": Threshold(7, 1, 90, _DAYS),
        },
        lists={"allowed": "internet addresses of your own tills and offices, which never count"},
    ),
    "one_door": FraudRule(
        "several friends of one advocate have orders sent to one street address, from different internet addresses",
        "many orders of different people go to one address",
        mode=Mode.OBSERVE,
        thresholds={
            "friends": Threshold(2, 1, 1_000, "how many friends, and how many internet addresses, are still usual"),
            "days": Threshold(90, 1, 365, _DAYS),
        },
    ),
    "fast_advocate": FraudRule(
        "an advocate brings more orders than people usually do; whoever you trust is measured by their own pace alone",
        MANY,
        thresholds={
            "per_day": Threshold(5, 1, 100_000, "how many orders within 24 hours are still usual"),
            "per_week": Threshold(10, 1, 100_000, "how many orders within 7 days are still usual"),
            "times_median": Threshold(5, 2, 1_000, "how many times their own usual day is still usual"),
        },
    ),
    "known_before": FraudRule(
        "the friend's address or telephone number bought here before, under another account",
        "the order does not seem to be a first one",
        thresholds={"days": Threshold(180, 1, 3650, _DAYS)},
    ),
    "disposable_mail": FraudRule(
        "an e-mail address that exists for minutes only; addresses that merely hide somebody's own are not meant",
        "an e-mail address was used that does not last",
        points=40,
        lists={"domains": "further domains of such addresses"},
    ),
    "coupon_site": FraudRule(
        "the friend came from a site that collects discount codes",
        "the code was found on a public site instead of being passed on",
        lists={"sites": "further sites of this kind"},
    ),
    "leaked_code": FraudRule(
        "one code is used from very many networks, and hardly anybody came by its link",
        "the code seems to have been made public",
        thresholds={
            "networks": Threshold(25, 2, 100_000, "from how many networks a code is usually used"),
            "hours": Threshold(24, 1, 720, "within how many hours"),
            "link_percent": Threshold(2, 0, 100, "at least so many percent usually come by the link"),
        },
    ),
    "ring": FraudRule(
        "people recommend each other in a circle, or several who share card or browser are all in it",
        "the people who recommend here seem to belong together",
        thresholds={
            "length": Threshold(4, 2, 6, "how many people a circle may have and still be found"),
            "people": Threshold(3, 3, 50, "how many people who share cards or browsers make a ring"),
            "days": Threshold(180, 1, 730, _DAYS),
        },
    ),
    "refunds": FraudRule(
        "much of what the advocate brought went back again",
        "many of the orders behind these recommendations went back",
        thresholds={
            "percent": Threshold(25, 1, 100, "how many percent of their orders usually go back at most"),
            "orders": Threshold(4, 1, 1_000, "from how many orders on it is looked at"),
        },
    ),
    "staff": FraudRule(
        "the reward is for somebody who signs in here as an operator",
        "the reward is for somebody who works for the programme",
    ),
}

# What holds for all rules together; keys of [fraud] beside the rules.
GENERAL: Mapping[str, Threshold] = {
    "points": Threshold(60, 10, 1_000, "from how many points on a reward is held"),
    "void_after_days": Threshold(30, 0, 365, "after how many days nobody's decision means no; 0: it stays held"),
}
# A rule that is switched on later only observes for so long, unless the terms say `since_day_one = true`.
TRIAL_DAYS = 14
SINCE_DAY_ONE = "since_day_one"


def allowed_modes(rule: str) -> tuple[Mode, ...]:
    """The modes that terms may write for a rule: one that always acts is never off, and never only observes."""
    strict = (Mode.HOLD, Mode.BLOCK)
    if not RULES[rule].always_acts:
        return tuple(Mode)
    return strict[strict.index(RULES[rule].mode) :]
