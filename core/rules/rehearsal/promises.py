"""The promises that gate publishing, in the order in which they are told, each with the question that judges it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.rules.rehearsal import accounts, stories
from core.rules.rehearsal.facts import Performance
from core.rules.rehearsal.findings import Finding


@dataclass(frozen=True, slots=True)
class Promise:
    """What must hold; it is judged only where one of `roles` was played (none: any) and could count, and there
    `is_seen` of it, which takes what `lacks` names."""

    key: str
    words: str
    judge: Callable[[Performance], Iterable[Finding]]
    roles: tuple[str, ...] = ()
    is_seen: Callable[[Performance], bool] = lambda _performance: True
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of one promise: it holds, or what broke it; None where it was not tried, and `why_not`."""

    key: str
    words: str
    holds: bool | None
    findings: tuple[Finding, ...] = ()
    why_not: str = ""


PROMISES: tuple[Promise, ...] = (
    Promise("one_account", "no account gathers the rewards of others", accounts.one_account_each),
    Promise("share", "no account gathers more than its share", accounts.a_fair_share, ("leaked-code",)),
    Promise("self", "nobody refers himself", stories.nobody_refers_himself, ("self-referrer",)),
    Promise("ring", "people who recommend each other in a circle earn nothing", accounts.no_ring, ("ring",)),
    Promise("honest", "honest friends and their advocates get what was promised", stories.honest_friends),
    Promise("steps", "tiers and milestones come when they are promised", stories.steps, ("loyal-advocate",)),
    Promise("refund", "a refund takes the reward back", stories.refunds, stories.REFUNDS),
    Promise("once", "late, repeated and lost news count once, and are paid once", stories.counted_once, stories.ONCE),
    Promise("one_advocate", "a friend is brought by one advocate", stories.one_advocate, ("two-advocates",)),
    Promise("undeserved", "who does not qualify earns nothing", stories.the_undeserving, stories.UNDESERVED),
    Promise("conditions", "what the conditions leave out earns nothing", stories.left_out, ("left-out",)),
    Promise("budget", "the budget stops where it says", stories.the_budget, ("at-the-budget",)),
    Promise("cap", "the cap per advocate stops where it says", stories.the_cap, ("at-the-cap",)),
    Promise("held", "nothing is given before its hold has ended", accounts.held_back),
    Promise("receipts", "every reward's receipt is in the target, and nothing else is", accounts.receipts),
    Promise(
        "fields",
        "the fields land on the records",
        accounts.fields,
        is_seen=lambda played: bool(played.shown),
        lacks="a CRM in which the fields of the referral are shown",
    ),
    Promise("rules", "the rules that people read promise what is paid", accounts.words),
    Promise("books", "every promise about money holds in the books", accounts.books),
)


def judge_performance(performance: Performance) -> list[Kept]:
    """Every promise, in the order in which a merchant reads them."""
    return [_judged(promise, performance) for promise in PROMISES]


def _judged(promise: Promise, performance: Performance) -> Kept:
    is_played = not promise.roles or (not performance.untried and bool(set(promise.roles) & set(performance.roles)))
    if not is_played or not promise.is_seen(performance):
        return Kept(promise.key, promise.words, None, why_not=_why_not(promise, performance))
    findings = tuple(promise.judge(performance))
    return Kept(promise.key, promise.words, not findings, findings)


def _why_not(promise: Promise, performance: Performance) -> str:
    if performance.untried:
        return f"no stand-in can make up {' and '.join(performance.untried)}, so nothing counted"
    lacking = [performance.lacking[role] for role in promise.roles if role in performance.lacking]
    missed = list(dict.fromkeys([*lacking, promise.lacks]))
    return f"it takes {' or '.join(filter(None, missed))}" if any(missed) else ""
