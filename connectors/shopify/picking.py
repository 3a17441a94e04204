"""Picks single facts out of a Shopify body; what is missing is None, what is spoilt is `Unreadable`."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from referhub import Contact, IdentityClaim, IdentityKind, Unreadable

Body = dict[str, Any]
ZERO = Decimal(0)
AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
MAX_ID = 2**63
LONGEST_TEXT = 320
MOST_PIECES = 10**9


def objects(value: Any) -> Iterator[Body]:
    """The objects of a list; anything else in its place is skipped."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                yield item


def child(body: Body, key: str) -> Body:
    """The object under `key`, or an empty one."""
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def text(body: Body, key: str) -> str | None:
    """The trimmed text under `key`, or None when it is missing, empty or absurdly long."""
    value = body.get(key)
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        return None
    return value.strip() or None


def count(body: Body, key: str) -> int | None:
    """The number of pieces under `key`, or None when it is missing or none Shopify would give."""
    number = body.get(key)
    return number if type(number) is int and 0 <= number < MOST_PIECES else None


def gid(kind: str, body: Body, key: str = "id") -> str:
    """`gid://shopify/<kind>/<number>` from the exact integer under `key`."""
    number = body.get(key)
    if type(number) is not int or not 0 < number < MAX_ID:
        raise Unreadable(f"{key} of the {kind.lower()} is not a number Shopify would give")
    return f"gid://shopify/{kind}/{number}"


def moment(body: Body, *keys: str) -> datetime | None:
    """The first time found under `keys`, aware, UTC; None when all are missing."""
    for key in keys:
        value = body.get(key)
        if value is not None:
            return parsed_moment(value)
    return None


def parsed_moment(value: Any) -> datetime:
    """An ISO 8601 time with an offset, in UTC. Raises `Unreadable`."""
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise Unreadable(f"{str(value)[:40]!r} is not a time with an offset")


def amount(value: Any) -> Decimal:
    """The exact amount in major units that a decimal string spells. Raises `Unreadable`.

    It stays exact, so that an order is rounded only once; `Money` checks the currency then.
    """
    if not isinstance(value, str) or not AMOUNT.fullmatch(value):
        raise Unreadable(f"{str(value)[:40]!r} is not an amount of money")
    return Decimal(value)


def contact(customer: Body, **fallback: str | None) -> Contact:
    """The person whom a customer object describes, as far as Shopify lets us see it.

    What was typed at checkout (`fallback`) names a guest only: a signed-in customer could type anybody's
    address, and would become that person's account and be paid in their stead.
    """
    has_account = customer.get("id") is not None
    claims = [IdentityClaim(IdentityKind.CUSTOMER, gid("Customer", customer))] if has_account else []
    typed = {} if has_account else fallback
    email = text(customer, "email") or typed.get("email")
    phone = text(customer, "phone") or typed.get("phone")
    claims += [IdentityClaim(IdentityKind.EMAIL, email)] if email else []
    claims += [IdentityClaim(IdentityKind.PHONE, phone)] if phone else []
    names = (text(customer, "first_name"), text(customer, "last_name"))
    return Contact(identities=tuple(claims), name=" ".join(name for name in names if name) or None)
