"""A request costs what the published rule says, and the bucket runs dry and refills."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.shopify import SandboxShop, ShopControl
from sandbox.shopify.graph.engine import read
from tests.sandbox.shopify.conftest import Api

# Worked out by hand from the published rule for these documents with their example variables.
POINTS = {
    "store_credit_lookup": 523,
    "refund_by_id": 399,
    "gift_card_lookup": 152,
    "order_by_id": 109,
    "orders_updated_since": 102,
    "webhook_subscription_list": 102,
    "batch_aliased_store_credit": 24,
    "batch_aliased_tags": 22,
}
ORDERS = "query Orders($n: Int!) { orders(first: $n) { nodes { lineItems(first: 20) { nodes { id } } } } }"


@pytest.mark.parametrize("name", POINTS)
def test_documents_cost_what_the_rule_says(shared_data: Path, name: str) -> None:
    folder = shared_data / "shopify/documents"
    variables = json.loads((folder / f"{name}.variables.json").read_text())
    assert read((folder / f"{name}.graphql").read_text(), variables, None).cost == POINTS[name]


def test_a_request_above_a_thousand_points_is_refused_whatever_the_bucket_holds(api: Api, desk: ShopControl) -> None:
    """SH-44: such a request must never be sent."""
    told = api.post(ORDERS, n=50).json()
    assert told["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert "data" not in told
    assert api.ask(ORDERS, n=40) == {"orders": {"nodes": []}}


def cost(told: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = told["extensions"]["cost"]
    return found


def test_the_bucket_empties_by_what_was_used_and_refills_with_time() -> None:
    with SandboxShop(points=1000, points_per_second=50) as shop:
        api, desk = Api(shop), ShopControl(shop.base_url)
        told = cost(api.post("{ shop { name } }").json())
        assert (told["requestedQueryCost"], told["actualQueryCost"]) == (1, 1)
        assert told["throttleStatus"]["maximumAvailable"] == 1000.0
        assert told["throttleStatus"]["restoreRate"] == 50.0
        unused = cost(api.post(ORDERS, n=40).json())
        assert unused["requestedQueryCost"] > 800
        assert unused["actualQueryCost"] == 1
        assert unused["throttleStatus"]["currentlyAvailable"] > 990, "what was reserved came back"
        desk.throttle(drain=True)
        refused = api.post(ORDERS, n=40).json()
        assert refused["errors"][0]["extensions"]["code"] == "THROTTLED"
        wait = (cost(refused)["requestedQueryCost"] - cost(refused)["throttleStatus"]["currentlyAvailable"]) / 50
        desk.advance(wait)
        assert "data" in api.post(ORDERS, n=40).json()
