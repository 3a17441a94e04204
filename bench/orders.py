"""Orders to measure with: paid, referred, 4 to 12 KB, each of another friend, signed like the vendor signs."""

import base64
import copy
import hashlib
import hmac
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
ORDER: dict[str, Any] = json.loads((FOLDER / "order.json").read_text())
LINE: dict[str, Any] = json.loads((FOLDER / "line_item.json").read_text())
TOPIC = "orders/paid"
FIRST_ID = 5_500_000_000_000
MOST_LINES = 6


@dataclass(frozen=True, slots=True)
class SignedOrder:
    """A body as it travels, with its signature."""

    body: bytes
    signature: str


def signed_orders(count: int, *, shop_secret: str, codes: Sequence[str], seed: int = 1) -> Iterator[SignedOrder]:
    """`count` orders of `count` friends, spread over the advocates' codes; the same for the same seed."""
    dice = random.Random(seed)
    for number in range(count):
        body = json.dumps(_order(number, dice.choice(codes), dice)).encode()
        digest = hmac.digest(shop_secret.encode(), body, hashlib.sha256)
        yield SignedOrder(body, base64.b64encode(digest).decode())


def _order(number: int, code: str, dice: random.Random) -> dict[str, Any]:
    placed_at = datetime.now(UTC) - timedelta(seconds=dice.randrange(60))
    when = placed_at.isoformat(timespec="seconds")
    order = copy.deepcopy(ORDER)
    order |= {
        "id": FIRST_ID + number,
        "admin_graphql_api_id": f"gid://shopify/Order/{FIRST_ID + number}",
        "name": f"#{1001 + number}",
        "number": 1 + number,
        "order_number": 1001 + number,
        "created_at": when,
        "processed_at": when,
        "updated_at": when,
        "email": f"friend{number}@example.com",
        "contact_email": f"friend{number}@example.com",
        "discount_codes": [{"code": code, "amount": "2.00", "type": "fixed_amount"}],
        "line_items": [_line(place, dice) for place in range(dice.randint(1, MOST_LINES))],
    }
    order["customer"] |= {"id": FIRST_ID + number, "email": f"friend{number}@example.com"}
    return order


def _line(place: int, dice: random.Random) -> dict[str, Any]:
    line = copy.deepcopy(LINE)
    cents = dice.randrange(1_000, 9_000)
    price, tax = _money(cents), _money(cents * 7 // 107)
    line |= {"id": 866_550_311_766 + place, "price": price["shop_money"]["amount"], "price_set": price}
    line["tax_lines"][0] |= {"price": tax["shop_money"]["amount"], "price_set": tax}
    return line


def _money(cents: int) -> dict[str, dict[str, str]]:
    amount = {"amount": f"{cents // 100}.{cents % 100:02}", "currency_code": "EUR"}
    return {"shop_money": amount, "presentment_money": dict(amount)}
