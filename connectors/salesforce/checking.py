"""Which fields cannot be written, and what a person has to click."""

from collections.abc import Sequence

from connectors.salesforce.schema import Schema, on_contact, on_person_account


def check(schema: Schema, theirs: Sequence[str]) -> dict[str, str]:
    """Of these fields the problem of each that cannot be written on contacts or person accounts."""
    schema.forget()
    kinds = ["Contact", *(["Account"] if schema.has("Account", "IsPersonAccount") else [])]
    found = [(name, problem) for name in theirs for kind in kinds if (problem := problem_of(schema, kind, name))]
    return dict(reversed(found))


def problem_of(schema: Schema, kind: str, field: str) -> str | None:
    """Why a field cannot be written on an object, and what to click; None if it can."""
    name = on_person_account(field) if kind == "Account" else on_contact(field)
    known = schema.fields(kind).get(name)
    if known is None:
        return (
            f"{kind}.{name} is missing or hidden: deploy the kit (connectors/salesforce/kit), "
            "then assign the permission set Referral_Hub_Integration to the integration user"
        )
    if not known.is_updateable:
        return (
            f"{kind}.{name} is read-only for the integration user: Setup > Permission Sets > Referral Hub Integration "
            f"> Object Settings > {kind} > tick Edit Access"
        )
    return None
