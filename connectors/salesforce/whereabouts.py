"""Where people are who are no longer where the hub wrote to them: merged, converted or deleted."""

from collections.abc import Iterable, Sequence

from connectors.salesforce import soql
from connectors.salesforce.budget import Purpose
from connectors.salesforce.client import OrgApi
from connectors.salesforce.mapping import contact_claim
from connectors.salesforce.picking import Body, child, record_id
from connectors.salesforce.rows import again
from connectors.salesforce.schema import Schema
from referhub import Moved, NotThere, Rejected, TryLater, WriteOutcome


def whereabouts(api: OrgApi, schema: Schema, people: Iterable[tuple[str, str]]) -> dict[str, WriteOutcome]:
    """For each of these (object, id) what the hub has to hear instead of an outcome; one call for each object."""
    found: dict[str, WriteOutcome] = {}
    by_kind: dict[str, list[str]] = {}
    for kind, own_id in sorted(people):
        by_kind.setdefault(kind, []).append(own_id)
    for kind, ids in by_kind.items():
        try:
            by_id = {record_id(row, "Id"): row for row in _traces(api, schema, kind, ids)}
        except (TryLater, Rejected) as problem:
            found |= dict.fromkeys(ids, again(str(problem)))
            continue
        found |= {own_id: _told(by_id.get(own_id)) for own_id in ids}
    return found


def _traces(api: OrgApi, schema: Schema, kind: str, ids: Sequence[str]) -> list[Body]:
    wanted = ["Id", "IsDeleted", "MasterRecordId", "IsConverted", "ConvertedContactId"]
    fields = schema.visible(kind, wanted)
    if kind == "Lead":
        persons = schema.visible("Contact", ["AccountId", "IsPersonAccount"])
        fields += [f"ConvertedContact.{name}" for name in persons]
    return api.query(soql.select(fields, kind, f"Id IN {soql.listed(ids)}"), Purpose.WRITE)


def _told(row: Body | None) -> WriteOutcome:
    if row is None:
        return NotThere("Salesforce no longer has this person")
    master, contact = record_id(row, "MasterRecordId"), record_id(row, "ConvertedContactId")
    if contact and row.get("IsConverted") is True:
        return Moved(contact_claim({**child(row, "ConvertedContact"), "Id": contact}).value)
    if row.get("IsDeleted") is not True:
        return again("Salesforce says that it is gone, and shows it")
    return Moved(master) if master else NotThere("it was deleted in Salesforce")
