"""Each planted mistake of a campaign, a setting or the code is caught, and by the promise that it breaks."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.contract.money import Money
from core.rules.rehearsal import PROMISES, Given, Kept, Owed, Performance, judge_performance
from core.rules.rehearsal.facts import Limit
from tests.core.rules.rehearsal.faultless import BODY, TEN, faultless, terms

Plant = Callable[[Performance], Performance]
TWENTY = Money(20_00, "EUR")
LIMITS = BODY["limits"]


def _owed(p: Performance, role: str, side: str, **changed: object) -> Performance:
    """The rewards of that side in that role are otherwise."""
    told = [replace(one, **changed) if (one.role, one.side) == (role, side) else one for one in p.owed]  # type: ignore[arg-type]
    return replace(p, owed=tuple(told))


def _given(p: Performance, role: str, **changed: object) -> Performance:
    return replace(p, given=tuple(replace(one, **changed) if one.role == role else one for one in p.given))  # type: ignore[arg-type]


def _more(p: Performance, role: str, who: str, side: str = "advocate") -> Performance:
    """Somebody of that role is rewarded who should not be."""
    owed = Owed(role, side, who, "#9", "store_credit", TEN, TEN, "pushed", "shop", who, "", ("extra",))
    given = Given("shop", f"{role}/{who}", who, role, "store_credit", TEN, "extra")
    return replace(p, owed=(*p.owed, owed), given=(*p.given, given))


def _counted_twice(p: Performance) -> Performance:
    """The order and its deal both count, as with same_purchase_days = 0."""
    told = [replace(one, conversions=1) if one.role == "deal-and-order" else one for one in p.bought]
    return replace(p, bought=tuple(told))


def _nothing_counts(p: Performance) -> Performance:
    """A condition that no order fulfils."""
    why = ("the order's country is DE, which is not CH",)
    return replace(p, bought=tuple(replace(one, conversions=0, reasons=why) for one in p.bought), owed=(), given=())


def _one_side_gets_nothing(p: Performance) -> Performance:
    owed = tuple(one for one in p.owed if one.side != "friend")
    return replace(p, owed=owed, given=tuple(one for one in p.given if one.kind != "gift_card"))


def _ring_paid(p: Performance, fraud: dict[str, object] | None = None) -> Performance:
    """Everybody of the ring is paid, as where the rule is switched off."""
    owed = tuple(
        replace(one, state="pushed", receipts=(one.who + one.side,)) if one.role == "ring" else one for one in p.owed
    )
    return replace(p, owed=owed, terms=terms(**({"fraud": fraud} if fraud else {})))


def _without_taking_back(p: Performance, role: str) -> Performance:
    given = tuple(one for one in p.given if one.role != role or one.amount.minor > 0)
    return replace(p, given=given)


def _shown(p: Performance) -> Performance:
    return replace(p, shown=tuple(replace(one, found="") for one in p.shown))


ADVOCATE, TIERS, MILESTONES = BODY["advocate"], [{"from": 3, "amount": "15.00"}], [{"at": 2, "amount": "50.00"}]
MISTAKES: dict[str, tuple[str, Performance]] = {
    "all rewards go to one account": ("one_account", replace(faultless(), given=tuple(
        replace(one, account="gid://shopify/Customer/1", who="Ann") for one in faultless().given
    ))),
    "friend and advocate share an account": ("one_account", _given(faultless(), "honest-friend", account="the same")),
    "nothing ends what one advocate earns": ("share", faultless(limits={"budget": "1000.00"})),
    "one advocate may take most of the budget": ("share", faultless(limits={**LIMITS, "rewards_per_advocate": 90})),
    "somebody refers himself": ("self", _more(faultless(), "self-referrer", "Sam")),
    "the friend of a self-referral is rewarded": ("self", _more(faultless(), "self-referrer", "Sam again", "friend")),
    "a ring is paid": ("ring", _ring_paid(faultless())),
    "what the conditions leave out earns": ("conditions", _more(faultless(), "left-out", "Ann")),
    "a lead that is never qualified earns": ("undeserved", _more(faultless(), "unqualified", "Ann")),
    "a qualified lead pays nobody": ("honest", replace(faultless(), owed=tuple(
        one for one in faultless().owed if one.role != "a-lead"
    ))),
    "a condition that nobody can make up": ("honest", replace(
        _nothing_counts(faultless()), untried=("customer.tags",)
    )),
    "a condition that no order fulfils": ("honest", _nothing_counts(faultless())),
    "a condition that no friend fulfils": ("honest", _one_side_gets_nothing(faultless())),
    "an amount other than promised": ("honest", _owed(faultless(), "honest-friend", "advocate", granted=TWENTY)),
    "a reward that a rule holds for ever": ("honest", _owed(faultless(), "honest-friend", "friend", state="review")),
    "a deal that pays nobody": ("honest", replace(faultless(), owed=tuple(
        one for one in faultless().owed if one.role != "a-deal"
    ))),
    "a refund before the payout is not heard": ("refund", _owed(faultless(), "sent-back", "advocate", net=TEN)),
    "half a refund counts for nothing": ("refund", _owed(faultless(), "half-sent-back", "friend", net=TEN)),
    "what was paid is not taken back": ("refund", _without_taking_back(faultless(), "sent-back-late")),
    "an order and its deal count twice": ("once", _counted_twice(faultless())),
    "a repeated webhook pays twice": ("once", replace(faultless(), given=(
        *faultless().given, Given("shop", "repeated-news/Ann", "Ann", "repeated-news", "store_credit", TEN, "twice")
    ))),
    "a lost answer pays twice": ("once", replace(faultless(), given=(
        *faultless().given, Given("shop", "lost-answer/Ann", "Ann", "lost-answer", "store_credit", TEN, "again")
    ))),
    "a friend is brought by two": ("one_advocate", _more(faultless(), "two-advocates", "Amir")),
    "an unpaid order earns": ("undeserved", _more(faultless(), "unpaid", "Ann")),
    "an order below the minimum earns": ("undeserved", _more(faultless(), "too-small", "Ann")),
    "a known customer earns": ("undeserved", _more(faultless(), "known-customer", "Ann")),
    "a tier that never comes": ("steps", faultless(advocate={**ADVOCATE, "tiers": TIERS})),
    "a milestone that never comes": ("steps", faultless(advocate={**ADVOCATE, "milestones": MILESTONES})),
    "the budget does not stop": ("budget", _more(faultless(), "at-the-budget", "Advocate 2")),
    "the budget stops too early": ("budget", replace(faultless(), owed=tuple(
        one for one in faultless().owed if (one.role, one.order) != ("at-the-budget", "#0")
    ))),
    "the cap does not stop": ("cap", _more(faultless(), "at-the-cap", "Ann")),
    "the cap stops too early": ("cap", replace(faultless(), limits={
        **faultless().limits, "at-the-cap": Limit(TEN, 3)
    })),
    "a reward leaves before its hold has ended": ("held", replace(faultless(), given_early=1)),
    "a receipt of which the shop knows nothing": ("receipts", replace(faultless(), given=faultless().given[1:])),
    "a reward called given without a receipt": ("receipts", _owed(faultless(), "honest-friend", "friend", receipts=())),
    "a credit of which the books know nothing": ("receipts", replace(faultless(), given=(
        *faultless().given, Given("shop", "a stranger", "", "", "store_credit", TEN, "nobody's")
    ))),
    "a field that cannot be written": ("fields", _shown(faultless())),
    "rules that promise something else": ("rules", replace(faultless(), rules={"en": "You get €15.00 or 5%."})),
    "books that do not add up": ("books", replace(faultless(), broken=("the ledger sums to zero: it does not",))),
    "a delivery that nobody understands": ("books", replace(faultless(), unread=("a delivery of orders/paid",))),
}  # fmt: skip


def _broken(performance: Performance) -> dict[str, Kept]:
    return {kept.key: kept for kept in judge_performance(performance) if kept.holds is False}


def test_a_faultless_play_passes() -> None:
    assert _broken(faultless()) == {}


def test_at_least_fifteen_mistakes_are_planted_and_every_promise_catches_one() -> None:
    assert len(MISTAKES) >= 15
    assert {key for key, _ in MISTAKES.values()} == {promise.key for promise in PROMISES}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_caught_by_its_promise(mistake: str) -> None:
    key, performance = MISTAKES[mistake]
    broken = _broken(performance)
    assert key in broken
    assert all(one.words and one.mend and one.who for one in broken[key].findings)


def test_all_rewards_in_one_account_is_told_first() -> None:
    first = next(iter(_broken(MISTAKES["all rewards go to one account"][1]).values()))
    assert first.key == "one_account" == PROMISES[0].key
    assert first.findings[0].words.startswith("all rewards of ")


def test_a_story_that_was_not_played_shows_nothing() -> None:
    played = faultless()
    without = replace(played, roles=tuple(role for role in played.roles if role != "at-the-budget"))
    assert {kept.key: kept.holds for kept in judge_performance(without)}["budget"] is None


def test_fields_that_nobody_shows_are_not_promised() -> None:
    """Without a CRM there is nothing to see, which stands in nobody's way."""
    assert {kept.key: kept.holds for kept in judge_performance(replace(faultless(), shown=()))}["fields"] is None


def test_what_is_owed_back_is_not_kept() -> None:
    """A gift card of which half cannot be taken: the rest is booked as owed back."""
    played = _without_taking_back(faultless(), "half-sent-back-late")
    assert "refund" in _broken(played)
    booked = replace(
        played,
        owed=tuple(
            replace(one, receivable=one.granted - one.net) if one.role == "half-sent-back-late" else one
            for one in played.owed
        ),
    )
    assert _broken(booked) == {}


def test_a_last_touch_may_change_the_advocate_where_later_orders_count() -> None:
    changed = {"attribution": {"touch": "last"}, "counts": {**BODY["counts"], "first_order_only": False}}
    assert "one_advocate" not in _broken(_more(faultless(**changed), "two-advocates", "Amir"))
    assert "one_advocate" in _broken(_more(faultless(), "two-advocates", "Amir"))


def test_a_known_customer_earns_where_every_order_counts() -> None:
    every = {"counts": {**BODY["counts"], "first_order_only": False}}
    assert "undeserved" not in _broken(_more(faultless(**every), "known-customer", "Ann"))


@pytest.mark.parametrize(
    ("fraud", "mend"),
    [
        ({"ring": "off"}, 'write [fraud] ring = "hold"; as it is (off)'),
        ({"ring": "observe"}, 'write [fraud] ring = "hold"; as it is (observe)'),
        ({"ring": {"mode": "hold", "length": 2}}, "raise length in [fraud] ring to 3 or more"),
        ({"ring": {"mode": "hold", "points": 1}}, "see in [fraud] ring which points"),
    ],
)
def test_a_ring_that_is_paid_is_told_with_what_to_change(fraud: dict[str, object], mend: str) -> None:
    (found,) = _broken(_ring_paid(faultless(), fraud))["ring"].findings
    assert found.words == "6 rewards were paid to people who recommend each other in a circle (Ria, Rob, Roy)"
    assert found.mend.startswith(mend)


def test_a_ring_that_waits_for_a_person_is_no_broken_promise() -> None:
    assert "ring" not in _broken(faultless())


def test_a_promise_that_was_not_tried_says_why() -> None:
    played = faultless()
    without = replace(
        played,
        roles=tuple(role for role in played.roles if role != "left-out"),
        lacking={"left-out": "a condition on what counts"},
        shown=(),
    )
    kept = {one.key: one for one in judge_performance(without)}
    assert (kept["conditions"].holds, kept["conditions"].why_not) == (None, "it takes a condition on what counts")
    assert kept["fields"].why_not == "it takes a CRM in which the fields of the referral are shown"
    assert kept["books"].why_not == ""


def test_what_nobody_can_make_up_is_told_as_not_tried_and_does_not_pass() -> None:
    untried = _broken(replace(_nothing_counts(faultless()), untried=("customer.tags",)))["honest"].findings[0]
    assert untried.words == "it could not be tried: no stand-in can make up customer.tags"
    assert "--unrehearsed" in untried.mend


def test_where_nothing_could_count_no_promise_passes_by_itself() -> None:
    """That the unpaid order earns nothing shows nothing where the paid one earns nothing, either."""
    kept = {one.key: one for one in judge_performance(replace(_nothing_counts(faultless()), untried=("order.moon",)))}
    assert {key: kept[key].holds for key in ("undeserved", "self", "ring", "conditions", "refund")} == dict.fromkeys(
        ("undeserved", "self", "ring", "conditions", "refund")
    )
    assert kept["self"].why_not == "no stand-in can make up order.moon, so nothing counted"
    assert kept["honest"].holds is False


def test_a_share_of_what_has_no_price_is_nothing_and_no_broken_promise() -> None:
    """The friend of a lead is promised 5 percent of nothing."""
    played = faultless()
    bought = tuple(replace(one, base=TEN - TEN) if one.role == "a-lead" else one for one in played.bought)
    owed = tuple(one for one in played.owed if (one.role, one.side) != ("a-lead", "friend"))
    receipts = {receipt for one in owed for receipt in one.receipts + one.take_backs}
    given = tuple(one for one in played.given if one.remote_id in receipts)
    assert _broken(replace(played, bought=bought, owed=owed, given=given)) == {}
