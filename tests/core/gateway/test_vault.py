"""The vault: a sealed value opens only where it belongs, with a key that is there."""

import base64
import os
import stat
from pathlib import Path

import pytest

from core.gateway.vault import Keys, SealBroken, Vault, load_keys

OLD, NEW = b"\0\0\0\1", b"\0\0\0\2"
KEYS = Keys(b"r" * 32, {OLD: b"o" * 32})
ROTATED = Keys(b"r" * 32, {NEW: b"n" * 32, OLD: b"o" * 32})
ONLY_NEW = Keys(b"r" * 32, {NEW: b"n" * 32})
BODY = b'{"customer": {"email": "anna@example.com"}, "note": "' + b"x" * 4000 + b'"}'


@pytest.mark.parametrize("plain", [b"", b"shpat_secret", BODY, os.urandom(5000)])
def test_what_was_sealed_is_opened_where_it_belongs(plain: bytes) -> None:
    vault = Vault(KEYS)
    sealed = vault.seal(plain, "people.name:1")
    assert vault.open(sealed, "people.name:1") == plain
    assert plain == b"" or plain[:20] not in sealed


def test_a_long_text_is_packed_before_it_is_sealed() -> None:
    assert len(Vault(KEYS).seal(BODY, "x")) < len(BODY) / 4


def test_the_same_value_is_never_sealed_the_same_way_twice() -> None:
    vault = Vault(KEYS)
    assert vault.seal(b"secret", "x") != vault.seal(b"secret", "x")


def test_a_sealed_value_moved_to_another_row_stays_closed() -> None:
    vault = Vault(KEYS)
    sealed = vault.seal(b"secret", "connections.config:1")
    with pytest.raises(SealBroken, match="moved or changed"):
        vault.open(sealed, "connections.config:2")


@pytest.mark.parametrize("place", [0, 4, 10, 17, 20, -1])
def test_a_changed_byte_anywhere_keeps_it_closed(place: int) -> None:
    vault = Vault(KEYS)
    sealed = bytearray(vault.seal(b"secret", "x"))
    sealed[place] ^= 1
    with pytest.raises(SealBroken):
        vault.open(bytes(sealed), "x")


@pytest.mark.parametrize("length", [0, 1, 4, 5, 16, 20])
def test_a_value_that_was_cut_short_is_a_broken_seal_and_no_crash(length: int) -> None:
    vault = Vault(KEYS)
    with pytest.raises(SealBroken):
        vault.open(vault.seal(b"secret", "x")[:length], "x")


def test_a_packed_value_cannot_pass_for_a_plain_one() -> None:
    vault = Vault(KEYS)
    sealed = vault.seal(BODY, "x")
    with pytest.raises(SealBroken):
        vault.open(b"\x01" + sealed[1:], "x")


def test_after_a_rotation_old_values_open_and_new_ones_use_the_new_key() -> None:
    before, after, later = Vault(KEYS), Vault(ROTATED), Vault(ONLY_NEW)
    old = before.seal(b"secret", "x")
    assert after.open(old, "x") == b"secret"
    assert later.open(after.seal(b"secret", "x"), "x") == b"secret"


def test_a_missing_key_is_named_with_what_to_do() -> None:
    sealed = Vault(KEYS).seal(b"secret", "x")
    with pytest.raises(SealBroken, match="the key 00000001 is not in the key file: put the old key back"):
        Vault(ONLY_NEW).open(sealed, "x")


def test_lookups_codes_and_tokens_do_not_change_with_a_rotation() -> None:
    before, after = Vault(KEYS), Vault(ONLY_NEW)
    assert before.lookup("email:anna@example.com") == after.lookup("email:anna@example.com")
    assert before.code_for("push-1") == after.code_for("push-1")
    assert before.token_key == after.token_key


def test_a_lookup_tells_nothing_and_differs_between_hubs() -> None:
    found = Vault(KEYS).lookup("email:anna@example.com")
    assert "anna" not in found
    assert found != Vault(Keys(b"q" * 32, KEYS.seals)).lookup("email:anna@example.com")
    assert found != Vault(KEYS).lookup("email:anna@example.org")


def test_a_code_is_sixteen_letters_and_digits_that_can_be_read_aloud() -> None:
    codes = {Vault(KEYS).code_for(f"push-{number}") for number in range(200)}
    assert len(codes) == 200
    assert all(len(code) == 16 and not set(code) & set("IO01") and code.isalnum() for code in codes)


def test_a_new_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "made" / "keys"
    keys = load_keys(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_keys(path) == keys
    assert len(keys.root) == len(next(iter(keys.seals.values()))) == 32


def test_two_new_hubs_have_different_keys(tmp_path: Path) -> None:
    assert load_keys(tmp_path / "one").root != load_keys(tmp_path / "two").root


def test_a_second_seal_line_above_the_first_is_the_new_key(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    sealed = Vault(load_keys(path)).seal(b"secret", "x")
    root, seal = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    fresh = f"seal 000000ff {base64.b64encode(b'n' * 32).decode()}"
    path.write_text("\n".join((root, fresh, seal)))
    rotated = Vault(load_keys(path))
    assert rotated.open(sealed, "x") == b"secret"
    assert rotated.seal(b"secret", "x")[1:5].hex() == "000000ff"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "root AAAA",
        "seal 00000001 AAAA",
        "root AAAA\nseal 01 AAAA",
        "root AAAA\nseal xyz AAAA",
        "root AAAA\nroot AAAA\nseal 00000001 AAAA",
        "root\nseal 00000001",
    ],
)
def test_a_damaged_key_file_is_one_clear_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys"
    path.write_text(text)
    with pytest.raises(SealBroken, match="is not a key file: restore it from a backup"):
        load_keys(path)


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("precious")
    with pytest.raises(SealBroken):
        load_keys(path)
    assert path.read_text() == "precious"
