"""Which fields are asked for of each object: those that mean something here, and that the integration user sees."""

from collections.abc import Sequence

from connectors.salesforce import soql
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.facts import asked_of_contacts, asked_of_opportunities
from connectors.salesforce.schema import Schema, on_person_account

SYSTEM = ("Id", "IsDeleted", "SystemModstamp", "LastModifiedById")
OWN = {
    "Contact": (
        "MasterRecordId",
        "AccountId",
        "Name",
        "Email",
        "Phone",
        "MobilePhone",
        "IsPersonAccount",
        "CreatedDate",
    ),
    "Lead": (
        "MasterRecordId",
        "Name",
        "Email",
        "Phone",
        "MobilePhone",
        "IsConverted",
        "ConvertedDate",
        "ConvertedContactId",
        "CurrencyIsoCode",
    ),
    "Account": (
        "MasterRecordId",
        "Name",
        "Phone",
        "IsPersonAccount",
        "PersonContactId",
        "PersonEmail",
        "PersonMobilePhone",
        "CreatedDate",
    ),
    "Opportunity": (
        "Name",
        "IsWon",
        "Amount",
        "CurrencyIsoCode",
        "CloseDate",
        "CreatedDate",
        "LastStageChangeDate",
        "AccountId",
    ),
    "Order": (
        "OrderNumber",
        "StatusCode",
        "TotalAmount",
        "CurrencyIsoCode",
        "EffectiveDate",
        "ActivatedDate",
        "OpportunityId",
        "BillToContactId",
        "AccountId",
    ),
}
ON_CONTACT = ("Name", "Email", "Phone", "MobilePhone", "AccountId", "IsPersonAccount")
ON_PERSON = ("Name", "Phone", "IsPersonAccount", "PersonEmail", "PersonMobilePhone")


class Columns:
    """The fields to select in one org."""

    def __init__(self, config: SalesforceConfig, schema: Schema) -> None:
        self._config = config
        self._schema = schema

    def of(self, kind: str) -> list[str]:
        """What to select of an object, with what belongs to it; nothing where the org does not have or show it."""
        fields = self._schema.visible(kind, [*SYSTEM, *OWN[kind], *self._named(kind)])
        return [*dict.fromkeys(fields), *self._related(kind)] if fields else []

    def _named(self, kind: str) -> Sequence[str]:
        """The fields that the settings name."""
        config = self._config
        return {
            "Contact": [config.code_field, *asked_of_contacts(config)],
            "Lead": [config.code_field],
            "Account": [*map(on_person_account, (config.code_field, *config.contact_fact_names))],
            "Opportunity": [
                config.opportunity_code_field,
                config.opportunity_reference_field,
                *asked_of_opportunities(config),
            ],
        }.get(kind, [])

    def _related(self, kind: str) -> list[str]:
        if kind == "Lead":
            contact = self._schema.visible("Contact", ["AccountId", "IsPersonAccount"])
            return [f"ConvertedContact.{name}" for name in contact]
        if kind == "Order":
            return [*(f"BillToContact.{name}" for name in self._on_contact([])), *self._on_person()]
        if kind == "Opportunity":
            contact = self._on_contact(asked_of_contacts(self._config))
            roles = ["Id", "ContactId", "IsPrimary", "IsDeleted", *(f"Contact.{name}" for name in contact)]
            return [*self._on_person(), f"({soql.select(roles, 'OpportunityContactRoles')})"]
        return []

    def _on_contact(self, more: Sequence[str]) -> list[str]:
        return self._schema.visible("Contact", list(dict.fromkeys([*ON_CONTACT, self._config.code_field, *more])))

    def _on_person(self) -> list[str]:
        """Of the account, where it can be a person."""
        if not self._schema.has("Account", "IsPersonAccount"):
            return []
        person = [*ON_PERSON, on_person_account(self._config.code_field)]
        return [f"Account.{name}" for name in self._schema.visible("Account", person)]
