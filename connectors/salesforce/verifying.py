"""Reads one purchase again before a reward leaves its hold."""

from connectors.salesforce.ids import full_id, kind_of
from connectors.salesforce.picking import Body, record_id
from connectors.salesforce.reading import Reader
from referhub import (
    ConnectorError,
    Gone,
    Ignored,
    Order,
    Unreadable,
)

PURCHASES = frozenset({"Opportunity", "Order", "Lead", "Contact", "Account"})

NO_LONGER = {
    "Lead": "the lead is no longer a converted one",
    "Contact": "the contact carries no referral code any more",
    "Account": "the person account carries no referral code any more",
}


def verify(reader: Reader, order_id: str) -> Order | Gone:
    """The opportunity, order, lead or referred person as it stands.

    Raises `TryLater`, `NeedsAttention` or `Unreadable`.
    """
    record = full_id(order_id)
    kind = kind_of(record) if record else None
    if record is None or kind not in PURCHASES:
        raise Unreadable("this is not the id of an opportunity, an order, a lead, a contact or a person account")
    row = reader.records([(kind, record)])[kind, record]
    if isinstance(row, ConnectorError):
        raise row
    if row is None or (row.get("IsDeleted") is True and not _lives_on(row)):
        return Gone("it was deleted in Salesforce")
    for event in reader.events_of(kind, {**row, "IsDeleted": False}):
        if isinstance(event, Ignored):
            return Gone(event.reason)
        if order := getattr(event, "order", None):
            assert isinstance(order, Order)
            return order
    return Gone(NO_LONGER[kind])


def _lives_on(row: Body) -> bool:
    """True for a contact that was merged and for a lead that was converted: the person is there under another id."""
    return record_id(row, "MasterRecordId") is not None or row.get("IsConverted") is True
