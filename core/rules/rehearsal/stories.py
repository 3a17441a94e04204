"""What must have come of each story: of honest friends, of what was sent back, of those who deserve nothing."""

from collections.abc import Iterator, Sequence

from core.contract.money import Money
from core.rules.rehearsal.cast import CAST, FRIENDS_AT_THE_LIMIT
from core.rules.rehearsal.facts import Bought, Owed, Performance
from core.rules.rehearsal.findings import Finding
from core.rules.rehearsal.fitting import promised, worth_of
from core.rules.rehearsal.role import Expects, Role
from core.rules.terms import Touch

ROLES = {role.key: role for role in CAST}
LOYAL = ROLES["loyal-advocate"]
ONCE = ("late-news", "repeated-news", "lost-answer", "deal-and-order")
REFUNDS = ("sent-back", "half-sent-back", "sent-back-late", "half-sent-back-late")
UNDESERVED = ("unpaid", "too-small", "known-customer", "unqualified")


def honest_friends(p: Performance) -> Iterator[Finding]:
    """Both sides hold exactly what the terms promise."""
    if not any(_played(p, Expects.PAID)):
        yield Finding(ROLES["honest-friend"].title, "nothing that a connected source tells counts", NOTHING_COUNTS)
    for role in _played(p, Expects.PAID):
        if role.key not in (*ONCE, LOYAL.key):
            yield from _rewarded(p, role, p.bought_in(role.key))


def counted_once(p: Performance) -> Iterator[Finding]:
    """Late, repeated and lost news change nothing, nor does a second telling of one purchase."""
    for role in _played(p, Expects.PAID):
        if role.key in ONCE:
            counted = sum(one.conversions for one in p.bought_in(role.key))
            if counted > 1:
                mend = "[counts] same_purchase_days = 3 takes an order and a deal of one purchase for one"
                yield Finding(role.title, f"one purchase counted {counted} times", mend)
            yield from _rewarded(p, role, p.bought_in(role.key))


def refunds(p: Performance) -> Iterator[Finding]:
    """Of what was sent back nobody keeps a reward."""
    for role in _played(p, Expects.TAKEN_BACK):
        yield from _keeps(p, role, 0)
    for role in _played(p, Expects.HALF):
        yield from _keeps(p, role, 1)


def nobody_refers_himself(p: Performance) -> Iterator[Finding]:
    """The self-referrer has nothing."""
    yield from _nothing(p, "self-referrer", "leave [fraud] self_referral as it is: it blocks by itself")


def the_undeserving(p: Performance) -> Iterator[Finding]:
    """Who did not pay, bought too little or is no new customer earns nothing."""
    yield from _nothing(p, "unpaid", REPORT)
    yield from _nothing(p, "unqualified", REPORT)
    yield from _nothing(p, "too-small", "raise [counts] minimum")
    if p.terms.is_first_order_only:
        yield from _nothing(p, "known-customer", "keep [counts] first_order_only = true")


def left_out(p: Performance) -> Iterator[Finding]:
    """What does not fulfil the conditions earns nothing."""
    yield from _nothing(p, "left-out", REPORT)


def one_advocate(p: Performance) -> Iterator[Finding]:
    """A friend is brought by one advocate at a time."""
    for role in _played(p, Expects.ONE_ADVOCATE):
        rewarded = [one for one in p.owed_in(role.key) if one.side == "advocate" and one.net]
        for order in {one.order for one in rewarded}:
            who = sorted({one.who for one in rewarded if one.order == order})
            if len(who) > 1:
                yield Finding(role.title, f"{' and '.join(who)} were both rewarded for one order", REPORT)
        may_change = p.terms.touch is Touch.LAST and not p.terms.is_first_order_only
        if not may_change and any(one.who == role.advocates[1] for one in rewarded):
            mend = '[attribution] touch = "first" keeps a friend with who came first'
            yield Finding(role.title, f"{role.advocates[1]} was rewarded for a friend whom somebody else brought", mend)


def steps(p: Performance) -> Iterator[Finding]:
    """Tiers and milestones come with the friend for whom they are promised."""
    reward, bought = p.terms.rewards.get("advocate"), p.bought_in(LOYAL.key)
    if reward is None or LOYAL.key not in p.roles or not bought:
        return
    base, numbers = bought[0].base, range(1, len(bought) + 1)
    worth = [promised(reward, number, base) for number in numbers]
    extra = [worth_of(one.worth, base) for one in reward.milestones if one.at in numbers]
    for side, expected in (("advocate", worth), ("milestone", extra)):
        owed = [one.net for one in p.owed_in(LOYAL.key) if one.side == side and one.net]
        if _amounts(owed) != _amounts(expected):
            words = f"for {len(bought)} friends the {side} is owed {_amounts(owed)}, not {_amounts(expected)}"
            yield Finding(LOYAL.title, words, LIMITS)


def _amounts(told: Sequence[Money]) -> str:
    return " + ".join(str(one) for one in sorted(told, key=lambda money: money.minor)) or "nothing"


def the_budget(p: Performance) -> Iterator[Finding]:
    """Promises end with the budget, and not before."""
    key, limit = "at-the-budget", p.limits.get("at-the-budget")
    if key not in p.roles or limit is None or limit.budget is None:
        return
    total = _sum((one.net for one in p.owed_in(key)), limit.budget.currency)
    if limit.budget < total:
        yield Finding(ROLES[key].title, f"{total} was promised of a budget of {limit.budget}", REPORT)
    base = next((one.base for one in p.bought_in(key)), limit.budget)
    smallest = min((promised(reward, 1, base) for reward in p.terms.rewards.values()), key=lambda one: one.minor)
    standing = [one for one in p.owed_in(key) if one.net]
    is_early = smallest <= limit.budget - total and len(standing) < len(p.terms.rewards) * FRIENDS_AT_THE_LIMIT
    pauses = p.terms.limits.pause_at_budget or p.terms.limits.pause_when_burning is not None
    if total <= limit.budget and is_early and not pauses:
        yield Finding(ROLES[key].title, f"promises stopped at {total}, before the budget of {limit.budget}", LIMITS)


def the_cap(p: Performance) -> Iterator[Finding]:
    """An advocate's rewards end at the cap, and not before."""
    key, limit = "at-the-cap", p.limits.get("at-the-cap")
    if key not in p.roles or limit is None or limit.rewards_per_advocate is None or "advocate" not in p.terms.rewards:
        return
    count = len([one for one in p.owed_in(key) if one.side == "advocate" and one.net])
    expected = min(limit.rewards_per_advocate, FRIENDS_AT_THE_LIMIT)
    if count != expected:
        words = f"an advocate with a cap of {limit.rewards_per_advocate} got {count} rewards for {FRIENDS_AT_THE_LIMIT}"
        yield Finding(ROLES[key].title, f"{words} friends, not {expected}", REPORT if count > expected else LIMITS)


NOTHING_COUNTS = (
    '[counts] kinds = ["order"] and a connected shop, or "deal" and a connected CRM; leads and contacts count only '
    "where the settings of their connection tell of them"
)
REPORT = "this is a fault of the hub, not of the terms: please report it"
LIMITS = "see in the report why the later ones were refused; another limit in [limits] may be smaller"


def _played(p: Performance, expects: Expects) -> Iterator[Role]:
    yield from (role for role in CAST if role.expects is expects and role.key in p.roles)


def _nothing(p: Performance, key: str, mend: str) -> Iterator[Finding]:
    if key not in p.roles:
        return
    for one in p.owed_in(key):
        if one.net:
            yield Finding(ROLES[key].title, f"{one.who} is owed {one.net} as {one.side}", mend)
    for held in p.held_by(key):
        if held.amount.minor > 0:
            yield Finding(ROLES[key].title, f"{held.who or held.account} was given {held.amount}", mend)


def _rewarded(p: Performance, role: Role, bought: Sequence[Bought]) -> Iterator[Finding]:
    """Each side got what was promised, once; in the books, and in the target."""
    for side, reward in p.terms.rewards.items():
        owed = [one for one in p.owed_in(role.key) if one.side == side]
        expected = promised(reward, 1, bought[0].base)
        if not owed and expected:  # a share of what has no price is nothing
            yield _nothing_came(p, role, f"the {side} gets nothing", bought)
        for one in owed:
            yield from _as_promised(p, role, one, expected)


def _nothing_came(p: Performance, role: Role, words: str, bought: Sequence[Bought]) -> Finding:
    if p.untried:
        return Finding(role.title, f"it could not be tried: no stand-in can make up {' and '.join(p.untried)}", UNTRIED)
    return Finding(role.title, f"{words}: {_why(bought)}", _mend_nothing(bought))


def _as_promised(p: Performance, role: Role, one: Owed, expected: Money) -> Iterator[Finding]:
    if one.granted != expected:
        yield Finding(role.title, f"the {one.side} was promised {expected} and is owed {one.granted}", LIMITS)
    owed = _sum((each.net for each in p.owed_in(role.key) if each.who == one.who), expected.currency)
    held = _sum((given.amount for given in p.held_by(role.key, one.who)), expected.currency)
    if one.state not in ("pushed", "netted"):
        yield Finding(role.title, f"the {one.side}'s reward is {one.state}: {one.reason or 'nobody says why'}", STUCK)
    elif held != owed:
        yield Finding(role.title, f"{one.who} is owed {owed} and holds {held}", REPORT)


UNTRIED = (
    'whoever is sure of it publishes with --unrehearsed "why"; what a shop tells of its orders can be tried before, '
    "with invited people: `referhub rehearsals invite`"
)
STUCK = "`referhub rehearsals show` tells its story; what holds it back would hold it back live, too"


def _keeps(p: Performance, role: Role, pieces: int) -> Iterator[Finding]:
    """Nobody holds more than the share of what was kept (of two pieces), but for what is booked as owed back."""
    bought = p.bought_in(role.key)
    if not p.owed_in(role.key):
        yield _nothing_came(p, role, "nothing could be taken back, for nothing counted", bought)
    for who in sorted({one.who for one in p.owed_in(role.key)}):
        owed = [one for one in p.owed_in(role.key) if one.who == who]
        currency, cents = owed[0].granted.currency, len(owed)  # each may be rounded once
        most = _sum((_left(one, pieces) for one in owed), currency)
        held = _sum((given.amount for given in p.held_by(role.key, who)), currency)
        back = _sum((one.receivable or Money.zero(currency) for one in owed), currency)
        net = _sum((one.net for one in owed), currency)
        if net.minor > most.minor + cents:
            yield Finding(role.title, f"{who} is still owed {net}, and should be owed {most} at most", REPORT)
        elif (held - back).minor > most.minor + cents:
            yield Finding(role.title, f"{who} keeps {held}, and should keep {most} at most", REPORT)


def _left(one: Owed, pieces: int) -> Money:
    """What may stay of a reward for an order of which so many of two pieces were kept; a milestone stays or goes."""
    if one.side == "milestone":
        return one.granted if pieces else Money.zero(one.granted.currency)
    return one.granted.share(pieces, 2)


def _why(bought: Sequence[Bought]) -> str:
    told = [reason for one in bought for reason in one.reasons]
    return "; ".join(told[:3]) or "the hub never decided about the order"


def _mend_nothing(bought: Sequence[Bought]) -> str:
    if not any(one.reasons for one in bought):
        return "look whether the source's news arrive: `referhub connections list`"
    return "change what stands in the way in [counts], [limits] or when, or the order that the cast plays cannot fit it"


def _sum(amounts: Iterator[Money], currency: str) -> Money:
    return sum(amounts, Money.zero(currency))
