"""Attribution: the strongest evidence that names an active code wins, and every trace is explained."""

from datetime import UTC, datetime, timedelta

import pytest

from core.contract.events import Evidence, EvidenceKind
from core.rules.attribution import CodeFacts, attribute, in_use, open_token, sign_token

KEY = b"k" * 32
MIRA = CodeFacts("c1", "friends", "mira", "MIRA", True)
ZOE = CodeFacts("c2", "friends", "zoe", "ZOE", True)
ENDED = CodeFacts("c5", "friends", "mira", "MIRA-3", True, ended_at=datetime(2026, 3, 1, tzinfo=UTC))
OLD = CodeFacts("c3", "friends", "old", "OLD", False)
AGAIN = CodeFacts("c4", "friends", "mira", "MIRA-2", True)
CODES = {"mira": MIRA, "zoe": ZOE, "old": OLD, "mira-2": AGAIN}
ALL = tuple(EvidenceKind)


def found(kind: EvidenceKind, value: str) -> Evidence:
    """A trace on an order."""
    return Evidence(kind, value)


def token(code: str, key: bytes = KEY) -> Evidence:
    """A cart attribute signed with that key."""
    return Evidence(EvidenceKind.SIGNED_ATTRIBUTE, sign_token(code, "click1", key))


@pytest.mark.parametrize("kind", [kind for kind in EvidenceKind if kind is not EvidenceKind.SIGNED_ATTRIBUTE])
def test_any_one_trace_is_enough(kind: EvidenceKind) -> None:
    result = attribute([found(kind, "mira")], CODES, ALL, KEY)
    assert result.code == MIRA
    assert [(reason.rule, reason.passed) for reason in result.reasons] == [(f"evidence.{kind}", True)]


def test_the_order_of_strength_decides_and_not_the_order_of_finding() -> None:
    traces = [
        found(EvidenceKind.FIRST_VISIT, "MIRA"),
        found(EvidenceKind.LANDING_REF, "MIRA"),
        found(EvidenceKind.CODE, "ZOE"),
    ]
    for order in (traces, traces[::-1]):
        result = attribute(order, CODES, ALL, KEY)
        assert (result.code, result.evidence) == (ZOE, found(EvidenceKind.CODE, "ZOE"))


def test_the_terms_may_say_what_is_strongest() -> None:
    traces = [found(EvidenceKind.CODE, "ZOE"), found(EvidenceKind.LAST_VISIT, "MIRA")]
    assert attribute(traces, CODES, (EvidenceKind.LAST_VISIT, EvidenceKind.CODE), KEY).code == MIRA


def test_evidence_that_the_terms_do_not_accept_counts_for_nothing() -> None:
    result = attribute([found(EvidenceKind.CODE, "MIRA")], CODES, (EvidenceKind.LANDING_REF,), KEY)
    assert result.code is None
    assert "not among the evidence these terms accept" in result.reasons[0].words


def test_two_advocates_are_a_conflict_that_is_told() -> None:
    traces = [found(EvidenceKind.CODE, "ZOE"), found(EvidenceKind.LANDING_REF, "MIRA")]
    (conflict,) = [reason for reason in attribute(traces, CODES, ALL, KEY).reasons if reason.rule == "conflict"]
    assert conflict.passed
    assert conflict.words == "several advocates are named; the discount code comes first"


def test_the_primary_contact_wins_and_the_other_is_recorded_as_not_chosen() -> None:
    """SF-20: two contacts of one deal, each with a code."""
    traces = [found(EvidenceKind.OTHER_CONTACT_FIELD, "ZOE"), found(EvidenceKind.CONTACT_FIELD, "MIRA")]
    for order in (traces, traces[::-1]):
        result = attribute(order, CODES, ALL, KEY)
        assert result.code == MIRA
        (other,) = [reason for reason in result.reasons if reason.rule == "evidence.other_contact_field"]
        assert other.passed
        assert other.words == (
            "the referral code on another contact of the deal names the code ZOE, which was not chosen: "
            "the referral code on the contact comes first"
        )


def test_what_a_crm_says_comes_after_the_shops_own_proof_and_before_mere_visits() -> None:
    kinds = [kind.value for kind in ALL]
    first, crm, last = ["code", "signed_attribute"], ["deal_field", "contact_field"], ["other_contact_field"]
    assert kinds == [*first, *crm, "landing_ref", "last_visit", "first_visit", *last]


def test_two_codes_of_one_advocate_are_no_conflict() -> None:
    traces = [found(EvidenceKind.CODE, "MIRA-2"), found(EvidenceKind.LANDING_REF, "MIRA")]
    result = attribute(traces, CODES, ALL, KEY)
    assert result.code == AGAIN
    assert not [reason for reason in result.reasons if reason.rule == "conflict"]


def test_a_code_that_is_switched_off_loses_to_weaker_evidence() -> None:
    traces = [found(EvidenceKind.CODE, "OLD"), found(EvidenceKind.FIRST_VISIT, "MIRA")]
    result = attribute(traces, CODES, ALL, KEY)
    assert result.code == MIRA
    assert "switched off" in result.reasons[0].words


def test_an_unknown_code_names_nobody_and_says_so() -> None:
    result = attribute([found(EvidenceKind.CODE, "SUMMER10")], CODES, ALL, KEY)
    assert (result.code, result.evidence) == (None, None)
    assert [reason.passed for reason in result.reasons] == [False, False]
    assert "'SUMMER10' is nobody's code" in result.reasons[0].words
    assert result.reasons[1].rule == "referral"


def test_no_evidence_at_all_is_explained_too() -> None:
    assert [reason.rule for reason in attribute([], CODES, ALL, KEY).reasons] == ["referral"]


@pytest.mark.parametrize("spelling", ["mira", "MIRA", " Mira ", "\uff2d\uff29\uff32\uff21"])
def test_spelling_does_not_matter(spelling: str) -> None:
    assert attribute([found(EvidenceKind.CODE, spelling)], CODES, ALL, KEY).code == MIRA


def test_a_signed_attribute_names_its_code() -> None:
    assert attribute([token("MIRA")], CODES, ALL, KEY).code == MIRA


def test_a_forged_attribute_proves_nothing() -> None:
    """The buyer can edit cart attributes: only the hub's own signature counts."""
    real = sign_token("ZOE", "click1", KEY)
    forged = [
        "MIRA",
        real.replace("ZOE", "MIRA"),
        real[:-1] + ("0" if real[-1] != "0" else "1"),
        real.rpartition(".")[0],
        real.rpartition(".")[0] + ".",
        sign_token("MIRA", "click1", b"another hub's key, thirty-two by"),
        "v1.MIRA.click1.\u00e9\u00e9\u00e9",  # compare_digest refuses such a str
        "v2" + real[2:],
        "",
        "...",
    ]
    for value in forged:
        result = attribute([found(EvidenceKind.SIGNED_ATTRIBUTE, value)], CODES, ALL, KEY)
        assert result.code is None, value
        assert "not signed by this hub" in result.reasons[0].words


def test_a_token_cannot_smuggle_in_another_code_by_its_dots() -> None:
    assert open_token(sign_token("MIRA.ZOE", "click1", KEY), KEY) is None
    assert open_token(sign_token("MIRA", "click.1", KEY), KEY) is None
    assert open_token(sign_token("MIRA", "click1", KEY), KEY) == "MIRA"


def test_an_endless_value_is_shown_shortened() -> None:
    reason = attribute([found(EvidenceKind.CODE, "x" * 5000)], CODES, ALL, KEY).reasons[0]
    assert len(reason.words) < 200


def test_a_code_that_was_ended_names_nobody_from_then_on() -> None:
    codes = {"mira-3": ENDED, "mira": MIRA}
    assert ENDED.ended_at is not None
    assert in_use(codes, ENDED.ended_at - timedelta(seconds=1)) is codes
    after = in_use(codes, ENDED.ended_at)
    assert (after["mira-3"].is_active, after["mira"]) == (False, MIRA)
