"""States: the table is the whole truth; every step that is not in it raises."""

import pytest

from core.rules.states import TABLES, IllegalChange, change

LEGAL = [(noun, old, new) for noun, table in TABLES.items() for old, news in table.items() for new in sorted(news)]
ILLEGAL = [
    (noun, old, new)
    for noun, table in TABLES.items()
    for old in (*table, "asleep")
    for new in (*table, "asleep")
    if new not in table.get(old, ())
]
# What money must never do, whatever the table says.
NEVER = [
    ("reward", "pushed", "held"),
    ("reward", "pushed", "due"),
    ("reward", "pushed", "void"),
    ("reward", "pushing", "void"),
    ("reward", "pushing", "withdrawn"),
    ("reward", "clawed_back", "pushed"),
    ("reward", "held", "pushing"),
    ("reward", "held", "pushed"),
    ("reward", "review", "due"),
    ("reward", "due", "pushed"),
    ("push", "confirmed", "intended"),
    ("push", "unknown", "sent"),
    ("push", "intended", "confirmed"),
    ("push", "rejected", "sent"),
    ("push", "parked", "sent"),
    ("delivery", "read", "unreadable"),
]


@pytest.mark.parametrize(("noun", "old", "new"), LEGAL)
def test_a_step_in_the_table_is_made(noun: str, old: str, new: str) -> None:
    assert change(noun, old, new) == new


@pytest.mark.parametrize(("noun", "old", "new"), ILLEGAL)
def test_any_other_step_raises_and_says_what_was_tried(noun: str, old: str, new: str) -> None:
    """I10."""
    with pytest.raises(IllegalChange, match=f"a {noun} cannot go from {old} to {new}"):
        change(noun, old, new)


@pytest.mark.parametrize(("noun", "old", "new"), NEVER)
def test_these_steps_can_never_be_legal(noun: str, old: str, new: str) -> None:
    assert new not in TABLES[noun][old]


def test_every_state_that_can_be_reached_has_its_own_row() -> None:
    for table in TABLES.values():
        assert set().union(*table.values()) <= set(table)
