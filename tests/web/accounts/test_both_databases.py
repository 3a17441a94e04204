"""What operators rest on is the same on both databases: links spent once, tries counted, keys and visits kept."""

from pathlib import Path

import pytest

from core.services.accounts import Key, find_account, keep_account, spend_counter
from core.services.guesses import MOST_FROM_ONE_ADDRESS, may_try, proved
from core.services.operator_links import make_reset, reset_password
from core.services.operators import BadOperator, remove, set_role
from core.services.visits import begin_visit, end_visit, known_by
from tests.support.operators import EMAIL, LiveHub, live_hub


def test_the_life_of_operators(database_url: str, tmp_path: Path) -> None:
    with live_hub(database_url, tmp_path) as live:
        owner = live.own()
        browser = live.browser()
        browser.sign_in()
        assert browser.is_in()
        assert browser.get("/dashboard/operators").status_code == 200
        mia = live.member("admin")
        set_role(live.hub, live.merchant_id, mia, "viewer", "Olga")
        _keys_come_and_go(live, mia)
        assert [may_try(live.hub, "x", "here") for _ in range(6)] == [True] * MOST_FROM_ONE_ADDRESS + [False]
        proved(live.hub, "x", "here")
        assert may_try(live.hub, "x", "here")
        secret = begin_visit(live.hub, mia, "password")
        live.clock.later(minutes=5)
        assert known_by(live.hub, secret)
        end_visit(live.hub, secret)
        assert known_by(live.hub, secret) is None
        reset_password(live.hub, make_reset(live.hub, mia), "hashed")
        remove(live.hub, live.merchant_id, mia, "Olga")
        assert find_account(live.hub, id=mia) is None
        assert find_account(live.hub, email=EMAIL.upper()).id == owner  # type: ignore[union-attr]
        with pytest.raises(BadOperator, match="owner of the house"):
            remove(live.hub, live.merchant_id, owner, "Olga")


def _keys_come_and_go(live: LiveHub, who: str) -> None:
    account = find_account(live.hub, id=who)
    assert account is not None
    key = Key(b"\x00\xff", b"public", "Phone", "first", 0, ["internal"], None, "multi_device", True, live.clock())
    account.passkeys, account.recovery_codes = [key], ["a", "b"]
    keep_account(live.hub, account)
    found = find_account(live.hub, credential_id=b"\x00\xff")
    assert found is not None
    assert (found.passkeys, found.recovery_codes, found.id) == ([key], ["a", "b"], who)
    assert [spend_counter(live.hub, who, counter) for counter in (7, 7, 6, 8)] == [True, False, False, True]
    found.passkeys = []
    keep_account(live.hub, found)
    assert find_account(live.hub, credential_id=b"\x00\xff") is None
