"""What has to be filled in to connect a HubSpot portal."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from urllib.parse import urlsplit

from referhub import WrongSetting, setting

API_VERSIONS = ("2026-03", "2026-09")  # each is supported for eighteen months
API_BASE = "https://api.hubapi.com"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
NUMBER = re.compile(r"[0-9]{1,19}")
NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
YES_OR_NO = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class HubSpotConfig:
    """One portal and the app that speaks to it. Raises `WrongSetting` when it cannot work."""

    client_secret: str = setting("Client secret of your app; it signs the webhooks, too", secret=True)
    access_token: str = setting(
        "Access token of an app with static auth; leave empty for OAuth", default="", secret=True
    )
    client_id: str = setting("Client ID of your app, for OAuth only", default="")
    previous_client_secret: str = setting(
        "The secret before the last rotation; still accepted on webhooks", default="", secret=True
    )
    app_id: str = setting("App ID, a number; webhooks of other apps are then refused", default="")
    portal_id: str = setting("Portal (hub) ID, a number; empty means the portal that the token belongs to", default="")
    public_url: str = setting(
        "The address webhooks are sent to as your app knows it, at least its beginning, such as https://hub.example",
        default="",
    )
    api_version: str = setting(f"Version of HubSpot's API: {' or '.join(API_VERSIONS)}", default=API_VERSIONS[0])
    api_base: str = setting("Where a stand-in on this computer answers; empty means HubSpot", default="")
    since: str = setting("Deals and contacts changed before this day are not read, such as 2026-11-01", default="")
    referred_by_property: str = setting(
        "Contact property with the code of who referred them", default="referred_by_code"
    )
    deal_code_property: str = setting("Deal property that may hold a referral code; empty for none", default="")
    deal_reference_property: str = setting(
        "Deal property with the order number of another source; empty for none", default=""
    )
    qualified_stages: str = setting(
        "Lifecycle stages that make a contact a qualified lead, with commas between; empty for none", default=""
    )
    counts_contacts: str = setting(
        "Tell of every contact with a referral code, so that a campaign can count them: yes or no",
        default="no",
        yes_or_no=True,
    )
    deal_facts: str = setting(
        "More deal properties that campaigns may ask for (deal.NAME), with commas between; empty for none", default=""
    )
    contact_facts: str = setting(
        "More contact properties that campaigns may ask for (contact.NAME), with commas between; nothing personal",
        default="",
    )
    association_label: str = setting(
        "Show who referred whom as an association between contacts too (needs Professional): yes or no",
        default="no",
        yes_or_no=True,
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "api_base", _api_base(self.api_base or API_BASE))
        if self.public_url:
            _address("public_url", self.public_url.partition("?")[0])
        if not self.access_token and not self.client_id:
            raise WrongSetting("give access_token (static auth) or client_id (OAuth): without one there is no access")
        if self.api_version not in API_VERSIONS:
            raise WrongSetting(f"api_version {self.api_version!r} must be {' or '.join(API_VERSIONS)}")
        self._check_names()
        if self.since and _day(self.since) is None:
            raise WrongSetting(f"since {self.since!r} is not a day: write it like 2026-11-01")

    def _check_names(self) -> None:
        for name in ("app_id", "portal_id"):
            _refuse_unless(NUMBER, name, getattr(self, name), "a number")
        for name in ("referred_by_property", "deal_code_property", "deal_reference_property"):
            _refuse_unless(NAME, name, getattr(self, name), "the internal name of a property")
        for stage in self.stages:
            _refuse_unless(re.compile(r"[a-z0-9_]{1,100}"), "qualified_stages", stage, "internal names of stages")
        for name in ("deal_facts", "contact_facts"):
            for fact in _listed(getattr(self, name)):
                _refuse_unless(NAME, name, fact, "internal names of properties")
        for name in ("association_label", "counts_contacts"):
            if getattr(self, name) not in YES_OR_NO:
                raise WrongSetting(f"{name} {getattr(self, name)!r} must be yes or no")

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """The keys a webhook may be signed with, newest first."""
        return tuple(secret.encode() for secret in (self.client_secret, self.previous_client_secret) if secret)

    @property
    def stages(self) -> frozenset[str]:
        """The lifecycle stages that count as qualified."""
        return frozenset(_listed(self.qualified_stages))

    @property
    def deal_fact_names(self) -> tuple[str, ...]:
        """The deal properties beside the usual ones that campaigns may ask for."""
        return _listed(self.deal_facts)

    @property
    def contact_fact_names(self) -> tuple[str, ...]:
        """The contact properties beside the usual ones that campaigns may ask for."""
        return _listed(self.contact_facts)

    @property
    def tells_contacts(self) -> bool:
        """True when a contact with a referral code is told as something that can count."""
        return YES_OR_NO[self.counts_contacts]

    @property
    def shows_associations(self) -> bool:
        """True when who referred whom is also shown as an association."""
        return YES_OR_NO[self.association_label]

    @property
    def since_at(self) -> datetime | None:
        """From when on changes are read; None means from the first poll on."""
        day = _day(self.since)
        return datetime.combine(day, time(), UTC) if day else None


def _listed(written: str) -> tuple[str, ...]:
    return tuple(name for part in written.split(",") if (name := part.strip()))


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _refuse_unless(pattern: re.Pattern[str], name: str, written: str, what: str) -> None:
    if written and not pattern.fullmatch(written):
        raise WrongSetting(f"{name} {written!r} must be {what}")


def _api_base(written: str) -> str:
    """HubSpot, or a stand-in on this computer: the token goes nowhere else."""
    address = _address("api_base", written)
    if address != API_BASE and urlsplit(address).hostname not in LOOPBACK:
        raise WrongSetting(f"api_base {written!r} must be {API_BASE} or an address of this computer")
    return address


def _address(name: str, written: str) -> str:
    try:
        parts = urlsplit(written)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise WrongSetting(f"{name} is not an address") from None
    if parts.username or parts.query or parts.fragment or not host:
        # Not repeated here, because it may hold a password.
        raise WrongSetting(f"{name} must be a scheme, a host and perhaps a port")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        raise WrongSetting(f"{name} {written!r} must begin with https:// (http is for this computer only)")
    return written.rstrip("/")
