"""The connector over the hub's own way to the network, with answers given where requests would ask the vendor."""

from datetime import timedelta

import pytest
import responses
from requests.exceptions import ConnectionError as ConnectionBroken

from connectors.shopify.config import ShopifyConfig
from connectors.shopify.connector import Shopify
from core.gateway.http_client import HttpClient
from referhub import Later, NeedsAttention, TryLater, Unsure
from tests.connectors.shopify.support import SECRET, SHOP, credit

TOKEN = "shpat_never-to-be-seen-elsewhere"
API = f"https://{SHOP}/admin/api/2026-10/graphql.json"
ELSEWHERE = "https://elsewhere.example/admin/api/2026-10/graphql.json"


def shopify() -> Shopify:
    config = ShopifyConfig(shop=SHOP, client_id="id", client_secret=SECRET, access_token=TOKEN)
    return Shopify(config, HttpClient())


@responses.activate
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_never_followed_and_never_takes_the_token_along(status: int) -> None:
    """SH-14."""
    responses.post(API, status=status, headers={"Location": ELSEWHERE})
    elsewhere = responses.post(ELSEWHERE, json={"data": {}})
    with pytest.raises(NeedsAttention):
        shopify().push([credit()])
    assert elsewhere.call_count == 0
    assert [call.request.url for call in responses.calls] == [API]
    assert responses.calls[0].request.headers["X-Shopify-Access-Token"] == TOKEN


@responses.activate
def test_a_wish_to_be_asked_later_is_heard(caplog: pytest.LogCaptureFixture) -> None:
    """SH-44: 429 with Retry-After: 2."""
    responses.post(API, status=429, headers={"Retry-After": "2"})
    (outcome,) = shopify().push([credit()])
    assert isinstance(outcome, Later)
    assert timedelta(seconds=2) <= outcome.after < timedelta(seconds=60)
    assert TOKEN not in caplog.text


@responses.activate
def test_a_line_that_breaks_after_the_request_leaves_a_push_unsure() -> None:
    """SH-39: it may have been applied."""
    responses.post(API, body=ConnectionBroken("the line broke"))
    (outcome,) = shopify().push([credit()])
    assert isinstance(outcome, Unsure)
    assert TOKEN not in outcome.reason


@responses.activate
def test_the_same_broken_line_under_a_question_is_only_asked_again() -> None:
    responses.post(API, body=ConnectionBroken("the line broke"))
    with pytest.raises(TryLater) as caught:
        shopify().verify("gid://shopify/Order/1")
    assert TOKEN not in str(caught.value)
