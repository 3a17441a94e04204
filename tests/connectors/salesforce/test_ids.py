"""Record ids: 15 characters become 18, and 18 stay what they are."""

import pytest

from connectors.salesforce.ids import full_id, kind_of


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("001D000000IRFma", "001D000000IRFmaIAH"),
        ("00DSY0000000001", "00DSY00000000012AA"),
        ("003ak00000luKU1", "003ak00000luKU1AAM"),
        ("750ak000009E1YX", "750ak000009E1YXAA0"),
        ("00Qak00000696HF", "00Qak00000696HFEAY"),
    ],
)
def test_the_last_three_characters_keep_the_case_of_the_others(short: str, full: str) -> None:
    assert full_id(short) == full
    assert full_id(full) == full


def test_an_id_with_an_edited_end_is_taken_as_it_is() -> None:
    assert full_id("0123456789ABCDEEAE") == "0123456789ABCDEEAE"


@pytest.mark.parametrize("odd", ["", "003", "0" * 16, "0" * 19, "003ak00000luKU-", "003ak00000luKU1\n", None, 3, ["x"]])
def test_anything_else_is_no_id(odd: object) -> None:
    assert full_id(odd) is None


def test_the_first_three_characters_tell_the_object() -> None:
    assert kind_of("003ak00000luKU1AAM") == "Contact"
    assert kind_of("00Qak00000696HFEAY") == "Lead"
    assert kind_of("500ak00000696HFEAY") is None
