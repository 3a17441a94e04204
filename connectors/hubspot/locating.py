"""Finds people of the programme among the portal's contacts by their addresses, a hundred at a time.

https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/guide
"""

from collections import defaultdict
from collections.abc import Sequence

from connectors.hubspot import records
from connectors.hubspot.sdk import Portal
from referhub import IdentityClaim, IdentityKind


def locate_many(api: Portal, addresses: Sequence[IdentityClaim]) -> list[IdentityClaim | None]:
    """For each address the one contact who has it; None if there is none, or more than one."""
    wanted = {claim.value.casefold() for claim in addresses if claim.kind is IdentityKind.EMAIL}
    owners: dict[str, set[str]] = defaultdict(set)
    for row in records.by_emails(api, sorted(wanted)) if wanted else ():
        for address in records.emails_of(row):
            owners[address].add(row.id)
    return [_only(owners.get(claim.value.casefold(), set())) for claim in addresses]


def _only(ids: set[str]) -> IdentityClaim | None:
    return IdentityClaim(IdentityKind.CONTACT, next(iter(ids))) if len(ids) == 1 else None
