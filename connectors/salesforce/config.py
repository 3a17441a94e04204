"""What has to be filled in to connect a Salesforce org."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

from jwt.algorithms import RSAAlgorithm
from jwt.exceptions import InvalidKeyError

from connectors.salesforce.ids import full_id
from referhub import WrongSetting, setting

LOGIN_HOSTS = {"production": "https://login.salesforce.com", "sandbox": "https://test.salesforce.com"}
SALESFORCE_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:salesforce\.com|force\.com|salesforce\.mil)")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
OLDEST_VERSION = 60
VERSION = re.compile(r"([1-9][0-9]{1,2})\.0")
FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
CURRENCY = re.compile(r"[A-Z]{3}")
OBJECTS = ("Contact", "Lead", "Account", "Opportunity", "OpportunityContactRole", "Order")
MOST_BULK = 10_000_000
TOKEN = re.compile(r"[A-Za-z0-9._~-]{22,200}")  # 22 random ones of these are 128 bits and more
# https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/api-eol-soap.html
PASSWORD_ENDS = (
    "fill in username and private_key, or client_secret and domain, of an External Client App. "
    "(Salesforce ends logins with a user's password: they do not exist from API 65 on, and for older versions they "
    "stop with Summer '27)"
)


@dataclass(frozen=True, slots=True)
class SalesforceConfig:
    """One org and the External Client App that speaks to it. Raises `WrongSetting` when it cannot work."""

    client_id: str = setting("Consumer key of your External Client App")
    currency: str = setting("The org's currency, such as EUR; where it uses several, the corporate one")
    webhook_token: str = setting(
        "The unguessable end of the outbound messages' address; Salesforce signs nothing, so keep it to yourself",
        secret=True,
        generated=True,
        default="",
    )
    username: str = setting("The integration user's username (for a login with private_key)", default="")
    private_key: str = setting(
        "PEM of the RSA key whose certificate the app knows (JWT bearer flow)", default="", secret=True
    )
    client_secret: str = setting(
        "Consumer secret (client credentials flow; needs your My Domain in domain)", default="", secret=True
    )
    login: str = setting("jwt or client_credentials; empty: by what is filled in", default="")
    org_id: str = setting("The org's id, such as 00D…; empty: the org of the first login", default="")
    environment: str = setting("production, sandbox, or custom (then fill in domain)", default="production")
    domain: str = setting("Your My Domain, such as acme.my.salesforce.com", default="")
    api_version: str = setting("REST API version, 60.0 or newer", default="66.0")
    previous_webhook_token: str = setting("The token before the last rotation", default="", secret=True)
    previous_webhook_token_until: str = setting("Until when the previous token works, such as 2026-12-01", default="")
    code_field: str = setting(
        "Field of contacts and leads in which sales note who referred them", default="Referred_By_Code__c"
    )
    opportunity_code_field: str = setting("Field of opportunities with a referral code, if you have one", default="")
    opportunity_reference_field: str = setting(
        "Field of opportunities that holds the shop's order number, so that one purchase counts once", default=""
    )
    counts_contacts: str = setting(
        "Tell of every contact with a referral code, so that a campaign can count them: yes or no",
        default="no",
        yes_or_no=True,
    )
    opportunity_facts: str = setting(
        "More fields of opportunities that campaigns may ask for (deal.NAME), with commas between", default=""
    )
    contact_facts: str = setting(
        "More fields of contacts that campaigns may ask for (contact.NAME), with commas between; nothing personal",
        default="",
    )
    objects: str = setting("Which objects are asked for changes", default=", ".join(OBJECTS))
    since: str = setting("Count what changed since this date, such as 2026-11-01; empty: yesterday", default="")
    bulk_above: str = setting("From how many waiting people on the Bulk API is used", default="10000")

    def __post_init__(self) -> None:
        for name, tidy in TIDY.items():
            object.__setattr__(self, name, _tidied(name, tidy, getattr(self, name).strip()))
        if self.environment not in (*LOGIN_HOSTS, "custom"):
            raise WrongSetting(f"environment {self.environment!r} must be production, sandbox or custom")
        object.__setattr__(self, "environment", "custom" if self.domain else self.environment)
        if self.environment == "custom" and not self.domain:
            raise WrongSetting("domain is missing: write your My Domain, such as acme.my.salesforce.com")
        object.__setattr__(self, "login", self._checked_login())

    def _checked_login(self) -> str:
        flow = self.login or ("jwt" if self.private_key else "client_credentials" if self.client_secret else "password")
        if flow == "password":
            raise WrongSetting(f"login: {PASSWORD_ENDS}")
        if flow not in ("jwt", "client_credentials"):
            raise WrongSetting(f"login {flow!r} must be jwt or client_credentials")
        if flow == "jwt" and not (self.username and self.private_key):
            raise WrongSetting("login jwt needs username and private_key")
        if flow == "client_credentials" and not self.client_secret:
            raise WrongSetting("login client_credentials needs client_secret")
        if flow == "client_credentials" and self.environment != "custom":
            raise WrongSetting("login client_credentials needs your My Domain in domain: login and test refuse it")
        return flow

    @property
    def login_host(self) -> str:
        """The origin that gives tokens; it is also the audience of a JWT."""
        return self.domain or LOGIN_HOSTS[self.environment]

    @property
    def is_loopback(self) -> bool:
        """True when the org is a stand-in on this computer."""
        return self.login_host.startswith("http://")

    @property
    def opportunity_fact_names(self) -> tuple[str, ...]:
        """The fields of opportunities beside the usual ones that campaigns may ask for."""
        return _names(self.opportunity_facts)

    @property
    def contact_fact_names(self) -> tuple[str, ...]:
        """The fields of contacts beside the usual ones that campaigns may ask for."""
        return _names(self.contact_facts)

    @property
    def tells_contacts(self) -> bool:
        """True when a contact with a referral code is told as something that can count."""
        return self.counts_contacts == "yes"

    @property
    def asked_objects(self) -> tuple[str, ...]:
        """The objects to ask for changes."""
        return tuple(name.strip() for name in self.objects.split(","))

    @property
    def since_at(self) -> datetime | None:
        """From when on changes count when nothing was asked before."""
        return datetime.fromisoformat(self.since) if self.since else None

    def tokens_at(self, now: datetime) -> tuple[bytes, ...]:
        """What an outbound message's address may end in at this time."""
        tokens = [self.webhook_token]
        if self.previous_webhook_token and self.previous_webhook_token_until:
            until = datetime.fromisoformat(self.previous_webhook_token_until)
            tokens += [self.previous_webhook_token] if now <= until else []
        return tuple(token.encode() for token in tokens if token)


def trusted_origin(written: str) -> str | None:
    """The origin of an address at Salesforce, https only; None for anything else."""
    parts = _parts(written)
    if parts is None or parts[0] != "https" or parts[2] not in (None, 443):
        return None
    return f"https://{parts[1]}" if SALESFORCE_HOST.fullmatch(parts[1]) else None


def loopback_origin(written: str) -> str | None:
    """The origin of an http address on this computer, None for anything else."""
    parts = _parts(written)
    if parts is None or parts[0] != "http" or parts[1] not in LOOPBACK:
        return None
    host = f"[{parts[1]}]" if ":" in parts[1] else parts[1]
    return f"http://{host}:{parts[2]}" if parts[2] else f"http://{host}"


def _parts(written: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(written)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.username or parts.password or parts.query or parts.fragment or parts.path not in ("", "/"):
        return None
    return parts.scheme, host, port


def _tidied(name: str, tidy: Callable[[str], str], written: str) -> str:
    try:
        return tidy(written)
    except WrongSetting as problem:
        raise WrongSetting(f"{name} {problem}") from None


def _domain(written: str) -> str:
    if not written:
        return ""
    address = written if "://" in written else f"https://{written}"
    origin = trusted_origin(address) or loopback_origin(address)
    if origin is None:
        raise WrongSetting("must be an address at Salesforce, such as acme.my.salesforce.com")
    return origin


def _version(written: str) -> str:
    found = VERSION.fullmatch(written)
    if not found or int(found[1]) < OLDEST_VERSION:
        raise WrongSetting(f"{written!r} must be a number from {OLDEST_VERSION}.0 on, such as 66.0")
    return written


def _currency(written: str) -> str:
    if not CURRENCY.fullmatch(written):
        raise WrongSetting(f"{written!r} must be three capital letters such as EUR")
    return written


def _private_key(written: str) -> str:
    """The key with real line breaks: forms and environments like to write them as two characters."""
    if not written:
        return ""
    pem = written.replace("\\n", "\n")
    try:
        RSAAlgorithm(RSAAlgorithm.SHA256).prepare_key(pem)
    except (InvalidKeyError, ValueError, TypeError):
        raise WrongSetting("is not the PEM of an RSA private key") from None
    if "PRIVATE KEY" not in pem:
        raise WrongSetting("holds a public key: give the private one, and the app its certificate")
    return pem


def _org_id(written: str) -> str:
    found = full_id(written)
    if written and (found is None or not found.startswith("00D")):
        raise WrongSetting(f"{written[:40]!r} is not the id of an org: it begins with 00D")
    return found or ""


def _field(name: str, written: str) -> str:
    if written and not FIELD.fullmatch(written):
        raise WrongSetting(f"{name} {written[:40]!r} is not the API name of a field, such as Referred_By_Code__c")
    return written


def _names(written: str) -> tuple[str, ...]:
    return tuple(name for part in written.split(",") if (name := part.strip()))


def _fields(name: str, written: str) -> str:
    return ", ".join(_field(name, one) for one in _names(written))


def _yes_or_no(written: str) -> str:
    if written not in ("yes", "no"):
        raise WrongSetting(f"{written[:20]!r} must be yes or no")
    return written


def _objects(written: str) -> str:
    names = [name.strip() for name in written.split(",") if name.strip()]
    unknown = [name for name in names if name not in OBJECTS]
    if unknown or not names:
        raise WrongSetting(f"can be {', '.join(OBJECTS)}")
    return ", ".join(names)


def _moment(name: str, written: str) -> str:
    try:
        told = datetime.fromisoformat(written) if written else None
    except ValueError:
        raise WrongSetting(f"{name} {written[:40]!r} is not a date: write it like 2026-12-01") from None
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC).isoformat() if told else ""


def _token(written: str) -> str:
    """The end of an address; never repeated in a complaint."""
    if written and not TOKEN.fullmatch(written):
        raise WrongSetting("can be guessed, or stands in no address: 22 to 200 letters, digits or - . _ ~ at random")
    return written


def _count(written: str) -> str:
    if not written.isdecimal() or not 0 < int(written) <= MOST_BULK:
        raise WrongSetting(f"{written[:20]!r} must be a whole number above 0")
    return written


TIDY: Mapping[str, Callable[[str], str]] = {
    "webhook_token": _token,
    "previous_webhook_token": _token,
    "domain": _domain,
    "api_version": _version,
    "currency": _currency,
    "private_key": _private_key,
    "org_id": _org_id,
    "code_field": partial(_field, "code_field"),
    "opportunity_code_field": partial(_field, "opportunity_code_field"),
    "opportunity_reference_field": partial(_field, "opportunity_reference_field"),
    "counts_contacts": _yes_or_no,
    "opportunity_facts": partial(_fields, "opportunity_facts"),
    "contact_facts": partial(_fields, "contact_facts"),
    "objects": _objects,
    "since": partial(_moment, "since"),
    "previous_webhook_token_until": partial(_moment, "previous_webhook_token_until"),
    "bulk_above": _count,
}
