"""A terms file is read whatever somebody wrote into it: quickly, and with a sentence where it cannot be."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules.terms import BadTerms, parse_terms
from core.rules.terms.documents import LONGEST, read_document

WHOLE = """
[campaign]
slug = "tea"
name = "Tea"
[counts]
currency = "EUR"
[friend]
kind = "gift_card"
amount = "5.00"
"""


def test_toml_and_json_say_the_same() -> None:
    json_text = '{"campaign": {"starts_at": "2026-11-01", "slug": "tea"}}'
    assert read_document(json_text, is_json=True) == read_document(
        '[campaign]\nstarts_at = 2026-11-01\nslug = "tea"', is_json=False
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-01", "2026-11-01"),
        ("2026-11-01T18:00:00Z", "2026-11-01T18:00:00+00:00"),
        ("[2026-11-01]", ["2026-11-01"]),
        ("{ at = 18:00:00 }", {"at": "18:00:00"}),
    ],
)
def test_what_toml_knows_as_a_time_is_kept_as_text(written: str, read: Any) -> None:
    """The table keeps JSON, which knows no times."""
    assert read_document(f"x = {written}", is_json=False) == {"x": read}


def test_a_day_without_quotes_is_a_day() -> None:
    read = parse_terms(read_document(WHOLE.replace("[counts]", "starts_at = 2026-11-01\n[counts]"), is_json=False))
    assert read.starts_at is not None
    assert read.starts_at.isoformat() == "2026-11-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("text", "is_json", "words"),
    [
        ("not [ toml", False, "cannot be read as TOML: "),
        ("{", True, "cannot be read as JSON: "),
        ("[1]", True, "must hold tables such as [campaign]"),
        ('{"limits": {"budget": "10.00", "budget": "1000.00"}}', True, "says 'budget' twice in one table"),
        ("a = " + "[" * 200_000, False, "too many tables or lists stand in each other"),
        ("[" * 200_000, True, "too many tables or lists stand in each other"),
        ('{"x":' * 100_000, True, "too many tables or lists stand in each other"),
        (".".join("a" * 20_000) + " = 1", False, "a key has more than twenty dots"),
        ("[" + " . ".join('"a"' for _ in range(20_000)) + "]", False, "a key has more than twenty dots"),
        ("x" * (LONGEST + 1), False, "has more than 1,000,000 characters"),
        ('{"hold": {"days": ' + "9" * 5_000 + "}}", True, "cannot be read as JSON"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_terms_file_is_said_in_one_sentence(text: str, is_json: bool, words: str) -> None:
    with pytest.raises(BadTerms) as caught:
        read_document(text, is_json=is_json)
    (told,) = caught.value.problems
    assert words in told


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                "campaign counts when all any field is kind tiers from amount fraud ring limits EUR".split()
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=30,
)


@given(st.dictionaries(st.sampled_from("campaign counts advocate friend limits fraud hold other".split()), JSON))
@settings(max_examples=80, deadline=None)
def test_any_document_is_read_or_told_what_is_wrong(body: dict[str, Any]) -> None:
    problems = problems_of(body)
    assert len(problems) <= 51
    assert all(problem and len(problem) < 600 for problem in problems)


def problems_of(body: dict[str, Any]) -> list[str]:
    """What is wrong with it; nothing where it is read."""
    try:
        return [] if parse_terms(body) else ["nothing came of it"]
    except BadTerms as bad:
        return bad.problems


@pytest.mark.parametrize("number", [10**5_000, -(10**5_000)], ids=["above", "below"])
def test_a_huge_number_is_not_spelt_out(number: int) -> None:
    with pytest.raises(BadTerms, match="a huge number"):
        parse_terms({"hold": {"days": number}})
