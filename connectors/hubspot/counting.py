"""What a contact counts as: told once however many contacts were merged into it, and again when its code is gone."""

from collections.abc import Iterable
from dataclasses import replace

from connectors.hubspot.config import HubSpotConfig
from connectors.hubspot.hints import Hint
from connectors.hubspot.mapping import is_referred, lead_order, referred_order
from connectors.hubspot.records import Row, by_age
from referhub import Contact, ContactReferred, LeadQualified, Order, OrderEvent


def counted(row: Row, former: Iterable[str], hint: Hint, config: HubSpotConfig, currency: str) -> list[OrderEvent]:
    """The contact as a lead and as referred, as far as that matters here, and that each of its `former` ids is none.

    A contact counts under the oldest of its ids. Raises `Unreadable`.
    """
    if not (is_referred(row, config) or tells_of_the_code(hint, config)):
        return []
    told: list[OrderEvent] = []
    if config.stages:
        told.append(LeadQualified(lead_order(row, config, currency)))
    if config.tells_contacts:
        told.append(ContactReferred(referred_order(row, config, currency)))
    absorbed = sorted({*former, *row.former_ids} - {row.id, row.first_id}, key=by_age)
    return [*told, *(replace(one, order=_absorbed(one.order, record_id)) for one in told for record_id in absorbed)]


def tells_of_the_code(hint: Hint, config: HubSpotConfig) -> bool:
    """True for a hint of the code itself: where none stands there, it was taken away."""
    return hint.action == "propertyChange" and hint.property_name == config.referred_by_property


def _absorbed(order: Order, record_id: str) -> Order:
    """A contact that goes on in another one, which counts in its place; what was paid for it already stays paid."""
    prefix = order.source_id.partition("/")[0]
    return replace(
        order,
        source_id=f"{prefix}/{record_id}",
        name=f"Contact {record_id}",
        friend=Contact(),
        is_paid=False,
        cancelled_at=None,
        evidence=(),
        signals=(),
        fields={},
    )
