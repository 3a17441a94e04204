"""Is the portal reached, which one is it, and which rights does the app lack there.

https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/scopes
"""

from collections.abc import Callable, Iterator

from connectors.hubspot.account import look
from connectors.hubspot.answers import MissingScopes
from connectors.hubspot.definitions import Definitions
from connectors.hubspot.records import CONTACTS, DEALS
from connectors.hubspot.sdk import Portal
from referhub import Keep, NeedsAttention, Rejected, SourceAccount

NEEDED = (
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.deals.read",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
)


def check(api: Portal, keep: Callable[[], Keep], definitions: Definitions, granted: tuple[str, ...]) -> SourceAccount:
    """The portal as it names itself. `granted` are the scopes that OAuth told, empty for a static token.

    Raises `NeedsAttention` or `TryLater`.
    """
    found = look(api, keep)
    lacking = {scope for scope in NEEDED if granted and scope not in granted} | set(_denied(api, definitions))
    return SourceAccount(
        source_id=found.portal,
        name=f"HubSpot {found.portal}",
        currency=found.currency or None,
        missing_rights=tuple(sorted(lacking)),
        warnings=tuple(_warnings(api)),
    )


def _denied(api: Portal, definitions: Definitions) -> Iterator[str]:
    """A static token does not tell its scopes, and a grant may hold less by now: a small question about each tells.

    Whether we may write is only known at the first write.
    """
    questions: tuple[tuple[str, Callable[[], object]], ...] = (
        ("crm.objects.contacts.read", lambda: api.ask(api.lists.get_page, CONTACTS, limit=1)),
        ("crm.objects.deals.read", lambda: api.ask(api.lists.get_page, DEALS, limit=1)),
        ("crm.schemas.contacts.read", lambda: definitions.present(fresh=True)),
    )
    for scope, question in questions:
        try:
            question()
        except MissingScopes as problem:
            yield from problem.scopes or (scope,)
        except Rejected as problem:
            raise NeedsAttention(f"{problem}: check api_base and api_version") from None


def _warnings(api: Portal) -> Iterator[str]:
    if not api.config.public_url:
        yield "webhooks are refused until public_url is set: until then changes are found by asking only"
    if not api.config.app_id:
        yield "without app_id the hub cannot tell its own writes from those of others"
