"""Is the org ready, and what has a person to do there: the hub looks and changes nothing.

Fields made over the API would be invisible until field permissions are set, so the admin deploys the kit.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from connectors.salesforce.budget import Purpose
from connectors.salesforce.checking import problem_of
from connectors.salesforce.client import OrgApi
from connectors.salesforce.config import LOOPBACK, SalesforceConfig
from connectors.salesforce.fields import DEFAULT_FIELDS
from connectors.salesforce.picking import text
from connectors.salesforce.schema import Schema
from referhub import NeedsAttention, Rejected, SourceAccount

NEEDED = ("Contact", "Opportunity", "OpportunityContactRole")
PERMISSION_SET = "assign the permission set Referral_Hub_Integration to the integration user"
DEPLOY = "deploy the kit: sf project deploy start --source-dir force-app/main (in connectors/salesforce/kit)"


def check_org(api: OrgApi, schema: Schema, config: SalesforceConfig) -> SourceAccount:
    """Which org this is, and what is missing there. Raises `NeedsAttention` or `TryLater`."""
    session = api.sessions.current()
    try:
        rows = api.query("SELECT Name FROM Organization")
    except Rejected as problem:
        raise NeedsAttention(f"{problem}; check api_version, and {PERMISSION_SET}") from None
    schema.forget()
    name = (text(rows[0], "Name") if rows else None) or session.org_id
    return SourceAccount(
        source_id=session.org_id,
        name=f"{name} (as user {session.user_id}, API {config.api_version})",
        currency=config.currency,
        missing_rights=tuple(f"read {kind}" for kind in NEEDED if not schema.has(kind)),
        warnings=tuple(_warnings(schema, config)),
    )


def _warnings(schema: Schema, config: SalesforceConfig) -> Iterable[str]:
    if "Order" in config.asked_objects and not schema.has("Order"):
        yield "orders are not enabled in the org, or hidden from the integration user: opportunities and leads count"
    for kind, field in _inbound(config):
        if schema.has(kind) and not schema.has(kind, field):
            yield f"{kind}.{field} is missing or hidden, so no code is read there: {DEPLOY}, then {PERMISSION_SET}"


def _inbound(config: SalesforceConfig) -> Iterable[tuple[str, str]]:
    """The fields that the hub reads of what people wrote."""
    yield from (("Contact", config.code_field), ("Lead", config.code_field))
    yield from (
        ("Opportunity", field) for field in (config.opportunity_code_field, config.opportunity_reference_field) if field
    )


def prepare(api: OrgApi, schema: Schema, config: SalesforceConfig, webhook_url: str) -> list[str]:
    """What is missing in the org, in plain words. Raises `TryLater` or `NeedsAttention`."""
    schema.forget()
    api.get("limits", Purpose.READ)
    return [
        *_warnings(schema, config),
        *_missing_fields(schema),
        *_unreachable(webhook_url),
        *_usage(api),
    ]


def _missing_fields(schema: Schema) -> Iterable[str]:
    kinds = ["Contact", "Lead", *(["Account"] if schema.has("Account", "IsPersonAccount") else [])]
    for kind in kinds:
        if schema.has(kind):
            missing = [name for name in DEFAULT_FIELDS.values() if problem_of(schema, kind, name)]
            if missing == list(DEFAULT_FIELDS.values()):
                yield f"{kind} has none of the referral fields, or hides them: {DEPLOY}, then {PERMISSION_SET}"
            else:
                yield from (problem for name in missing if (problem := problem_of(schema, kind, name)))


def _unreachable(webhook_url: str) -> Iterable[str]:
    parts = urlsplit(webhook_url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        yield "Salesforce sends outbound messages to an https address with a public certificate: set the hub's base_url"


def _usage(api: OrgApi) -> Iterable[str]:
    usage = api.budget.usage()
    if usage and usage.words:
        yield f"{usage.used} of the org's {usage.limit} API calls a day are used: {usage.words} until it is less"
