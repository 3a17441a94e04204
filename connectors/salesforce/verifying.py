"""Reads one purchase again before a reward leaves its hold, and finds people by address."""

from connectors.salesforce import soql
from connectors.salesforce.client import OrgApi
from connectors.salesforce.ids import full_id, kind_of
from connectors.salesforce.mapping import contact_claim
from connectors.salesforce.reading import Reader
from connectors.salesforce.schema import Schema
from referhub import (
    ConnectorError,
    Gone,
    IdentityClaim,
    IdentityKind,
    Ignored,
    Order,
    Rejected,
    Unreadable,
)

PURCHASES = frozenset({"Opportunity", "Order", "Lead"})


def verify(reader: Reader, order_id: str) -> Order | Gone:
    """The opportunity, order or lead as it stands. Raises `TryLater`, `NeedsAttention` or `Unreadable`."""
    record = full_id(order_id)
    kind = kind_of(record) if record else None
    if record is None or kind not in PURCHASES:
        raise Unreadable("this is not the id of an opportunity, an order or a lead")
    row = reader.records([(kind, record)])[kind, record]
    if isinstance(row, ConnectorError):
        raise row
    if row is None or (row.get("IsDeleted") is True and kind != "Lead"):
        return Gone("it was deleted in Salesforce")
    for event in reader.events_of(kind, row):
        if isinstance(event, Ignored):
            return Gone(event.reason)
        if order := getattr(event, "order", None):
            assert isinstance(order, Order)
            return order
    return Gone("the lead is no longer a converted one")


def locate(api: OrgApi, schema: Schema, identity: IdentityClaim) -> str | None:
    """The one contact with this id or address; None if there is none, or more than one. Raises `Unreadable`."""
    if identity.kind is IdentityKind.CONTACT:
        return full_id(identity.value)
    if identity.kind is not IdentityKind.EMAIL:
        return None
    fields = schema.visible("Contact", ["Id", "AccountId", "IsPersonAccount"])
    where = f"Email = {soql.quoted(identity.value)} AND IsDeleted = false"
    try:
        found = api.query(soql.select(fields, "Contact", where, "LIMIT 2"))
    except Rejected as error:
        raise Unreadable(str(error)) from None
    return contact_claim(found[0]).value if len(found) == 1 else None
