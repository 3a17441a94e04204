"""Reads a deal, a lead or a referred contact again, before a reward for it leaves its hold."""

from connectors.hubspot.hints import Hint, id_of
from connectors.hubspot.mapping import CONTACT_PREFIX, DEAL_PREFIX, REFERRED_PREFIX, lead_order, referred_order
from connectors.hubspot.reading import POLLED, Reader
from referhub import Gone, Order, Unreadable

KINDS = {DEAL_PREFIX: "deal", CONTACT_PREFIX: "contact", REFERRED_PREFIX: "contact"}


def verify(reader: Reader, order_id: str) -> Order | Gone:
    """The deal, lead or contact as it stands now. Raises `TryLater`, `NeedsAttention` or `Unreadable`."""
    prefix, slash, record_id = order_id.partition("/")
    record = KINDS.get(prefix + slash)
    if record is None or not id_of(record_id):
        raise Unreadable("this is neither a deal nor a contact of HubSpot")
    as_what = referred_order if prefix + slash == REFERRED_PREFIX else lead_order
    return reader.order(Hint(record=record, action=POLLED, id=record_id), as_what)
