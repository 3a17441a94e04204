"""Signals of an order: where it was bought from, and where it goes to.

Of means of payment and of browsers a webhook tells nothing that stays the same (`client_details.session_hash` changes
with the visit). The Admin API is asked for the site alone, which is part of the buyer's way to the shop: addresses need
a right that many apps do not have, and a refused field would refuse the order; whose address `clientIp` is for certain,
is not said. https://shopify.dev/docs/api/webhooks and https://shopify.dev/docs/api/admin-graphql/2026-10/objects/CustomerVisit
"""

from collections.abc import Iterator

from connectors.shopify.picking import Body, child, text
from referhub import Signal, SignalKind

# A till's address is the merchant's own, whoever buys.
ONLINE = "web"
STREET = ("address1", "address2", "zip", "city", "country_code")


def from_admin_api(order: Body) -> tuple[Signal, ...]:
    """What an order that was asked for shows of its buyer: the site they came from, if they came from one."""
    visit = child(child(order, "customerJourneySummary"), "lastVisit")
    site = text(visit, "referrerUrl") if text(order, "sourceName") == ONLINE else None
    return (Signal(SignalKind.CAME_FROM, site),) if site else ()


def from_order(order: Body) -> tuple[Signal, ...]:
    """What a webhook's order shows of its buyer; nothing that the app may not see."""
    return tuple(dict.fromkeys((*_browsing(order), *_living(order))))


def _browsing(order: Body) -> Iterator[Signal]:
    if text(order, "source_name") != ONLINE:
        return
    details = child(order, "client_details")
    told = {
        SignalKind.IP: text(order, "browser_ip") or text(details, "browser_ip"),
        SignalKind.USER_AGENT: text(details, "user_agent"),
        SignalKind.CAME_FROM: text(order, "referring_site"),
    }
    yield from (Signal(kind, value) for kind, value in told.items() if value)


def _living(order: Body) -> Iterator[Signal]:
    for place in ("shipping_address", "billing_address"):
        address = child(order, place)
        if text(address, "address1") and (postcode := text(address, "zip")):
            yield Signal(SignalKind.ADDRESS, ", ".join(filter(None, (text(address, part) for part in STREET))))
            yield Signal(SignalKind.POSTCODE, f"{text(address, 'country_code') or ''} {postcode}")
