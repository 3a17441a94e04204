"""From answers and failures to outcomes: given, refused, later, or not known."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.shopify.answers import RightMissing
from connectors.shopify.picking import Body, child, objects, parsed_moment
from referhub import (
    Credit,
    Later,
    Money,
    Outcome,
    Receipt,
    Refused,
    Rejected,
    TryLater,
    Unknown,
    Unreadable,
    Unsure,
)

CUSTOMER = re.compile(r"gid://shopify/Customer/[0-9]{1,19}")
TAKEN = "TAKEN"
UNTIL_A_RIGHT_IS_GIVEN = timedelta(hours=1)


def settled(attempt: Callable[[], Outcome]) -> Outcome:
    """The outcome of an attempt, failures included. `NeedsAttention` passes: it stops the connection.

    A right that is missing for this kind of reward stops no other: the reward waits for it and says so.
    """
    try:
        return attempt()
    except RightMissing as error:
        return Later(error.hint, UNTIL_A_RIGHT_IS_GIVEN)
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
    """A definite no: Shopify's code, with what it means in plain words. Raises `Unknown` if it is none."""
    code = codes[0]
    if code == "INTERNAL_ERROR":  # Shopify's own failure says nothing about the effect
        raise Unknown("Shopify had an internal error")
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


def marked(credit: Credit) -> str:
    """The credit's note with the push id in it, by which it is recognised as ours."""
    return f"{credit.note[:150]} · {credit.push_id}"


def remote_id_of(node: Body) -> str:
    """The source's own id. Raises `Unknown` without one."""
    found = node.get("id")
    if not isinstance(found, str) or not found:
        raise Unknown("Shopify's answer names no id")
    return found


def taken_back(node: Body, amount: Money) -> Receipt:
    """Proof of a deactivation; its id differs from the one under which the reward was given."""
    return Receipt(f"{remote_id_of(node)}#deactivated", amount, "deactivated")


def iso(at: datetime) -> str:
    """The time as Shopify writes it, UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
