"""Failures of the Admin API: each says what to do next, and never guesses about an effect."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.shopify.client import AdminApi, Urgency
from connectors.shopify.governor import Governor
from core.gateway.http_client import HttpClient
from referhub import AnswerLost, HttpResponse, NeedsAttention, NotSent, Rejected, TryLater, Unknown
from sandbox.shopify import SandboxShop, ShopControl
from tests.connectors.shopify.support import ScriptedHttp, answer, config


def api(*answers: Any) -> AdminApi:
    return AdminApi(config(), ScriptedHttp(*answers))


def query(*answers: Any) -> Any:
    return api(*answers).query("shop_currency", {})


def mutate(*answers: Any) -> Any:
    return api(*answers).mutate("gift_card_deactivate", {"id": "gid://shopify/GiftCard/1"})


NOTHING_READABLE = [
    pytest.param(answer(b"<html>down for maintenance</html>"), id="HTML with 200"),
    pytest.param(answer(b'{"data": {"shop": {'), id="cut off"),
    pytest.param(answer(b""), id="empty"),
    pytest.param(answer([]), id="a list"),
    pytest.param(answer(b'{"data": {}, "data": {}}'), id="a key twice"),
    pytest.param(answer(b"\xff\xfe"), id="not UTF-8"),
    pytest.param(answer({}), id="neither data nor errors"),
    pytest.param(answer({"data": None}), id="data is null"),
    pytest.param(answer({"data": None, "errors": [{"message": "oops"}]}), id="data is null, with an error"),
    pytest.param(
        answer({"errors": [{"message": "x", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}),
        id="internal error",
    ),
    pytest.param(
        answer({"data": {"shop": None, "giftCardDeactivate": None}, "errors": [{"path": ["shop"]}]}),
        id="the field itself was lost",
    ),
]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 524, 408, 101, 204])
def test_a_failing_server_leaves_a_mutation_unknown(status: int) -> None:
    with pytest.raises(Unknown):
        mutate(answer(b"oops", status=status))
    with pytest.raises(TryLater):
        query(answer(b"oops", status=status))


@pytest.mark.parametrize("reply", NOTHING_READABLE)
def test_an_answer_that_cannot_be_read_leaves_a_mutation_unknown(reply: HttpResponse) -> None:
    with pytest.raises(Unknown):
        mutate(reply)
    with pytest.raises(TryLater):
        query(reply)


def test_a_lost_answer_is_unknown_and_a_request_that_never_left_is_not() -> None:
    with pytest.raises(Unknown):
        mutate(AnswerLost("reset"))
    with pytest.raises(TryLater):
        mutate(NotSent("no connection"))
    with pytest.raises(TryLater):
        query(AnswerLost("reset"))


@pytest.mark.parametrize(
    ("status", "word"),
    [(401, "token"), (402, "frozen"), (403, "forbids"), (404, "know"), (423, "locked"), (400, "refuses")],
)
def test_what_only_a_person_can_settle_needs_attention(status: int, word: str) -> None:
    """SH-53"""
    with pytest.raises(NeedsAttention, match=word):
        mutate(answer({"errors": "no"}, status=status))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_never_followed(status: int) -> None:
    """SH-14"""
    http = ScriptedHttp(answer(b"", status=status, location="https://evil.example/"))
    with pytest.raises(NeedsAttention, match="moved"):
        AdminApi(config(), http).mutate("gift_card_deactivate", {"id": "x"})
    assert [asked["url"] for asked in http.asked] == ["https://demo.myshopify.com/admin/api/2026-10/graphql.json"]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2", 2),
        ("2.5", 2.5),
        ("0", 1),
        ("-5", 10),
        ("soon", 10),
        (None, 10),
        ("99999999", 3600),
        ("9e999", 10),
    ],
)
def test_too_many_requests_says_how_long_to_wait(header: str | None, seconds: float) -> None:
    """SH-44"""
    headers = {"retry_after": header} if header is not None else {}
    with pytest.raises(TryLater) as caught:
        mutate(answer({}, status=429, **headers))
    assert caught.value.after == timedelta(seconds=seconds)


def test_a_date_in_retry_after_is_understood() -> None:
    with pytest.raises(TryLater) as caught:
        mutate(answer({}, status=429, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"))
    assert caught.value.after == timedelta(seconds=1)
    with pytest.raises(TryLater) as caught:
        mutate(answer({}, status=429, retry_after="Wed, 21 Oct 2095 07:28:00 GMT"))
    assert caught.value.after == timedelta(hours=1)


def cost(requested: float, available: float, rate: float = 50, size: float = 1000) -> dict[str, Any]:
    status = {"maximumAvailable": size, "currentlyAvailable": available, "restoreRate": rate}
    return {"cost": {"requestedQueryCost": requested, "actualQueryCost": None, "throttleStatus": status}}


def test_throttled_with_200_is_no_success_and_waits_by_the_restore_rate() -> None:
    """SH-44"""
    errors = [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
    with pytest.raises(TryLater) as caught:
        mutate(answer({"errors": errors, "extensions": cost(110, 10)}))
    assert caught.value.after == timedelta(seconds=2)  # (110 - 10) / 50


def test_a_request_that_costs_too_much_is_sent_once_and_never_again() -> None:
    """SH-44"""
    errors = [{"message": "too costly", "extensions": {"code": "MAX_COST_EXCEEDED"}}]
    http = ScriptedHttp(answer({"errors": errors, "extensions": cost(1036, 1000)}))
    client = AdminApi(config(), http)
    for _attempt in range(2):
        with pytest.raises(Rejected):
            client.query("shop_currency", {}, Urgency.PROMPT)
    assert len(http.asked) == 1


@pytest.mark.parametrize(
    ("code", "error"),
    [("ACCESS_DENIED", NeedsAttention), ("undefinedField", Rejected), ("SHOP_INACTIVE", NeedsAttention)],
)
def test_errors_before_execution_are_certain(code: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        mutate(answer({"errors": [{"message": "write_gift_cards", "extensions": {"code": code}}]}))


def test_data_beside_errors_about_protected_fields_is_used() -> None:
    errors = [{"message": "not approved", "path": ["shop", "email"], "extensions": {"code": "ACCESS_DENIED"}}]
    assert query(answer({"data": {"shop": {"currencyCode": "EUR"}}, "errors": errors})) == {
        "shop": {"currencyCode": "EUR"}
    }


def test_a_denied_field_at_the_top_is_no_empty_answer() -> None:
    """An order that we may not see must not look like an order that is gone."""
    errors = [{"message": "read_orders", "path": ["order"], "extensions": {"code": "ACCESS_DENIED"}}]
    with pytest.raises(NeedsAttention, match="read_orders"):
        query(answer({"data": {"order": None}, "errors": errors}))


def test_neither_token_nor_secret_is_in_any_message() -> None:
    """SH-58"""
    for reply in (answer({}, status=401), answer({}, status=500), NotSent("x"), AnswerLost("x")):
        with pytest.raises(Exception, match=r".") as caught:
            mutate(reply)
        assert "shpat_test" not in repr(caught.value)
        assert "shpat_test" not in str(caught.value.__context__)


def governor() -> tuple[Governor, list[float]]:
    clock = [0.0]
    return Governor(lambda: clock[0]), clock


def test_half_of_the_bucket_is_left_to_the_merchant() -> None:
    keeper, clock = governor()
    assert keeper.wait_before("write") is None  # nothing known yet
    keeper.note("write", cost(10, 1000)["cost"])
    assert keeper.wait_before("write") is None
    keeper.note("write", cost(10, 509)["cost"])
    assert keeper.wait_before("write") == timedelta(seconds=0.1)
    keeper.note("write", cost(10, 310)["cost"])
    assert keeper.wait_before("write") == timedelta(seconds=4)  # (500 + 10 - 310) / 50
    clock[0] = 4.0
    assert keeper.wait_before("write") is None


def test_a_costly_operation_goes_when_the_bucket_is_full() -> None:
    keeper, _clock = governor()
    keeper.note("sweep", cost(900, 1000)["cost"])
    assert keeper.wait_before("sweep") is None


@pytest.mark.parametrize("told", [{}, {"throttleStatus": None}, {"requestedQueryCost": "x"}])
def test_a_spoilt_cost_is_ignored(told: dict[str, Any]) -> None:
    keeper, _clock = governor()
    keeper.note("write", told)
    assert keeper.wait_before("write") is None


def test_only_patient_requests_are_held_back() -> None:
    http = ScriptedHttp(*[answer({"data": {"shop": {}}, "extensions": cost(10, 100)})] * 2)
    client = AdminApi(config(), http)
    client.query("shop_currency", {})
    with pytest.raises(TryLater, match="room"):
        client.query("shop_currency", {})
    client.query("shop_currency", {}, Urgency.PROMPT)
    assert len(http.asked) == 2


FATES_WITHOUT_EFFECT = ["401", "402", "403", "423", "429", "throttled", "redirect"]
FATES_OF_DOUBT = [
    "effect_then_drop",
    "drop_before_effect",
    "effect_then_500",
    "502",
    "reset",
    "truncated",
    "html",
    "wrong_json",
    "gzip_bomb",
]


@pytest.mark.parametrize("fate", FATES_WITHOUT_EFFECT)
def test_over_a_real_network_certain_failures_have_no_effect(fate: str, shop: SandboxShop, desk: ShopControl) -> None:
    """SH-60"""
    client = _over_the_network(shop)
    card = _card(client)
    desk.fate(fate, "giftCardDeactivate")
    with pytest.raises((NeedsAttention, TryLater)):
        client.mutate("gift_card_deactivate", {"id": card})
    assert client.query("gift_card", {"id": card})["giftCard"]["enabled"] is True


@pytest.mark.parametrize("fate", FATES_OF_DOUBT)
def test_over_a_real_network_a_spoilt_answer_is_unknown(fate: str, shop: SandboxShop, desk: ShopControl) -> None:
    client = _over_the_network(shop)
    card = _card(client)
    desk.fate(fate, "giftCardDeactivate")
    with pytest.raises(Unknown):
        client.mutate("gift_card_deactivate", {"id": card})


def _over_the_network(shop: SandboxShop) -> AdminApi:
    settings = config(shop=shop.domain, access_token=shop.access_token, api_base=shop.base_url)
    return AdminApi(settings, HttpClient(answer_seconds=2))


def _card(client: AdminApi) -> str:
    wanted = {"initialAmount": {"amount": "5.00", "currencyCode": "EUR"}, "code": "abcd1234"}
    data = client.mutate("gift_card_create", {"input": wanted})
    return str(data["giftCardCreate"]["giftCard"]["id"])
