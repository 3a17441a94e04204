"""Store visits: what a customer of a shop may see of their own part in the programme."""

from core.contract.events import IdentityClaim
from core.gateway.hub import Hub
from core.queries.own_referral import OwnReferral, own_referral
from core.services.store_apps import shop_of


def own_referral_of(hub: Hub, key: str, shop: str, customer: IdentityClaim) -> OwnReferral | None:
    """The customer's own codes and sums; None for somebody who is no advocate, and where the app is not installed."""
    found = shop_of(hub, key, shop)
    if found is None:
        return None
    with hub.within(found.merchant_id).database.reading() as session:
        return own_referral(session, found.connection_id, customer)
