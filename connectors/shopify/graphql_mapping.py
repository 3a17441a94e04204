"""Orders read by the Admin API, translated into exactly the snapshot that a webhook gives."""

from decimal import Decimal
from typing import Any

from connectors.shopify import evidence, signals
from connectors.shopify.amounts import Adjustment, Line, RefundedLine, base, capped, kept, refund_share
from connectors.shopify.facts import line_facts, order_facts
from connectors.shopify.picking import ZERO, Body, amount, child, contact, count, moment, objects, parsed_moment, text
from referhub import Contact, FieldValue, Money, Order, Refund, Unreadable

PAID = frozenset({"PAID", "PARTIALLY_REFUNDED", "REFUNDED"})


def order_from(body: Body, *, counts_tests: bool = False) -> Order:
    """The order as the Admin API shows it, `refunds` with their lines included. Raises `Unreadable`."""
    currency = str(body.get("currencyCode"))
    taxes_included = body.get("taxesIncluded") is True
    refunds = list(objects(body.get("refunds")))
    items = list(objects(child(body, "lineItems").get("nodes")))
    lines, refunded = _lines(body, items), _refunded_quantities(refunds)
    worth = base(lines, refunded, taxes_included=taxes_included, currency=currency)
    return Order(
        source_id=_id(body),
        name=text(body, "name") or "",
        base=worth,
        friend=_contact(body),
        is_paid=text(body, "displayFinancialStatus") in PAID,
        is_test=body.get("test") is True and not counts_tests,
        placed_at=parsed_moment(body.get("createdAt")),
        updated_at=parsed_moment(body.get("updatedAt")),
        cancelled_at=moment(body, "cancelledAt"),
        evidence=evidence.from_admin_api(body),
        refunds=_refunds([refund for refund in refunds if _gave_money_back(refund)], worth, taxes_included),
        channel=text(body, "sourceName") or "",
        total=Money.from_decimal(_shop_money(body, "totalPriceSet"), currency) or None,
        signals=signals.from_admin_api(body),
        fields=_facts(body, lines, refunded),
        lines=tuple(
            _line_facts(item, line, refunded, currency, taxes_included=taxes_included)
            for item, line in zip(items, lines, strict=True)
            if kept(line, refunded)
        ),
    )


def _facts(body: Body, lines: list[Line], refunded: dict[str, int]) -> dict[str, FieldValue]:
    addresses = (child(body, "shippingAddress"), child(body, "billingAddress"))
    return order_facts(
        country=next((found for place in addresses if (found := text(place, "countryCodeV2"))), None),
        tags=_texts(body, "tags"),
        codes=_texts(body, "discountCodes"),
        payments=_texts(body, "paymentGatewayNames"),
        lines=lines,
        refunded=refunded,
    )


def _texts(body: Body, key: str) -> list[Any]:
    found = body.get(key)
    return found if isinstance(found, list) else []


def _line_facts(
    item: Body, line: Line, refunded: dict[str, int], currency: str, *, taxes_included: bool
) -> dict[str, FieldValue]:
    return line_facts(
        line,
        refunded,
        currency,
        taxes_included=taxes_included,
        title=text(item, "title"),
        sku=text(item, "sku"),
        vendor=text(item, "vendor"),
        is_gift_card=item.get("isGiftCard") is True,
    )


def is_journey_pending(body: Body) -> bool:
    """True while Shopify is still working out by which visits the order came."""
    # https://shopify.dev/docs/api/admin-graphql/2026-10/objects/CustomerJourneySummary
    return child(body, "customerJourneySummary").get("ready") is False


def _id(body: Body) -> str:
    found = body.get("id")
    if not isinstance(found, str) or not found.startswith("gid://shopify/"):
        raise Unreadable("a part of the order has no id")
    return found


def _contact(body: Body) -> Contact:
    customer = child(body, "customer")
    number = str(customer.get("id", "")).rpartition("/")[2]
    return contact(
        {
            "id": int(number) if number.isdecimal() else None,
            "first_name": customer.get("firstName"),
            "last_name": customer.get("lastName"),
            "email": child(customer, "defaultEmailAddress").get("emailAddress"),
            "phone": child(customer, "defaultPhoneNumber").get("phoneNumber"),
        },
        email=text(body, "email"),
    )


def _shop_money(item: Body, key: str) -> Decimal:
    value: Any = child(child(item, key), "shopMoney").get("amount")
    return ZERO if value is None else amount(value)


def _lines(body: Body, items: list[Body]) -> list[Line]:
    tip = _shop_money(body, "totalTipReceivedSet")
    return [_line(item, tip) for item in items]


def _line(item: Body, tip: Decimal) -> Line:
    total = _shop_money(item, "originalTotalSet")
    discounts = sum(
        (_shop_money(given, "allocatedAmountSet") for given in objects(item.get("discountAllocations"))),
        ZERO,
    )
    return Line(
        id=_id(item),
        gross=total - discounts,
        tax=sum((_shop_money(tax, "priceSet") for tax in objects(item.get("taxLines"))), ZERO),
        quantity=count(item, "quantity") or 0,
        current_quantity=count(item, "currentQuantity"),
        counts=item.get("isGiftCard") is not True and not _is_tip(item, total, tip),
    )


def _is_tip(item: Body, total: Decimal, tip: Decimal) -> bool:
    # The Admin API marks a tip's line by nothing but its title (unverified live); the amount has to agree.
    return tip > 0 and item.get("title") == "Tip" and total == tip


def _refunded_quantities(refunds: list[Body]) -> dict[str, int]:
    quantities: dict[str, int] = {}
    for refund in refunds:
        for item in objects(child(refund, "refundLineItems").get("nodes")):
            line = str(child(item, "lineItem").get("id"))
            quantities[line] = quantities.get(line, 0) + (count(item, "quantity") or 0)
    return quantities


def _gave_money_back(refund: Body) -> bool:
    paid = objects(child(refund, "transactions").get("nodes"))
    return any(item.get("kind") == "REFUND" and item.get("status") == "SUCCESS" for item in paid)


def _refunds(refunds: list[Body], worth: Money, taxes_included: bool) -> tuple[Refund, ...]:
    amounts = capped([_share(refund, worth.currency, taxes_included) for refund in refunds], worth)
    return tuple(
        Refund(
            source_id=_id(refund),
            amount=cut,
            refunded_at=parsed_moment(refund.get("processedAt") or refund.get("createdAt")),
        )
        for refund, cut in zip(refunds, amounts, strict=True)
    )


def _share(refund: Body, currency: str, taxes_included: bool) -> Money:
    lines = [_refunded_line(item) for item in objects(child(refund, "refundLineItems").get("nodes"))]
    # Since 2024-10 refunded shipping is no adjustment any more, so every adjustment here is a discrepancy:
    # https://shopify.dev/changelog/exposing-the-order-adjustments-connection-on-a-refund
    adjustments = [
        Adjustment(_shop_money(item, "amountSet"), _shop_money(item, "taxAmountSet"))
        for item in objects(child(refund, "orderAdjustments").get("nodes"))
    ]
    return refund_share(lines, adjustments, taxes_included=taxes_included, currency=currency)


def _refunded_line(item: Body) -> RefundedLine:
    line = child(item, "lineItem")
    return RefundedLine(
        subtotal=_shop_money(item, "subtotalSet"),
        tax=_shop_money(item, "totalTaxSet"),
        counts=line.get("isGiftCard") is not True and line.get("title") != "Tip",
    )
