"""Which fields cannot be written, and what a person has to click."""

from collections.abc import Mapping

from connectors.salesforce.schema import NUMBERS, TEXTS, Schema, on_contact, on_person_account

NUMBER, TIME, TEXT = (
    ("a number", NUMBERS | TEXTS, "Number, Currency or Text"),
    ("a time", TEXTS | {"datetime"}, "Date/Time or Text"),
    ("a text", TEXTS, "Text"),
)
# What each of our values needs; a text holds everything.
NEEDS = {
    "friends_brought": NUMBER,
    "revenue_brought": NUMBER,
    "rewards_earned": NUMBER,
    "rewards_pending": NUMBER,
    "last_referral_at": TIME,
    "last_reward_at": TIME,
}


def check(schema: Schema, fields: Mapping[str, str]) -> dict[str, str]:
    """Of these fields (ours: theirs) the problem of each of theirs that cannot be written on contacts or person
    accounts."""
    schema.forget()
    kinds = ["Contact", *(["Account"] if schema.has("Account", "IsPersonAccount") else [])]
    found = [
        (name, problem)
        for ours, name in fields.items()
        for kind in kinds
        if (problem := problem_of(schema, kind, name) or _misfit(schema, kind, ours, name))
    ]
    return dict(reversed(found))


def _misfit(schema: Schema, kind: str, ours: str, field: str) -> str | None:
    """Why a field of that type cannot hold our value: one refused value would keep everybody's from being written."""
    name = on_person_account(field) if kind == "Account" else on_contact(field)
    told, types, wanted = NEEDS.get(ours, TEXT)
    found = schema.fields(kind)[name].type
    if found in types:
        return None
    return f"{kind}.{name} is of the type {found}, and {ours} is {told}: map {ours} to a field of the type {wanted}"


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
