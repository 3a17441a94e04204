"""What terms may ask of a deal and its contact: the usual properties, and those that the connection's settings name.

https://developers.hubspot.com/docs/api-reference/crm-deals-v3/guide
"""

from collections.abc import Mapping

from connectors.hubspot.config import HubSpotConfig
from connectors.hubspot.records import Row
from referhub import FactField, FactKind, FieldValue, Money

DEAL: Mapping[str, str] = {
    "stage": "dealstage",
    "pipeline": "pipeline",
    "type": "dealtype",
    "owner": "hubspot_owner_id",
    "source": "hs_analytics_source",
}
CONTACT: Mapping[str, str] = {
    "lifecycle": "lifecyclestage",
    "status": "hs_lead_status",
    "country": "country",
    "source": "hs_analytics_source",
    "owner": "hubspot_owner_id",
}
FACTS: Mapping[str, FactField] = {
    "deal.stage": FactField(FactKind.TEXT, "the internal name of the stage: closedwon"),
    "deal.pipeline": FactField(FactKind.TEXT, "the internal name of the pipeline: default"),
    "deal.type": FactField(FactKind.TEXT, "newbusiness or existingbusiness"),
    "deal.owner": FactField(FactKind.TEXT, "the id of who works on it"),
    "deal.source": FactField(FactKind.TEXT, "where HubSpot says that it came from: PAID_SEARCH"),
    "deal.amount": FactField(FactKind.AMOUNT, "what it is worth"),
    "deal.*": FactField(FactKind.TEXT, "a property that the setting deal_facts names"),
    "contact.lifecycle": FactField(FactKind.TEXT, "the lifecycle stage: customer"),
    "contact.status": FactField(FactKind.TEXT, "the lead status: CONNECTED"),
    "contact.country": FactField(FactKind.TEXT, "the country as the contact says it"),
    "contact.source": FactField(FactKind.TEXT, "where HubSpot says that they came from"),
    "contact.owner": FactField(FactKind.TEXT, "the id of who works with them"),
    "contact.*": FactField(FactKind.TEXT, "a property that the setting contact_facts names"),
}
LONGEST = 200


def asked_of_deals(config: HubSpotConfig) -> list[str]:
    """The properties to read of a deal for its facts."""
    return [*DEAL.values(), *config.deal_fact_names]


def asked_of_contacts(config: HubSpotConfig) -> list[str]:
    """The properties to read of a contact for its facts."""
    return [*CONTACT.values(), *config.contact_fact_names]


def deal_facts(row: Row, worth: Money, config: HubSpotConfig) -> dict[str, FieldValue]:
    """What is known of a deal; nothing of one that was deleted, which is in no stage any more."""
    if row.is_archived:
        return {}
    return {**_told(row, "deal", DEAL, config.deal_fact_names), "deal.amount": worth.text()}


def contact_facts(row: Row, config: HubSpotConfig) -> dict[str, FieldValue]:
    """What is known of a contact."""
    return {} if row.is_archived else _told(row, "contact", CONTACT, config.contact_fact_names)


def _told(row: Row, owner: str, usual: Mapping[str, str], more: tuple[str, ...]) -> dict[str, FieldValue]:
    names = {**{name: name for name in more}, **usual}
    return {f"{owner}.{name}": value for name, theirs in names.items() if (value := row.text(theirs)[:LONGEST])}
