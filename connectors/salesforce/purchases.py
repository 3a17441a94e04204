"""What somebody has bought already is told again when who recommended them is noted afterwards.

A code on a contact touches neither their opportunities nor their orders, so Salesforce says nothing of those, and no
poll finds them. Whichever was entered first, the hub must come to the same.
"""

from collections.abc import Callable, Iterable, Mapping

from connectors.salesforce import soql
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.echoes import Echoes
from connectors.salesforce.mapping import evidence
from connectors.salesforce.picking import Body, child, record_id, rows
from connectors.salesforce.schema import on_person_account
from referhub import EvidenceKind, Rejected

Key = tuple[str, str]
OBJECTS = ("Opportunity", "Order")


class Purchases:
    """Finds the purchases of people whose code is news; `select` reads the rows of an object that meet a condition."""

    def __init__(self, config: SalesforceConfig, select: Callable[[str, str], list[Body]]) -> None:
        self._config = config
        self._select = select
        self._codes = Echoes()

    def is_news(self, key: Key, row: Body, delivery: str) -> bool:
        """True for a living person with a code that no other hint has told before, or whose code was taken away.

        What was told is remembered in this process; what it has forgotten is found before anything is paid.
        """
        kind, record = key
        field = {"Contact": self._config.code_field, "Account": on_person_account(self._config.code_field)}.get(kind)
        found = evidence([(EvidenceKind.CONTACT_FIELD, row.get(field))]) if field else ()
        if row.get("IsDeleted") is True or not (found or self._codes.knows(record)):
            return False
        return not self._codes.is_echo(record, found, delivery, is_ours=True)

    def of(self, people: Mapping[Key, Body]) -> dict[Key, list[tuple[str, Body]]]:
        """The opportunities and orders of these people: one call for each object. Raises `TryLater`."""
        owners = {name: key for key, row in people.items() for name in _names(key, row)}
        contacts = sorted(name for name in owners if name.startswith("003"))
        accounts = sorted(name for name in owners if name.startswith("001"))
        found: dict[Key, dict[str, tuple[str, Body]]] = {}
        for kind in OBJECTS if owners else ():
            for row in self._rows(kind, contacts, accounts):
                for key in {owners[name] for name in _buyers(kind, row) if name in owners}:
                    found.setdefault(key, {})[str(row.get("Id"))] = (kind, row)
        return {key: list(purchases.values()) for key, purchases in found.items()}

    def _rows(self, kind: str, contacts: list[str], accounts: list[str]) -> list[Body]:
        if kind not in self._config.asked_objects:
            return []
        wanted = [f"AccountId IN {soql.listed(accounts)}"] if accounts else []
        if contacts:
            ids = f"IN {soql.listed(contacts)}"
            roles = f"Id IN ({soql.select(['OpportunityId'], 'OpportunityContactRole', f'ContactId {ids}')})"
            wanted.append(roles if kind == "Opportunity" else f"BillToContactId {ids}")
        try:
            return [row for where in wanted for row in self._select(kind, where)]
        except Rejected:
            return []  # what cannot be asked for so is told when it changes itself


def _names(key: Key, row: Body) -> Iterable[str]:
    """The ids by which a purchase can name a person."""
    hidden = record_id(row, "PersonContactId")
    return (key[1], hidden) if hidden else (key[1],)


def _buyers(kind: str, row: Body) -> set[str]:
    roles = rows(child(row, "OpportunityContactRoles").get("records")) if kind == "Opportunity" else []
    contacts = [record_id(role, "ContactId") for role in roles]
    named = (*contacts, record_id(row, "BillToContactId"), record_id(row, "AccountId"))
    return {name for name in named if name}
