"""Tokens that expire: renewed in time and once, kept before they are used, and given up only when Shopify says so."""

import json
from typing import Any

import pytest

from connectors.shopify.config import ShopifyConfig
from connectors.shopify.kept_tokens import EXCHANGE, OFFLINE, KeptTokens, Pair
from referhub import AnswerLost, HttpResponse, Memory, NeedsAttention, NotSent, TryLater
from tests.connectors.shopify.support import ScriptedHttp, answer

NOW = 1_800_000_000.0
DAY = 86_400.0
DEAD = {"error": "invalid_request", "error_description": "This request requires an active refresh_token"}


def pair(**given: Any) -> Pair:
    told = {"access": "old", "refresh": "r1", "ends_at": NOW + 3_600, "refresh_ends_at": NOW + 90 * DAY}
    return Pair(**{**told, **given})


def told(access: str = "new", refresh: str = "r2", **more: Any) -> HttpResponse:
    body = {"access_token": access, "scope": "read_orders", "expires_in": 3600, "refresh_token": refresh}
    return answer({**body, "refresh_token_expires_in": 7_776_000, **more})


class Case:
    """Tokens of one shop with what stands in `keep`, and what Shopify answers."""

    def __init__(self, kept: Pair | None, *answers: HttpResponse | Exception, old: str = "") -> None:
        self.http, self.keep = ScriptedHttp(*answers), Memory()
        if kept is not None:
            self.keep.change("tokens", lambda _none: kept.text())
        config = ShopifyConfig(
            shop="demo", client_id="app", client_secret="secret", access_token=old, grant="store_app"
        )
        self.tokens = KeptTokens(config, self.http, lambda: self.keep, lambda: NOW)

    @property
    def kept(self) -> Pair:
        return Pair.read(self.keep.get("tokens"))

    @property
    def sent(self) -> list[dict[str, Any]]:
        return [call["json"] for call in self.http.asked]


def test_a_token_with_time_left_is_used_as_it_is() -> None:
    case = Case(pair(ends_at=NOW + 301))
    assert [case.tokens.current() for _ in range(3)] == ["old"] * 3
    assert case.sent == []


def test_a_token_that_ends_within_five_minutes_is_renewed_and_kept_with_both_ends() -> None:
    """SH-09, SH-10"""
    case = Case(pair(ends_at=NOW + 299), told())
    assert case.tokens.current() == "new"
    assert case.sent == [
        {"client_id": "app", "client_secret": "secret", "grant_type": "refresh_token", "refresh_token": "r1"}
    ]
    assert case.kept == Pair("new", "r2", NOW + 3_600, NOW + 90 * DAY, "read_orders")
    assert case.tokens.current() == "new"


@pytest.mark.parametrize("trouble", [NotSent(), AnswerLost(), answer({}, 429), answer({}, 503), answer([])])
def test_what_may_pass_leaves_the_refresh_token_as_it_is(trouble: Any) -> None:
    """SH-10"""
    case = Case(pair(ends_at=NOW), trouble, told())
    with pytest.raises(TryLater):
        case.tokens.current()
    assert case.kept == pair(ends_at=NOW)
    assert case.tokens.current() == "new"
    assert [sent["refresh_token"] for sent in case.sent] == ["r1", "r1"]


def test_a_refresh_token_that_is_over_is_remembered_as_such_and_asked_for_no_more() -> None:
    """SH-11"""
    case = Case(pair(ends_at=NOW), answer(DEAD, 401))
    for _ in range(3):
        with pytest.raises(NeedsAttention, match="open the app once in the shop's admin"):
            case.tokens.current()
    assert len(case.sent) == 1
    assert case.kept.is_over
    case.keep.change("tokens", lambda _over: pair(access="given").text())
    assert case.tokens.current() == "given"


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [(402, "", "frozen"), (423, "", "locked"), (400, "invalid_client", "client ID and secret"), (301, "", "redirect")],
)
def test_a_refusal_that_is_not_about_the_token_does_not_end_it(status: int, error: str, words: str) -> None:
    """SH-14, SH-53"""
    case = Case(pair(ends_at=NOW), answer({"error": error}, status), told())
    with pytest.raises(NeedsAttention, match=words):
        case.tokens.current()
    assert not case.kept.is_over
    assert case.tokens.current() == "new"


def test_a_refused_token_is_replaced_by_one_that_somebody_else_got_meanwhile() -> None:
    """SH-12"""
    case = Case(pair())
    assert case.tokens.current() == "old"
    case.keep.change("tokens", lambda _old: pair(access="theirs", refresh="r9").text())
    assert case.tokens.replace("old") == "theirs"
    assert case.sent == []


def test_a_refused_token_is_renewed_although_it_has_time_left() -> None:
    case = Case(pair(), told())
    assert case.tokens.current() == "old"
    assert [case.tokens.replace("old"), case.tokens.replace("old")] == ["new", "new"]
    assert len(case.sent) == 1


def test_a_shop_that_gave_nothing_is_to_open_the_app() -> None:
    case = Case(None)
    with pytest.raises(NeedsAttention, match="has not given the app access"):
        case.tokens.current()
    assert case.sent == []


def test_an_old_token_without_end_is_turned_into_a_pair_once() -> None:
    case = Case(None, told(), old="shpat_old")
    assert case.tokens.current() == "new"
    kinds = {"subject_token_type": OFFLINE, "requested_token_type": OFFLINE}
    grant = {"grant_type": EXCHANGE, "subject_token": "shpat_old", "expiring": "1", **kinds}
    assert case.sent == [{"client_id": "app", "client_secret": "secret", **grant}]
    assert case.tokens.current() == "new"
    assert case.kept.refresh == "r2"


def test_an_old_token_that_is_none_any_more_is_over() -> None:
    case = Case(None, answer({"error": "invalid_subject_token"}, 400), old="shpat_old")
    for _ in range(2):
        with pytest.raises(NeedsAttention, match="open the app"):
            case.tokens.current()
    assert len(case.sent) == 1


def test_a_token_without_end_is_used_until_it_is_refused() -> None:
    case = Case(Pair(access="permanent"))
    assert case.tokens.current() == "permanent"
    with pytest.raises(NeedsAttention):
        case.tokens.replace("permanent")


def test_a_refresh_token_with_two_weeks_left_is_renewed_before_it_ends() -> None:
    case = Case(pair(refresh_ends_at=NOW + 14 * DAY - 1), told())
    case.tokens.keep_alive()
    assert case.kept.refresh == "r2"
    case.tokens.keep_alive()
    assert len(case.sent) == 1
    for quiet in (Case(pair(refresh_ends_at=NOW + 15 * DAY)), Case(None), Case(Pair(access="permanent"))):
        quiet.tokens.keep_alive()
        assert quiet.sent == []


def test_an_absurd_lifetime_asks_for_no_token_at_every_call() -> None:
    for lifetime in (1, 0, -5, "soon", None, True):
        case = Case(pair(ends_at=NOW), told(expires_in=lifetime))
        assert [case.tokens.current() for _ in range(3)] == ["new"] * 3
        assert len(case.sent) == 1


def test_no_secret_stands_in_a_text_for_people() -> None:
    """SH-58"""
    case = Case(pair(ends_at=NOW), answer({"error": "invalid_client", "error_description": "r1 secret"}, 400))
    with pytest.raises(NeedsAttention) as problem:
        case.tokens.current()
    assert not any(secret in str(problem.value) for secret in ("r1", "'secret'", "old"))
    assert json.loads(pair().text())["access"] == "old"
