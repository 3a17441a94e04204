"""Terms as somebody might write them: whole documents that are right, and ones with something changed in them."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from core.contract.events import EvidenceKind, OrderKind
from core.rules.fraud_table import GENERAL, RULES, allowed_modes
from core.rules.terms import BadTerms, parse_terms

WORDS = st.text("abcdefghijklmnop ", min_size=1, max_size=12)
DAY = st.dates().map(lambda day: f"20{day:%y-%m-%d}").filter(lambda day: not day.endswith("02-29"))
FIELDS = ("order.country", "order.total", "customer.tags", "deal.stage", "line.sku")
LINE_FIELDS = ("line.vendor", "line.quantity")
NUMBER = st.one_of(st.integers(-50, 50), st.sampled_from(["0.5", "49.90"]))


def tests_of(fields: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """One comparison of one of these fields."""
    compared = st.one_of(
        st.fixed_dictionaries({"is": st.one_of(WORDS, st.integers(-9, 9), st.booleans())}),
        st.fixed_dictionaries({"is_not": WORDS}),
        st.fixed_dictionaries({"is_one_of": st.lists(st.one_of(WORDS, st.integers(-9, 9)), min_size=1, max_size=3)}),
        st.fixed_dictionaries({"is_none_of": st.lists(WORDS, min_size=1, max_size=3)}),
        *(st.fixed_dictionaries({op: NUMBER}) for op in ("at_least", "at_most", "more_than", "less_than")),
        *(st.fixed_dictionaries({op: WORDS}) for op in ("contains", "starts_with", "ends_with")),
        *(st.fixed_dictionaries({op: DAY}) for op in ("since", "before")),
        st.fixed_dictionaries({"is_known": st.booleans()}),
    )
    return st.builds(lambda name, one: {"field": name, **one}, st.sampled_from(fields), compared)


def composed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Several conditions in one."""
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(*(st.fixed_dictionaries({word: several}) for word in ("all", "any", "none")))


LINES = st.recursive(tests_of(LINE_FIELDS), composed, max_leaves=3)
OF_LINES = st.one_of(*(st.fixed_dictionaries({word: LINES}) for word in ("some_line", "every_line")))
CONDITIONS = st.recursive(st.one_of(tests_of(FIELDS), OF_LINES), composed, max_leaves=4)


def amounts(currencies: list[str], least: int = 1) -> st.SearchStrategy[Any]:
    """An amount in each of these currencies."""
    one = st.integers(least, 99).map(lambda whole: f"{whole}.50")
    each = st.fixed_dictionaries(dict.fromkeys(currencies, one))
    return each if len(currencies) > 1 else st.one_of(one, each)


@st.composite
def worths(draw: st.DrawFn, currencies: list[str]) -> dict[str, Any]:
    """A fixed amount, or a percentage with or without a bound."""
    if draw(st.booleans()):
        return {"amount": draw(amounts(currencies))}
    bound = draw(st.fixed_dictionaries({}, optional={"at_most": amounts(currencies)}))
    return {"percent": draw(st.sampled_from(["10", "0.01", "12.5", "100"])), **bound}


@st.composite
def rewards(draw: st.DrawFn, currencies: list[str], *, is_advocate: bool) -> dict[str, Any]:
    """What one side gets."""
    made = {"kind": draw(st.sampled_from(["store_credit", "gift_card"])), **draw(worths(currencies))}
    made |= draw(st.fixed_dictionaries({}, optional={"expires_days": st.integers(1, 3650), "when": CONDITIONS}))
    if "percent" in made and draw(st.booleans()):
        made["of_lines"] = draw(LINES)
    numbers = sorted(draw(st.sets(st.integers(2, 40), max_size=2)))
    if numbers:
        made["tiers"] = [{"from": number, **draw(worths(currencies))} for number in numbers]
    marks = sorted(draw(st.sets(st.integers(1, 40), max_size=2))) if is_advocate else []
    if marks:
        made["milestones"] = [{"at": mark, "amount": draw(amounts(currencies))} for mark in marks]
    return made


@st.composite
def frauds(draw: st.DrawFn) -> dict[str, Any]:
    """What some fraud rules do."""
    names = draw(st.sets(st.sampled_from(sorted(RULES)), max_size=3))
    made: dict[str, Any] = {name: draw(_rule(name)) for name in sorted(names)}
    return made | draw(st.fixed_dictionaries({}, optional={"since_day_one": st.booleans()} | _thresholds(GENERAL)))


def _rule(name: str) -> st.SearchStrategy[Any]:
    modes = st.sampled_from([str(mode) for mode in allowed_modes(name)])
    rule = RULES[name]
    lists = {inner: st.lists(WORDS, max_size=2, unique=True) for inner in rule.lists}
    keys = {"mode": modes, "points": st.integers(0, 1000), "since_day_one": st.booleans()}
    return st.one_of(modes, st.fixed_dictionaries({}, optional=keys | _thresholds(rule.thresholds) | lists))


def _thresholds(table: Any) -> dict[str, Any]:
    return {name: st.integers(one.least, one.most) for name, one in table.items()}


def some(words: Any, least: int = 1) -> st.SearchStrategy[list[str]]:
    """Some of these words, each once."""
    return st.lists(st.sampled_from([str(word) for word in words]), min_size=least, unique=True)


CURRENCIES = st.lists(st.sampled_from(["EUR", "USD", "GBP"]), min_size=1, max_size=2, unique=True)


@st.composite
def documents(draw: st.DrawFn, currencies: list[str] | None = None) -> dict[str, Any]:
    """A whole document that is right, in these currencies."""
    currencies = currencies or draw(CURRENCIES)
    alone = {"currency": currencies[0]} if len(currencies) == 1 and draw(st.booleans()) else {"currencies": currencies}
    counts = {
        "minimum": amounts(currencies, 0),
        "same_purchase_days": st.integers(0, 365),
        "kinds": some(OrderKind),
        "when": CONDITIONS,
        "first_order_only": st.booleans(),
    }
    limits = {
        "rewards_per_advocate": st.integers(1, 100),
        "per_days": st.integers(1, 3650),
        "amount_days": st.integers(1, 3650),
        "rewards_per_friend": st.integers(1, 9),
        "most_of_order": st.sampled_from(["50", "99.99"]),
    }
    body: dict[str, Any] = {
        "campaign": {"slug": "tea", "name": draw(WORDS.filter(str.strip)), **draw(_schedule())},
        "counts": alone | draw(st.fixed_dictionaries({}, optional=counts)),
        "attribution": draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "touch": st.sampled_from(["first", "last"]),
                    "window_days": st.integers(1, 3650),
                    "precedence": some(EvidenceKind),
                },
            )
        ),
        "hold": draw(st.fixed_dictionaries({}, optional={"days": st.integers(0, 365)})),
        "limits": draw(st.fixed_dictionaries({}, optional=limits)),
        "fraud": draw(frauds()),
    }
    for side in draw(some(("advocate", "friend"))):
        body[side] = draw(rewards(currencies, is_advocate=side == "advocate"))
    if draw(st.booleans()):
        enough = "9999.00"
        body["limits"]["budget"] = dict.fromkeys(currencies, enough)
        body["limits"] |= draw(st.sampled_from([{}, {"pause_at_budget": True}, {"pause_when_burning": "20"}]))
    return body


def _schedule() -> st.SearchStrategy[dict[str, Any]]:
    days = st.lists(DAY, min_size=2, max_size=2, unique=True).map(sorted)
    both = days.map(lambda pair: {"starts_at": pair[0], "ends_at": pair[1]})
    return st.one_of(st.just({}), both, DAY.map(lambda day: {"starts_at": day}))


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10_000),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "10", "-1", "EUR", "€", "2026-13-01", "order.country", "\n", "x" * 300]),
    st.lists(st.sampled_from(["code", "order", 1, {}]), max_size=3),
    st.dictionaries(
        st.sampled_from(["field", "is", "all", "amount", "mode", "zzz"]), st.sampled_from([1, "1", []]), max_size=2
    ),
)


@st.composite
def changed(draw: st.DrawFn) -> dict[str, Any]:
    """A right document in which one place was changed, added or taken away."""
    body = deepcopy(draw(documents()))
    holder, key = draw(st.sampled_from(list(_places(body))))
    what = draw(st.sampled_from(["change", "take away", "add"]))
    if what == "change":
        holder[key] = draw(ODD)
    elif what == "take away":
        del holder[key]
    elif isinstance(holder, dict):
        holder[draw(st.sampled_from(["amount", "percent", "zzz", "field", "is", "any"]))] = draw(ODD)
    return body


@st.composite
def neighbours(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """A right document, and the same with one key as another right document has it."""
    currencies = draw(CURRENCIES)
    one, other = draw(documents(currencies)), draw(documents(currencies))
    places = [(section, key) for section in sorted(other) for key in sorted(other[section])]
    section, key = draw(st.sampled_from(places))
    changed = deepcopy(one)
    changed.setdefault(section, dict(other[section]))[key] = other[section][key]
    return one, changed


def _places(holder: Any) -> Iterator[tuple[Any, Any]]:
    for key, inner in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
        yield holder, key
        if isinstance(inner, (dict, list)):
            yield from _places(inner)


def is_read(body: dict[str, Any]) -> bool:
    """Whether the reader takes it."""
    try:
        parse_terms(body)
    except BadTerms:
        return False
    return True
