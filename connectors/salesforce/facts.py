"""What terms may ask of an opportunity, an order and a contact: the usual fields, and those that the settings name.

https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/
"""

from collections.abc import Mapping, Sequence

from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.picking import Body, record_id, text
from referhub import FactField, FactKind, FieldValue, Money

DEAL: Mapping[str, str] = {"stage": "StageName", "type": "Type", "source": "LeadSource", "owner": "OwnerId"}
CONTACT: Mapping[str, str] = {"source": "LeadSource"}
FACTS: Mapping[str, FactField] = {
    "deal.stage": FactField(FactKind.TEXT, "the stage: Closed Won"),
    "deal.type": FactField(FactKind.TEXT, "the type of the opportunity"),
    "deal.source": FactField(FactKind.TEXT, "the lead source of the opportunity"),
    "deal.owner": FactField(FactKind.TEXT, "the id of who works on it"),
    "deal.amount": FactField(FactKind.AMOUNT, "what it is worth"),
    "deal.*": FactField(FactKind.TEXT, "a field that the setting opportunity_facts names"),
    "contact.source": FactField(FactKind.TEXT, "the lead source of the contact"),
    "contact.*": FactField(FactKind.TEXT, "a field that the setting contact_facts names"),
}


def asked_of_opportunities(config: SalesforceConfig) -> list[str]:
    """The fields to read of an opportunity for its facts."""
    return [*DEAL.values(), *config.opportunity_fact_names]


def asked_of_contacts(config: SalesforceConfig) -> list[str]:
    """The fields to read of a contact for its facts."""
    return [*CONTACT.values(), *config.contact_fact_names]


def deal_facts(row: Body, worth: Money, config: SalesforceConfig) -> dict[str, FieldValue]:
    """What is known of an opportunity; nothing of one that was deleted, which is in no stage any more."""
    if row.get("IsDeleted") is True:
        return {}
    return {**_told(row, "deal", DEAL, config.opportunity_fact_names), "deal.amount": worth.text()}


def contact_facts(row: Body, config: SalesforceConfig) -> dict[str, FieldValue]:
    """What is known of a contact."""
    return _told(row, "contact", CONTACT, config.contact_fact_names)


def _told(row: Body, owner: str, usual: Mapping[str, str], more: Sequence[str]) -> dict[str, FieldValue]:
    names = {**{name: name for name in more}, **usual}
    return {f"{owner}.{name}": value for name, theirs in names.items() if (value := _value(row, theirs))}


def _value(row: Body, field: str) -> FieldValue | None:
    """Ids in their long form, other texts as they are, a checkbox as yes or no, and numbers as text."""
    found = row.get(field)
    if isinstance(found, str):
        return (record_id(row, field) if field.endswith("Id") else None) or text(row, field)
    return None if found is None or isinstance(found, Mapping) else str(found).lower()
