"""The inventory: every column that could hold something about somebody is known, and what is sealed can be resealed."""

import re
from pathlib import Path

from core.models.inventory import COLUMNS, SEALED, WHY, inventory, unsealed_bytes

PAGE = Path("docs/privacy.md")


def test_every_column_that_could_tell_of_somebody_has_a_class() -> None:
    """A new column without one fails here: say in core/models/inventory.py what it holds."""
    assert [f"{kept.table}.{kept.column}" for kept in inventory() if kept.holds is None] == []


def test_no_class_is_left_of_a_column_that_is_gone_and_none_is_given_twice() -> None:
    named = [name for names in COLUMNS.values() for name in names.split()]
    assert sorted(named) == sorted(f"{kept.table}.{kept.column}" for kept in inventory())


def test_bytes_are_sealed_unless_they_are_public_keys() -> None:
    """S31."""
    assert unsealed_bytes() == ["passkeys.credential_id", "passkeys.public_key"]


def test_the_privacy_page_lists_what_is_sealed_and_justifies_the_rest() -> None:
    rows = dict(re.findall(r"^\| ([^|]+?) \| (.+?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    for holds in (*SEALED, *WHY):
        assert rows[holds.value] == ", ".join(f"`{name}`" for name in COLUMNS[holds].split()), holds
    for holds, why in WHY.items():
        assert f"| {why} |" in PAGE.read_text(encoding="utf-8"), holds
