"""Likeness: one mailbox is one person, families share a name, and what only hides an address is not thrown away."""

import pytest

from tests.core.rules.fraud.cases import DAY, bought, case, found, recommended, somebody


def test_one_person_or_one_mailbox_on_both_sides_is_a_self_referral() -> None:
    assert found("self_referral", case(friend=somebody("mira")))
    one = case(advocate=somebody("mira", "mira@gmail.com"), friend=somebody("anna", "mi.ra+2@googlemail.com"))
    assert found("self_referral", one)
    other = case(advocate=somebody("mira", "mira@gmail.com"), friend=somebody("anna", "anna@gmail.com"))
    assert found("self_referral", other) is None


def test_the_address_may_stand_on_the_order_only() -> None:
    order = recommended(email="mira@gmail.com")
    assert found("self_referral", case(order, advocate=somebody("mira", "mira@gmail.com")))


def test_one_number_on_both_sides_is_told() -> None:
    mira = somebody("mira", phone="+49 170 1234567")
    assert found("same_phone", case(advocate=mira, friend=somebody("anna", phone="0049 (0)170 1234567")))
    assert found("same_phone", case(advocate=mira, friend=somebody("anna", phone="+49 170 7654321"))) is None


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [
        ("mira.schneider1@example.com", "mira.schneider27@example.com", True),
        ("mira.schneider@example.com", "mira.schneider2@example.com", True),
        ("annika.schmidt@example.com", "annina.schmidt@example.com", True),  # 93 %
        ("anna.schmidt@example.com", "anne.schmidt@example.com", False),  # 92 % of so short a name is two letters
        ("mira.schneider@example.com", "mira.schneider@example.org", False),
        ("mira@example.com", "mira@example.com", False),  # one mailbox is the other rule's
        ("a1@example.com", "a2@example.com", False),  # what is left is no name
        ("2024@example.com", "2025@example.com", False),
    ],
)
def test_addresses_are_alike_by_the_digits_at_the_end_or_nearly_letter_by_letter(
    one: str, other: str, is_alike: bool
) -> None:
    told = case(advocate=somebody("mira", one), friend=somebody("anna", other))
    assert bool(found("similar_mail", told)) is is_alike


def test_how_alike_is_a_threshold() -> None:
    told = case(advocate=somebody("mira", "annika.schmidt@x.de"), friend=somebody("anna", "annina.schmidt@x.de"))
    assert found("similar_mail", told, percent=93) is None
    assert found("similar_mail", told, percent=90)


def test_a_name_alone_says_little_and_with_the_postcode_more() -> None:
    order = recommended(name="Anna Schmidt", postcode="10115")
    alone = found("same_name", case(order, bought(name="anna schmidt", postcode="80331")))
    assert alone
    assert alone.points == 10
    near = found("same_name", case(order, bought(name="ANNA  SCHMIDT", postcode="10 115")))
    assert near
    assert near.points is None
    assert found("same_name", case(order, bought(name="Anne Schmidt", postcode="10115"))) is None


def test_an_address_that_bought_before_under_another_account_is_not_new() -> None:
    order = recommended(email="anna@gmail.com")
    before = bought("old", "stranger", -100 * DAY, email="anna@gmail.com")
    seen = found("known_before", case(order, before))
    assert seen
    assert seen.orders == ("old",)
    assert found("known_before", case(order, before), days=99) is None
    assert found("known_before", case(order, bought("old", "anna", -100 * DAY, email="anna@gmail.com"))) is None
    assert found("known_before", case(order, bought("old", "stranger", DAY, email="anna@gmail.com"))) is None
    unpaid = bought("old", "stranger", -DAY, email="anna@gmail.com", is_paid=False)
    assert found("known_before", case(order, unpaid)) is None


@pytest.mark.parametrize("mail", ["x@mailinator.com", "x@box.mailinator.com", "x@YOPMAIL.com"])
@pytest.mark.parametrize("side", ["advocate", "friend"])
def test_a_mailbox_to_throw_away_is_told_on_either_side(mail: str, side: str) -> None:
    told = found("disposable_mail", case(**{side: somebody(side, mail)}))  # type: ignore[arg-type]
    assert told
    assert side in told.words


@pytest.mark.parametrize("mail", ["x@privaterelay.appleid.com", "x@mozmail.com", "x@duck.com", "x@simplelogin.com"])
def test_a_mailbox_that_only_hides_ones_own_is_not(mail: str) -> None:
    assert found("disposable_mail", case(friend=somebody("anna", mail))) is None


def test_terms_may_add_domains() -> None:
    told = case(friend=somebody("anna", "x@brief.example"))
    assert found("disposable_mail", told) is None
    assert found("disposable_mail", told, domains=("Brief.example",))
