"""Traces of a referral on an order: collected, trimmed, and never trusted."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_plus

from connectors.shopify.picking import Body, child, objects
from referhub import Evidence, EvidenceKind

CART_ATTRIBUTE = "_refhub"
MARK = "ref="
CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
SIGNED_TOKEN = re.compile(r"[A-Za-z0-9_.-]{1,200}")  # v1.<code>.<click id>.<mac>
LONGEST_ADDRESS = 4096
MOST = 20


def from_webhook(order: Body) -> tuple[Evidence, ...]:
    """The traces in a webhook's order, strongest first."""
    landing = (order.get("landing_site_ref"), ref_of(order.get("landing_site")))
    return tidied(
        [(EvidenceKind.CODE, item.get("code")) for item in objects(order.get("discount_codes"))]
        + _signed(order.get("note_attributes"), "name")
        + [(EvidenceKind.LANDING_REF, value) for value in landing]
    )


def from_admin_api(order: Body) -> tuple[Evidence, ...]:
    """The traces in an order read by the Admin API, strongest first."""
    codes = order.get("discountCodes")
    journey = child(order, "customerJourneySummary")
    return tidied(
        [(EvidenceKind.CODE, code) for code in (codes if isinstance(codes, list) else [])]
        + _signed(order.get("customAttributes"), "key")
        + _visit(EvidenceKind.LAST_VISIT, child(journey, "lastVisit"))
        + _visit(EvidenceKind.FIRST_VISIT, child(journey, "firstVisit"))
    )


def ref_of(address: Any) -> str | None:
    """The `ref` parameter of a landing page's address, or None."""
    if not isinstance(address, str) or len(address) > LONGEST_ADDRESS or MARK not in address:
        return None
    # By hand: the library's parser raises on odd hosts, and costs more than reading the rest of the order's traces.
    query = address.partition("#")[0].partition("?")[2]
    found = next((part for part in query.split("&") if part.startswith(MARK)), None)
    return unquote_plus(found.removeprefix(MARK)) if found else None


def _signed(attributes: Any, name_key: str) -> list[tuple[EvidenceKind, Any]]:
    return [
        (EvidenceKind.SIGNED_ATTRIBUTE, item.get("value"))
        for item in objects(attributes)
        if item.get(name_key) == CART_ATTRIBUTE
    ]


def _visit(kind: EvidenceKind, visit: Body) -> list[tuple[EvidenceKind, Any]]:
    return [(kind, visit.get("referralCode")), (kind, ref_of(visit.get("landingPage")))]


def tidied(found: Iterable[tuple[EvidenceKind, Any]]) -> tuple[Evidence, ...]:
    """The values that could be a code at all, trimmed, each once per kind, in the order found."""
    kept: dict[Evidence, None] = {}
    for kind, value in found:
        shape = SIGNED_TOKEN if kind is EvidenceKind.SIGNED_ATTRIBUTE else CODE
        if isinstance(value, str) and shape.fullmatch(trimmed := value.strip()):
            kept[Evidence(kind, trimmed)] = None
    return tuple(kept)[:MOST]
