"""The object types there are: their names, type ids, scopes and what their records show unasked."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.hubspot.complaints import Complaint


@dataclass(frozen=True)
class Kind:
    type_id: str
    name: str
    plural: str
    modified: str
    shown: tuple[str, ...]
    searched: tuple[str, ...]

    @property
    def read(self) -> str:
        return f"crm.objects.{self.plural}.read"

    @property
    def write(self) -> str:
        return f"crm.objects.{self.plural}.write"


KINDS = {
    kind.type_id: kind
    for kind in (
        Kind(
            "0-1",
            "contact",
            "contacts",
            "lastmodifieddate",
            ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
            ("email", "firstname", "lastname", "phone", "company"),
        ),
        Kind(
            "0-3",
            "deal",
            "deals",
            "hs_lastmodifieddate",
            (
                "amount",
                "closedate",
                "createdate",
                "dealname",
                "dealstage",
                "hs_lastmodifieddate",
                "hs_object_id",
                "pipeline",
            ),
            ("dealname",),
        ),
        Kind(
            "0-123",
            "order",
            "orders",
            "hs_lastmodifieddate",
            ("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
            ("hs_order_name",),
        ),
        Kind(
            "0-136",
            "lead",
            "leads",
            "hs_lastmodifieddate",
            ("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
            ("hs_lead_name",),
        ),
    )
}
BY_NAME = {name: kind for kind in KINDS.values() for name in (kind.type_id, kind.name, kind.plural)}


def kind_of(name: str) -> Kind:
    """The kind by type id, singular or plural name; raises Complaint for any other."""
    found = BY_NAME.get(name.lower())
    if found is None:
        raise Complaint(400, "VALIDATION_ERROR", f"Unable to infer object type from: {name}")
    return found


# Ways to be tied that every portal knows: (from, to) to the type ids, the unlabelled one first
# (https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide#association-type-id-values).
TIES: dict[tuple[str, str], int] = {
    ("0-1", "0-3"): 4,
    ("0-3", "0-1"): 3,
    ("0-1", "0-1"): 449,
    ("0-1", "0-123"): 508,
    ("0-123", "0-1"): 507,
    ("0-3", "0-123"): 511,
    ("0-123", "0-3"): 512,
    ("0-1", "0-136"): 579,
    ("0-136", "0-1"): 578,
}
# No primary tie between contacts and deals is published; these two ids are this sandbox's own.
PRIMARY: dict[tuple[str, str], int] = {("0-1", "0-3"): 9004, ("0-3", "0-1"): 9003}


def tie_between(start: str, end: str) -> int:
    """The unlabelled way to be tied; raises Complaint where there is none."""
    found = TIES.get((start, end))
    if found is None:
        raise Complaint(400, "VALIDATION_ERROR", f"No association type exists between {start} and {end}")
    return found


def tie_name(start: str, end: str) -> str:
    return f"{KINDS[start].name}_to_{KINDS[end].name}".upper()
