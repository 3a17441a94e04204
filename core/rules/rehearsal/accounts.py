"""What must be true of accounts, receipts, fields and words: by what the targets themselves hold."""

import re
from collections import defaultdict
from collections.abc import Iterator

from core.contract.money import Money
from core.rules.fraud_table import RULES, Mode
from core.rules.rehearsal.facts import Given, Owed, Performance
from core.rules.rehearsal.findings import Finding
from core.rules.rehearsal.fitting import promised
from core.rules.rehearsal.stories import REPORT, ROLES
from core.rules.terms import FraudTerms

NUMBER = re.compile(r"\d+(?:[.,' \u00a0\u202f]\d+)*")
HALF = 2
WRONG_ACCOUNT = "see in `referhub people list` whose account that is; two people must never share one"


def one_account_each(p: Performance) -> Iterator[Finding]:
    """Every reward went to its own person's account, and no account holds other people's rewards."""
    owners: dict[tuple[str, str], set[str]] = defaultdict(set)
    given = {(one.place, one.remote_id): one for one in p.given}
    for owed in p.owed:
        for receipt in owed.receipts:
            found = given.get((owed.place, receipt))
            if found is not None:
                owners[found.place, found.account].add(f"{owed.role}/{owed.who}")
    everybody = {who for people in owners.values() for who in people}
    if len(owners) == 1 and len(everybody) > 1:
        ((place, account),) = owners
        yield Finding(
            "Everybody", f"all rewards of {len(everybody)} people went to {account} at {place}", WRONG_ACCOUNT
        )
        return
    for (place, account), people in sorted(owners.items()):
        if len(people) > 1:
            names = ", ".join(sorted(who.partition("/")[2] for who in people))
            words = f"rewards of {len(people)} people ({names}) went to {account} at {place}"
            yield Finding(ROLES[min(people).partition("/")[0]].title, words, WRONG_ACCOUNT)


def a_fair_share(p: Performance) -> Iterator[Finding]:
    """Nobody can gather more than half of the money, however many strangers use one code."""
    title = ROLES["leaked-code"].title
    if "advocate" not in p.terms.rewards or "leaked-code" not in p.roles:
        return
    got = [one for one in p.owed_in("leaked-code") if one.side == "advocate" and one.net]
    friends = len(p.bought_in("leaked-code"))
    most = _most(p)
    if most is None:
        if friends and len(got) >= friends:
            words = (
                f"the owner of a leaked code is rewarded for every stranger ({len(got)} of {friends}): nothing stops it"
            )
            yield Finding(
                title, words, "write [limits] rewards_per_advocate = 10 and per_days = 30, or amount_per_advocate"
            )
        return
    budget = p.terms.budget
    if budget is not None and budget.minor < most.minor * HALF:
        words = f"one advocate alone may gather {most} of a budget of {budget}"
        yield Finding(title, words, "lower [limits] rewards_per_advocate or amount_per_advocate, or raise the budget")


def _most(p: Performance) -> Money | None:
    """What one advocate can get in one period at most; None where nothing ends it."""
    limits, currency = p.terms.limits, p.terms.currency
    base = next((one.base for one in p.bought if one.base.currency == currency), Money.zero(currency))
    one = promised(p.terms.rewards["advocate"], 1, base)
    capped = limits.rewards_per_advocate
    ends = [limits.amount_per_advocate[currency]] if currency in limits.amount_per_advocate else []
    ends += [Money(one.minor * capped, currency)] if capped is not None else []
    return min(ends, key=lambda money: money.minor, default=None)


def no_ring(p: Performance) -> Iterator[Finding]:
    """Nobody of the ring holds a reward: a rule keeps all of them for a person to look at, or blocks them."""
    paid = [one for one in p.owed_in("ring") if one.receipts and one.net]
    if paid:
        who = ", ".join(dict.fromkeys(one.who for one in paid))
        words = f"{len(paid)} rewards were paid to people who recommend each other in a circle ({who})"
        yield Finding(ROLES["ring"].title, words, _mend_ring(p.terms.fraud))


def _mend_ring(fraud: FraudTerms) -> str:
    mode = Mode(fraud.modes.get("ring", RULES["ring"].mode))
    if mode in (Mode.OFF, Mode.OBSERVE):
        return f'write [fraud] ring = "hold"; as it is ({mode}), the rule stops nobody'
    length = fraud.settings.get("ring", {}).get("length")
    people = len(ROLES["ring"].people)
    if isinstance(length, int) and length < people:
        return f"raise length in [fraud] ring to {people} or more: now only circles of up to {length} are found"
    return "see in [fraud] ring which points and days keep the rule from holding it"


def receipts(p: Performance) -> Iterator[Finding]:
    """Every reward's receipt is in the target, and the target holds nothing without one."""
    held = {(one.place, one.remote_id): one for one in p.given}
    for owed in p.owed:
        yield from _proven(owed, held)
    known = {(owed.place, receipt) for owed in p.owed for receipt in (*owed.receipts, *owed.take_backs)}
    for key, given in held.items():
        if given.amount.minor > 0 and key not in known:
            words = f"{given.who or given.account} holds {given.amount} of which the books know nothing"
            yield Finding(_title(given.role), words, REPORT)


def _proven(owed: Owed, held: dict[tuple[str, str], Given]) -> Iterator[Finding]:
    if owed.state == "pushed" and owed.granted and not owed.receipts and owed.net:
        yield Finding(_title(owed.role), f"{owed.who}'s reward is called given, and there is no receipt", REPORT)
    for receipt in owed.receipts:
        if (owed.place, receipt) not in held:
            words = f"{owed.who}'s reward has the receipt {receipt}, of which {owed.place} knows nothing"
            yield Finding(_title(owed.role), words, REPORT)


def held_back(p: Performance) -> Iterator[Finding]:
    """Nothing was given before its hold had ended."""
    if p.given_early and p.terms.hold:
        yield Finding("Everybody", f"{p.given_early} rewards were given before their hold had ended", REPORT)


def fields(p: Performance) -> Iterator[Finding]:
    """What should stand on the records stands there."""
    wrong = [one for one in p.shown if not one.is_right]
    for one in wrong[:5]:
        words = (
            f"{one.place} shows {one.found or 'nothing'} as {one.field} of {one.who}, not {one.expected or 'nothing'}"
        )
        mend = f"`referhub fields show {one.place}` says where it goes and what stands in the way"
        yield Finding(_title(one.role), words, mend)


def words(p: Performance) -> Iterator[Finding]:
    """The rules that people read promise what was paid."""
    for language, text in sorted(p.rules.items()):
        told = {re.sub(r"\D", "", number).lstrip("0") for number in NUMBER.findall(text)}
        for side, reward in p.terms.rewards.items():
            amounts = [str(money.text()) for money in reward.worth.amounts.values()]
            for spelt in amounts or [f"{reward.worth.percent or 0:f}"]:
                if not _spellings(spelt) & told:
                    yield Finding("The rules", f"the rules ({language}) do not tell the {side}'s {spelt}", REPORT)


def _spellings(amount: str) -> set[str]:
    """The digits of an amount with and without decimals that say nothing."""
    whole, _, decimals = amount.partition(".")
    short = decimals.rstrip("0")
    return {(whole + tail).lstrip("0") for tail in {decimals, short}}


def books(p: Performance) -> Iterator[Finding]:
    """Every invariant holds, and everything that was told was understood."""
    for one in p.broken:
        yield Finding("The books", one, REPORT)
    for one in p.unread:
        yield Finding("The news", one, "`referhub deliveries list` shows what could not be read")


def _title(role: str) -> str:
    return ROLES[role].title if role in ROLES else "A stranger"
