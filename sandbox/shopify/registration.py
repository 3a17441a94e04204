"""The app as its maker registered it: who it is, where it lives, what it asks for and what it wants to hear."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from sandbox.shopify.topics import COMPLIANCE, TOPICS

# Apps made since then get no use out of a token without end; the older ones from the next year on
# (https://shopify.dev/changelog/expiring-offline-access-tokens-required-for-all-public-apps-as-of-january-1-2027).
EXPIRING_SINCE = date(2026, 4, 1)
EXPIRING_FOR_ALL = datetime(2027, 1, 1, tzinfo=UTC)
PREFIXES = ("a", "apps", "community", "tools")
LONGEST_SUBPATH = 30


@dataclass(frozen=True)
class Subscription:
    """Topics that one address hears in every shop of the app."""

    topics: tuple[str, ...]
    uri: str


@dataclass(frozen=True)
class Proxy:
    """Requests under /prefix/subpath of a storefront are forwarded to this address."""

    url: str
    prefix: str
    subpath: str

    @property
    def path(self) -> str:
        return f"/{self.prefix}/{self.subpath}"


@dataclass
class App:
    """Without an address it is a merchant's own app, installed from the beginning; with one it is in the store."""

    client_id: str = "sandbox-client"
    client_secret: str = ""
    name: str = "referhub"
    handle: str = "referhub"
    address: str = ""
    embedded: bool = True
    legacy_install: bool = False
    scopes: list[str] = field(default_factory=list)
    optional_scopes: list[str] = field(default_factory=list)
    redirect_urls: list[str] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    proxy: Proxy | None = None
    created_on: date = date(2026, 10, 1)
    old_secret: str = ""
    old_secret_until: datetime | None = None

    def __post_init__(self) -> None:
        if self.is_in_store:
            _check(self)

    @property
    def is_in_store(self) -> bool:
        return bool(self.address)

    def must_expire(self, now: datetime) -> bool:
        """Whether the Admin API refuses this app's tokens without end."""
        return self.created_on >= EXPIRING_SINCE or now >= EXPIRING_FOR_ALL

    @classmethod
    def from_toml(cls, path: Path | str, address: str = "", **given: Any) -> App:
        """
        The app of a shopify.app.toml; address takes the place of scheme and host of every address in it.

        That is what `shopify app dev` does with its tunnel. Raises ValueError for what the vendor would not deploy.
        """
        told = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        return replace(_read(told, address), **given)


def _read(told: dict[str, Any], address: str) -> App:
    home = _moved(str(told["application_url"]), address)
    access, hooks, proxy = (told.get(name, {}) for name in ("access_scopes", "webhooks", "app_proxy"))
    return App(
        client_id=str(told["client_id"]),
        name=str(told["name"]),
        handle=str(told.get("handle") or _handle(str(told["name"]))),
        address=home,
        embedded=bool(told.get("embedded", True)),
        legacy_install=bool(access.get("use_legacy_install_flow", False)),
        scopes=_split(access.get("scopes", "")),
        optional_scopes=list(access.get("optional_scopes", [])),
        redirect_urls=[_moved(url, address) for url in told.get("auth", {}).get("redirect_urls", [])],
        subscriptions=[_subscription(each, home, address) for each in hooks.get("subscriptions", [])],
        proxy=_proxy(proxy, home, address) if proxy else None,
    )


def _subscription(told: dict[str, Any], home: str, address: str) -> Subscription:
    topics = (*told.get("topics", []), *told.get("compliance_topics", []))
    return Subscription(topics, _moved(urljoin(home, told["uri"]), address))


def _proxy(told: dict[str, Any], home: str, address: str) -> Proxy:
    return Proxy(_moved(urljoin(home, told["url"]), address), told["prefix"], told["subpath"])


def _moved(url: str, address: str) -> str:
    """The same path at another host."""
    if not address:
        return url
    there, here = urlsplit(url), urlsplit(address)
    return urlunsplit((here.scheme, here.netloc, there.path, there.query, ""))


def _split(scopes: str) -> list[str]:
    return [scope.strip() for scope in scopes.split(",") if scope.strip()]


def _handle(name: str) -> str:
    return "-".join(name.lower().split())


def implied(scopes: list[str]) -> set[str]:
    """The scopes and what they bring along: writing implies reading."""
    return {*scopes, *(f"read_{scope.removeprefix('write_')}" for scope in scopes if scope.startswith("write_"))}


def _check(app: App) -> None:
    """Raises ValueError for a registration that the vendor would refuse
    (https://shopify.dev/docs/apps/build/cli-for-apps/app-configuration)."""
    heard = {topic for each in app.subscriptions for topic in each.topics}
    unknown = heard - {*TOPICS, *COMPLIANCE}
    if unknown:
        raise ValueError(f"the app subscribes to {sorted(unknown)[0]!r}, which is no topic")
    if app.subscriptions and not heard.issuperset(COMPLIANCE):
        raise ValueError(f"an app in the store subscribes to {', '.join(COMPLIANCE)}")
    doubled = implied(app.scopes) & set(app.optional_scopes)
    if doubled:
        raise ValueError(f"the optional scope {sorted(doubled)[0]!r} is implied by a required one")
    if app.proxy and (app.proxy.prefix not in PREFIXES or len(app.proxy.subpath) > LONGEST_SUBPATH):
        raise ValueError(f"the app proxy's prefix is one of {', '.join(PREFIXES)}, its subpath at most 30 long")
    if any(urlsplit(each.uri).scheme not in ("http", "https") for each in app.subscriptions):
        raise ValueError("the sandbox delivers webhooks to http and https addresses only")
