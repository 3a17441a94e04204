"""Finds the customer who can receive a credit."""

from connectors.shopify.client import AdminApi, Urgency
from connectors.shopify.picking import child
from connectors.shopify.rewards.outcome import CUSTOMER
from referhub import IdentityClaim, IdentityKind, Rejected, Unreadable

LOOKUPS = {IdentityKind.EMAIL: "emailAddress", IdentityKind.PHONE: "phoneNumber"}


def locate(api: AdminApi, identity: IdentityClaim) -> str | None:
    """The customer's GID, or None if the shop knows nobody so. Raises `TryLater`, `NeedsAttention` or `Unreadable`."""
    if identity.kind is IdentityKind.CUSTOMER:
        return identity.value if CUSTOMER.fullmatch(identity.value) else None
    if identity.kind not in LOOKUPS:
        return None
    try:
        identifier = {LOOKUPS[identity.kind]: identity.value}
        data = api.query("customer_by_identifier", {"identifier": identifier}, Urgency.PROMPT)
    except Rejected as error:
        # About this one address; the shop's other customers can still be found.
        raise Unreadable(str(error)) from None
    found = child(data, "customerByIdentifier").get("id")
    return found if isinstance(found, str) else None
