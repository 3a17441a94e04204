"""Finds people of the programme among the org's contacts, and then its open leads, by their addresses.

https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_contact.htm
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.salesforce import soql
from connectors.salesforce.budget import Purpose
from connectors.salesforce.client import OrgApi
from connectors.salesforce.ids import full_id
from connectors.salesforce.mapping import contact_claim
from connectors.salesforce.schema import Schema
from referhub import IdentityClaim, IdentityKind, Rejected, Unreadable


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


def locate_many(api: OrgApi, schema: Schema, addresses: Sequence[IdentityClaim]) -> list[IdentityClaim | None]:
    """For each address the one contact, or else the one open lead, who has it; None if there is none, or several."""
    wanted = {claim.value.casefold(): claim.value for claim in addresses if claim.kind is IdentityKind.EMAIL}
    contacts = _by_address(api, schema, "Contact", ["AccountId", "IsPersonAccount"], "", wanted.values())
    missing = [written for address, written in wanted.items() if address not in contacts]
    leads = _by_address(api, schema, "Lead", [], " AND IsConverted = false", missing)
    owners = {**contacts, **leads}
    return [_only(owners.get(claim.value.casefold(), ())) for claim in addresses]


def _by_address(
    api: OrgApi, schema: Schema, kind: str, more: Sequence[str], rest: str, addresses: Iterable[str]
) -> Mapping[str, list[IdentityClaim]]:
    asked = sorted(addresses)
    if not asked:
        return {}
    fields = schema.visible(kind, ["Id", "Email", *more])
    found: dict[str, list[IdentityClaim]] = defaultdict(list)
    for some in soql.portions(asked):
        where = f"Email IN {soql.listed(some)} AND IsDeleted = false{rest}"
        try:
            rows = api.query(soql.select(fields, kind, where), Purpose.POLL)
        except Rejected as error:
            raise Unreadable(str(error)) from None
        for row in rows:
            found[str(row.get("Email")).casefold()].append(_claim(kind, row))
    return found


def _claim(kind: str, row: Mapping[str, Any]) -> IdentityClaim:
    return contact_claim(row) if kind == "Contact" else IdentityClaim(IdentityKind.LEAD, str(row["Id"]))


def _only(claims: Sequence[IdentityClaim]) -> IdentityClaim | None:
    return claims[0] if len(claims) == 1 else None
