"""From the shop's orders to ours.

https://woocommerce.github.io/woocommerce-rest-api-docs/#orders
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from referhub_woocommerce.facts import line_facts, order_facts

from referhub import (
    Contact,
    Evidence,
    EvidenceKind,
    IdentityClaim,
    IdentityKind,
    Money,
    Order,
    OrderCancelled,
    OrderEvent,
    OrderPaid,
    OrderPlaced,
    Refund,
    Unreadable,
)

PAID = frozenset({"processing", "completed", "refunded"})
OVER = frozenset({"cancelled", "failed", "trash"})
LANDING = "_wc_order_attribution_session_entry"
Body = Mapping[str, Any]


def order_event(body: Any) -> OrderEvent:
    """The order as it stands. Raises `Unreadable`."""
    order = order_from(body)
    if order.cancelled_at:
        return OrderCancelled(order)
    return OrderPaid(order) if order.is_paid else OrderPlaced(order)


def order_from(body: Any) -> Order:
    """The order as it stands. Raises `Unreadable`."""
    try:
        return _order(body)
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
        raise Unreadable("this is not an order as WooCommerce describes them") from None


def _order(body: Body) -> Order:
    changed_at = moment(body["date_modified_gmt"])
    currency = body["currency"]
    # After discounts, without tax and shipping: what a line's `total` is.
    base = sum((Money.parse(line["total"], currency) for line in body["line_items"]), Money.zero(currency))
    if base.minor < 0:
        raise ValueError("an order below zero")
    return Order(
        source_id=identifier(body["id"]),
        name=f"#{_text(body['number'])}",
        base=base,
        friend=Contact(identities=tuple(_claims(body)), name=_name(body["billing"])),
        is_paid=body["status"] in PAID,
        is_test=False,
        placed_at=moment(body["date_created_gmt"]),
        updated_at=changed_at,
        cancelled_at=changed_at if body["status"] in OVER else None,
        evidence=tuple(_evidence(body)),
        refunds=tuple(_refund(told, body, base, changed_at) for told in body["refunds"]),
        total=Money.parse(body["total"], currency),
        fields=order_facts(body),
        lines=tuple(map(line_facts, body["line_items"])),
    )


def _claims(body: Body) -> Iterator[IdentityClaim]:
    if body["customer_id"] != 0:  # 0 is a guest
        yield IdentityClaim(IdentityKind.CUSTOMER, identifier(body["customer_id"]))
    for kind, field in ((IdentityKind.EMAIL, "email"), (IdentityKind.PHONE, "phone")):
        if written := body["billing"].get(field):
            yield IdentityClaim(kind, _text(written))


def _name(billing: Body) -> str | None:
    return " ".join(_text(billing[part]) for part in ("first_name", "last_name") if billing.get(part)) or None


def _evidence(body: Body) -> Iterator[Evidence]:
    for line in body["coupon_lines"]:
        yield Evidence(EvidenceKind.CODE, _text(line["code"]))
    for meta in body.get("meta_data", ()):
        if meta["key"] == LANDING and isinstance(meta["value"], str):
            for code in parse_qs(urlsplit(meta["value"]).query).get("ref", ()):
                yield Evidence(EvidenceKind.LANDING_REF, code)


def _refund(told: Body, body: Body, base: Money, at: datetime) -> Refund:
    """The list of an order tells a refund's whole amount, below zero; its share of the base is in proportion."""
    whole = Money.parse(body["total"], body["currency"])
    back = -Money.parse(told["total"], body["currency"])
    if back.minor < 0:
        raise ValueError("a refund above zero")
    share = base.share(min(back.minor, whole.minor), whole.minor) if whole else Money.zero(base.currency)
    return Refund(source_id=identifier(told["id"]), amount=share, refunded_at=at)


def moment(written: Any) -> datetime:
    """The `_gmt` times carry no zone: they are UTC."""
    at = datetime.fromisoformat(written)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def identifier(told: Any) -> str:
    """The shop's own number of something."""
    if type(told) is not int or not 0 < told < 2**63:
        raise TypeError("no number of the shop's")
    return str(told)


def _text(told: Any) -> str:
    if not isinstance(told, str) or not told.strip():
        raise TypeError("no text")
    return told
