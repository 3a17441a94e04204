"""How people say it: the names of rules, sides, kinds and states, for whoever asks why."""

import re

from core.contract.events import EvidenceKind
from core.contract.money import Money
from core.queries.rewards import RewardRow
from core.rules.attribution import WORDS as EVIDENCE

SIDES = {
    "advocate": "the advocate",
    "friend": "the friend",
    "milestone": "the advocate, for a milestone",
    "grant": "somebody, by hand",
}
KINDS = {"store_credit": "store credit", "gift_card": "gift card", "discount_code": "discount code"}
# What each rule is called; a finding about a piece of evidence is called by what it was found in.
RULES = {
    "referral": "who recommended the shop",
    "conflict": "who comes first when several are named",
    "ruling": "what an operator decided",
    "self_referral": "nobody refers himself",
    "test": "test orders do not count",
    "cancelled": "what was taken back does not count",
    "stage": "the stage in which a deal counts",
    "kind": "what counts in this campaign",
    "currency": "the campaign's currency",
    "minimum": "the smallest order that counts",
    "condition": "the campaign's conditions",
    "first_order": "only a first order counts",
    "window": "how long a recommendation counts",
    "schedule": "when the campaign runs",
    "duplicate": "one purchase counts once",
    "friend": "an order needs a customer",
    "paid": "what was earned stays earned",
    "advocate.when": "what the advocate's reward asks for",
    "friend.when": "what the friend's reward asks for",
}
ACTS = {
    "approve_reward": "approved the reward",
    "void_reward": "made the reward void",
    "grant_reward": "gave the reward by hand",
    "decide_push": "decided what became of the payment",
    "reattribute": "decided who brought it",
    "decide_fraud": "decided the fraud case",
    "appeal_fraud": "opened the fraud case again",
    "time_out_fraud": "closed the fraud case",
    "reveal_fraud": "looked at the fraud case again",
}
STATES = {
    "held": "held until {release}",
    "review": "waits for a person to decide",
    "due": "due, it is paid next",
    "pushing": "on its way",
    "pushed": "given",
    "netted": "not paid out",
    "rejected": "refused by the source",
    "void": "not given",
    "withdrawn": "not given",
    "clawed_back": "given, and taken back again",
}
# What became of an order, by its state in lists.
OUTCOMES = {
    "pending": "will count in {campaign} once it is paid",
    "qualified": "counts in {campaign}",
    "reversed": "counted in {campaign} and was taken back",
    "withdrawn": "does not count any more",
    "not_counted": "does not count",
    "undecided": "was not looked at yet",
}
# The same of one campaign; the words for where it counts may be left out.
IN_CAMPAIGN = {
    "pending": "will count{where} once it is paid",
    "qualified": "counts{where}",
    "reversed": "counted{where}, and was taken back",
    "not_counted": "does not count{where}",
}
# Which findings say least about the outcome: they are named last.
FACTS = ("evidence.", "referral", "conflict", "advocate.", "friend.")
MACHINE_WORD = re.compile(r"^[a-z]+(?:_[a-z]+)+: ")


def rule_words(rule: str) -> str:
    """What people call the rule."""
    first = rule.partition(".")[0]
    if first == "evidence":
        return evidence_words(rule.partition(".")[2])
    return RULES.get(rule) or RULES.get(first) or spoken(rule.replace(".", ", "))


def found_words(rule: str, words: str) -> str:
    """What a rule found; of one that asks something for one side's reward alone, it is said whose."""
    return f"{RULES[rule]}: {words}" if rule.endswith(".when") else words


def evidence_words(kind: str) -> str:
    """What a piece of evidence is."""
    return EVIDENCE[EvidenceKind(kind)] if kind in set(EvidenceKind) else spoken(kind)


def outcome_words(state: str, campaign: str = "") -> str:
    """What became of an order in that campaign; without a campaign where the sentence names it already."""
    return IN_CAMPAIGN[state].format(where=f" in {campaign}" if campaign else "")


def spoken(word: str) -> str:
    """A word of the hub without its underscores."""
    return word.replace("_", " ")


def kind_words(kind: str) -> str:
    """How people call a kind of reward."""
    return KINDS.get(kind, spoken(kind))


def side_words(side: str) -> str:
    """Whom a side is."""
    return SIDES.get(side, spoken(side))


def act_words(verb: str) -> str:
    """What somebody did."""
    return ACTS.get(verb, spoken(verb))


def reason_words(reason: str) -> str:
    """A stored reason without the word that programs know it by."""
    return MACHINE_WORD.sub("", reason)


def reward_words(row: RewardRow) -> str:
    """One reward and where it is, in one sentence without its end."""
    what = f"{_worth(row)} as {kind_words(row.kind)} for {side_words(row.side)}"
    told = STATES.get(row.state, spoken(row.state)).format(release=f"{row.release_at:%Y-%m-%d}")
    reason = reason_words(row.reason)
    return f"{what}: {told}, {reason}" if reason and row.state not in ("pushed", "held") else f"{what}: {told}"


def _worth(row: RewardRow) -> Money:
    return row.net if row.net else row.granted
