"""The portal itself: its id, time zone and currency, asked for once and then kept."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

from connectors.hubspot.hints import id_of
from connectors.hubspot.sdk import NOT_UNDERSTOOD, Portal
from connectors.hubspot.strict_json import object_of
from referhub import Keep, NeedsAttention, Rejected, TryLater

NAME = "portal"
PATH = "/account-info/{version}/details"


@dataclass(frozen=True, slots=True)
class Account:
    """What the portal says of itself."""

    portal: str = ""
    zone: str = "UTC"
    currency: str = ""

    @classmethod
    def read(cls, text: str | None) -> "Account":
        """The kept account, an empty one if there is none."""
        told = object_of(text or "")
        return cls(**{name: told[name] for name in ("portal", "zone", "currency") if isinstance(told.get(name), str)})


def zone_of(keep: Callable[[], Keep]) -> str:
    """The portal's time zone as far as it is known."""
    return Account.read(keep().get(NAME)).zone


def account(api: Portal, keep: Callable[[], Keep]) -> Account:
    """The portal as it is known. Raises `TryLater` or `NeedsAttention` when it has to be asked for first."""
    kept = Account.read(keep().get(NAME))
    return kept if kept.portal else look(api, keep)


def look(api: Portal, keep: Callable[[], Keep]) -> Account:
    """The portal as it says now, and it is the one that this connection is of.

    Raises `NeedsAttention` for another portal than before or than configured: its records are other people's.
    """
    try:
        told = api.call("GET", PATH)
    except Rejected as problem:
        raise NeedsAttention(f"{problem}: check api_base and api_version") from None
    portal = id_of(told.get("portalId"))
    if not portal:
        raise TryLater(NOT_UNDERSTOOD)
    bind(api.config.portal_id, portal)
    zone, currency = told.get("timeZone"), told.get("companyCurrency")
    found = Account(portal, zone if isinstance(zone, str) else "UTC", currency if isinstance(currency, str) else "")
    keep().change(NAME, lambda text: _kept(text, found))
    return found


def bind(wanted: str, found: str) -> None:
    """Raises `NeedsAttention` when the two portals differ."""
    if wanted and found and wanted != found:
        raise NeedsAttention(
            f"this access is for portal {found}, but the connection is of portal {wanted}: connect that one, "
            "or make a new connection"
        )


def _kept(text: str | None, found: Account) -> str:
    bind(Account.read(text).portal, found.portal)
    return json.dumps(asdict(found))
