"""A faultless performance, written down by hand, for planting mistakes into."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from core.contract.money import Money
from core.rules.rehearsal import CAST, Bought, Given, Owed, Performance, Role, Shown
from core.rules.rehearsal.copies import CAP
from core.rules.rehearsal.facts import Limit
from core.rules.rehearsal.role import Buys, Expects, SendsBack
from core.rules.terms import Terms, parse_terms

TEN, BASE = Money(10_00, "EUR"), Money(200_00, "EUR")
NOTHING = Money.zero("EUR")
BODY: dict[str, Any] = {
    "campaign": {"slug": "friends", "name": "Friends"},
    "counts": {"currency": "EUR", "minimum": "20.00", "kinds": ["order", "deal"]},
    "advocate": {"kind": "store_credit", "amount": "10.00"},
    "friend": {"kind": "gift_card", "percent": "5"},
    "hold": {"days": 14},
    "limits": {"budget": "1000.00", "rewards_per_advocate": 20},
}
RULES = {"en": "You get €10.00, your friend 5% of the order.", "de": "10,00 € für Sie, 5 % für die Freundin."}
PAIRS_IN_THE_BUDGET = 1


def terms(**changes: Any) -> Terms:
    """The terms with whole tables changed."""
    return parse_terms({**BODY, **changes})


def faultless(**changes: Any) -> Performance:
    """Every role came to what it should."""
    promised = terms(**changes)
    owed = tuple(one for role in CAST for one in _owed(role))
    return Performance(
        terms=promised,
        roles=tuple(role.key for role in CAST),
        bought=tuple(one for role in CAST for one in _bought(role)),
        owed=owed,
        given=tuple(_given(owed)),
        shown=(Shown("hubspot", "honest-friend", "Ann", "code", "ANN-1", "ANN-1"),),
        limits={
            "at-the-budget": Limit(Money(25_00, "EUR"), 20),
            "at-the-cap": Limit(Money(1000_00, "EUR"), CAP),
        },
        rules=RULES,
    )


def _bought(role: Role) -> Iterator[Bought]:
    pairs = [step for step in role.steps if isinstance(step, Buys)]
    for number, step in enumerate(pairs):
        does = _counts(role, number)
        yield Bought(role.key, step.who, f"#{number}", "shop", BASE, int(does), () if does else ("it does not count",))


def _counts(role: Role, number: int) -> bool:
    if role.expects in (Expects.NOTHING, Expects.FIRST_ONLY):
        return False
    return number == 0 or role.key == "loyal-advocate" or role.expects in (Expects.STOPPED, Expects.WATCHED)


def _owed(role: Role) -> Iterator[Owed]:
    pairs = [step for step in role.steps if isinstance(step, Buys)]
    for number, step in enumerate(pairs):
        if not _counts(role, number) or not step.code_of:
            continue
        for side, who in (("advocate", step.code_of), ("friend", step.who)):
            if not _is_stopped(role, side, number):
                yield _one(role, side, who, number)


def _is_stopped(role: Role, side: str, number: int) -> bool:
    if role.key == "at-the-budget":
        return number >= PAIRS_IN_THE_BUDGET
    return role.key == "at-the-cap" and side == "advocate" and number >= CAP


def _one(role: Role, side: str, who: str, number: int) -> Owed:
    kind = {"advocate": "store_credit", "friend": "gift_card"}[side]
    receipt = f"{role.key}/{side}/{who}/{number}"
    made = Owed(role.key, side, who, f"#{number}", kind, TEN, TEN, "pushed", "shop", who, "", (receipt,))
    if role.key == "ring":
        return replace(made, state="review", receipts=())
    back = [step.pieces for step in role.steps if isinstance(step, SendsBack)]
    if back:
        kept = TEN.share(2 - back[0], 2)
        return replace(made, net=kept, state="pushed" if kept else "clawed_back", take_backs=(f"{receipt}/back",))
    return made


def _given(owed: Sequence[Owed]) -> Iterator[Given]:
    for one in (one for one in owed if one.receipts):
        account = f"{one.role}/{one.who}"
        yield Given(one.place, account, one.who, one.role, one.kind, one.granted, one.receipts[0])
        if one.net != one.granted:
            back = one.net - one.granted
            yield Given(one.place, account, one.who, one.role, one.kind, back, one.take_backs[0])
