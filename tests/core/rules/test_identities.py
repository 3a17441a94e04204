"""Identities: one mailbox is one spelling, hostile values name nobody, and nothing crashes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.contract.events import IdentityClaim, IdentityKind
from core.rules.identities import canonical, canonical_code

EMAIL, PHONE, CUSTOMER = IdentityKind.EMAIL, IdentityKind.PHONE, IdentityKind.CUSTOMER


def spelled(kind: IdentityKind, value: str) -> str | None:
    """The comparable spelling."""
    return canonical(IdentityClaim(kind, value))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna@Example.com", "anna@example.COM"),
        ("anna+shop@gmail.com", "anna@gmail.com"),
        ("anna+a+b@outlook.com", "anna@outlook.com"),
        ("anna@protonmail.com", "anna@proton.me"),
        ("anna+1@pm.me", "anna@protonmail.ch"),
        ("anna@me.com", "anna@icloud.com"),
        ("anna+x@mac.com", "anna@icloud.com"),
        ("anna@example.com.", "anna@example.com"),  # the root's own dot
        ("a.n.n.a@gmail.com", "anna@gmail.com"),
        ("an.na+x@googlemail.com", "anna@gmail.com"),
        (" anna@example.com ", "anna@example.com"),
        ("anna\uff20example.com", "anna@example.com"),  # full-width @
        ("\u212aelvin@example.com", "kelvin@example.com"),  # the Kelvin sign
        ("stra\u00dfe@example.com", "strasse@example.com"),
        ("jose\u0301@example.com", "jos\u00e9@example.com"),  # NFD and NFC
        ("\u0130lknur@example.com", "i\u0307lknur@example.com"),  # dotted capital I has two code points in lower case
    ],
)
def test_one_mailbox_in_two_spellings_is_one(one: str, other: str) -> None:
    assert spelled(EMAIL, one) == spelled(EMAIL, other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.nna@example.com", "anna@example.com"),  # dots matter outside Gmail
        ("anna@example.com", "anna@example.org"),
        ("anna+shop@example.com", "anna@example.com"),  # nobody said that example.com ignores it
        ("anna+1@gmx.de", "anna+2@gmx.de"),
        ("anna-1@yahoo.com", "anna@yahoo.com"),
        ("an.na@icloud.com", "anna@icloud.com"),
        ("an.na@outlook.com", "anna@outlook.com"),
        ("anna@outlook.com", "anna@hotmail.com"),
        ("anna@gmail.com", "anna@gmail.de"),
        ("anna@mail.example.com", "anna@example.com"),
    ],
)
def test_two_mailboxes_stay_two(one: str, other: str) -> None:
    assert spelled(EMAIL, one) != spelled(EMAIL, other)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "anna",
        "anna@",
        "@example.com",
        "+tag@example.com",
        "anna@localhost",
        "...@gmail.com",
        "anna@example.com\r\nBcc: all@example.com",
        "anna\x00@example.com",
        "anna@exa\tmple.com",
        "\ud800@example.com",  # a lone surrogate breaks the database's encoding
        "a" * 310 + "@example.com",
        "\uf900" * 400 + "@example.com",
    ],
)
def test_what_cannot_be_a_mailbox_names_nobody(value: str) -> None:
    assert spelled(EMAIL, value) is None


@pytest.mark.parametrize(
    "value",
    [
        "=cmd()@example.com",
        "<script>alert(1)</script>@example.com",
        "'; drop table people; --@example.com",
        "{{7*7}}@example.com",
        '"anna smith"@example.com',
        "\u7528\u6237@\u4f8b\u5b50.example",
        "anna@b\u00fccher.example",
    ],
)
def test_strange_but_possible_mailboxes_are_kept_as_text(value: str) -> None:
    found = spelled(EMAIL, value)
    assert found is not None
    assert found.count("@") == value.count("@")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+49 (170) 123-45.67", "+491701234567"),
        ("0049 170 1234567", "+491701234567"),
        ("\uff0b49\uff11\uff17\uff10 1234567", "+491701234567"),  # full-width digits
        ("0170/1234567", "01701234567"),
        ("+49 (0)170 1234567", "+491701234567"),  # the trunk's zero is not dialled from abroad
    ],
)
def test_one_number_in_two_spellings_is_one(one: str, other: str) -> None:
    assert spelled(PHONE, one) == spelled(PHONE, other) is not None


@pytest.mark.parametrize(
    "value", ["", "call me", "12345", "+", "1" * 16, "+49170x1234567", "\u0661" * 9, "++491701234"]
)
def test_what_cannot_be_a_number_names_nobody(value: str) -> None:
    assert spelled(PHONE, value) is None


def test_a_sources_own_id_is_kept_with_its_case() -> None:
    assert spelled(CUSTOMER, "003Dn00000AbCdE") == "003Dn00000AbCdE"
    assert spelled(CUSTOMER, "003Dn00000aBcDe") != "003Dn00000AbCdE"
    assert spelled(CUSTOMER, "\x00") is None


def test_codes_compare_without_case() -> None:
    assert canonical_code(" Mira-10 ") == canonical_code("MIRA-10") == "mira-10"
    assert canonical_code("x" * 321) == ""


LOCAL = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)


@st.composite
def gmail_spellings(draw: st.DrawFn) -> tuple[str, str]:
    """A Gmail mailbox and one of the many ways of writing it."""
    local = draw(LOCAL)
    dotted = "".join(letter + draw(st.sampled_from(("", "", "."))) for letter in local[:-1]) + local[-1]
    cased = "".join(letter.upper() if draw(st.booleans()) else letter for letter in dotted)
    tag = draw(st.sampled_from(("", "+shop", "+a.b", "+")))
    return f"{local}@gmail.com", f"{cased}{tag}@{draw(st.sampled_from(('gmail.com', 'GoogleMail.com', 'GMAIL.COM')))}"


@given(spellings=gmail_spellings())
@settings(max_examples=100, deadline=None, derandomize=True)
def test_every_way_of_writing_a_gmail_mailbox_is_one(spellings: tuple[str, str]) -> None:
    plain, written = spellings
    assert spelled(EMAIL, written) == plain


@given(one=LOCAL, other=LOCAL, host=st.sampled_from(("gmail.com", "pm.me", "me.com", "gmx.de", "example.com")))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_two_names_at_one_host_are_never_one(one: str, other: str, host: str) -> None:
    assert (spelled(EMAIL, f"{one}@{host}") == spelled(EMAIL, f"{other}@{host}")) == (one == other)


@given(value=st.text(max_size=400), kind=st.sampled_from(list(IdentityKind)))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_text_gets_a_spelling_that_stays_as_it_is_and_can_be_stored_or_none(value: str, kind: IdentityKind) -> None:
    found = spelled(kind, value)
    if found is not None:
        assert spelled(kind, found) == found
        assert "\x00" not in found
        found.encode()
