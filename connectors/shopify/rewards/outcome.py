"""From answers and failures to outcomes: given, refused, later, or not known."""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.shopify.picking import Body, child, objects, parsed_moment
from referhub import Credit, Later, Money, Outcome, Refused, Rejected, TryLater, Unknown, Unreadable, Unsure


def settled(attempt: Callable[[], Outcome]) -> Outcome:
    """The outcome of an attempt, failures included. `NeedsAttention` passes: it stops the connection."""
    try:
        return attempt()
    except TryLater as error:
        return Later(str(error), error.after)
    except Rejected as error:
        return Refused(str(error))
    except (Unknown, Unreadable) as error:
        return Unsure(str(error))


def error_codes(payload: Body) -> list[str]:
    """The codes of a mutation's `userErrors`; an error without a code gives its message."""
    return [str(item.get("code") or item.get("message")) for item in objects(payload.get("userErrors"))]


def refusal(codes: list[str], words: Mapping[str, str]) -> Refused:
    """A definite no: Shopify's code, with what it means in plain words."""
    code = codes[0]
    return Refused(f"{words[code]} ({code})" if code in words else f"Shopify refused: {code[:200]}")


def money_of(value: Any) -> Money:
    """A `MoneyV2` without its sign: some listings show debits below zero. Raises `Unreadable`."""
    told = value if isinstance(value, dict) else {}
    amount, currency = told.get("amount"), told.get("currencyCode")
    if not isinstance(amount, str) or not isinstance(currency, str):
        raise Unreadable("Shopify's answer names no amount")
    return Money.parse(amount.removeprefix("-"), currency)


def is_same_second(told: Any, expected: Any) -> bool:
    """True when Shopify's time is exactly the expected one, to the second."""
    if told is None or expected is None:
        return told is None and expected is None
    return bool(parsed_moment(told).replace(microsecond=0) == expected.replace(microsecond=0))


def written(credit: Credit) -> dict[str, str]:
    """The credit's amount as a `MoneyInput`."""
    return {"amount": credit.amount.text(), "currencyCode": credit.amount.currency}


def payload_of(data: Body, mutation: str) -> Body:
    """What the mutation answered. Raises `Unknown` when it answered nothing."""
    payload = child(data, mutation)
    if not payload:
        raise Unknown("Shopify's answer does not say what became of the request")
    return payload
