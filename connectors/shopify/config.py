"""What has to be filled in to connect a Shopify shop."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from shopify.utils.shop_url import sanitize_shop_domain

from referhub import WrongSetting, setting

SHOP_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*[a-z0-9]\.myshopify\.com")
API_VERSION = re.compile(r"20[0-9]{2}-(01|04|07|10)")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
YES_OR_NO = {"yes": True, "no": False}
STORE_APP, AGREED = "store_app", "authorization_code"
# How the app got into the shop, and where webhooks are subscribed.
GRANTS = frozenset({"", STORE_APP, AGREED})
SUBSCRIPTIONS = frozenset({"shop", "app"})


@dataclass(frozen=True, slots=True)
class ShopifyConfig:
    """One shop and the app that speaks to it. Raises `WrongSetting` when it cannot work."""

    shop: str = setting("The shop's own address, such as my-shop.myshopify.com")
    client_id: str = setting("Client ID of your app, from its settings in the Dev Dashboard")
    client_secret: str = setting("Client secret of your app; it also signs the webhooks", secret=True)
    previous_client_secret: str = setting(
        "The secret before the last rotation; still accepted on webhooks", default="", secret=True
    )
    access_token: str = setting(
        "Admin API access token of a custom app; leave empty to fetch tokens with the client secret",
        default="",
        secret=True,
    )
    api_base: str = setting("Where the Admin API answers; empty means the shop itself", default="")
    api_version: str = setting("Admin API version, such as 2026-10", default="2026-10")
    count_test_orders: str = setting("Let test orders count like real ones: yes or no", default="no", yes_or_no=True)
    grant: str = setting(
        "How the app gets in: empty for its own token or secret, authorization_code to let an admin of the shop agree; "
        "store_app is set by the hub",
        default="",
        unasked=True,
    )
    webhooks: str = setting(
        "Who subscribes webhooks: shop (the hub does) or app (its toml)", default="shop", unasked=True
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "shop", shop_domain(self.shop))
        object.__setattr__(self, "api_base", address("api_base", self.api_base or f"https://{self.shop}"))
        if not API_VERSION.fullmatch(self.api_version):
            raise WrongSetting(f"api_version {self.api_version!r} is not a version: write it like 2026-10")
        if self.count_test_orders not in YES_OR_NO:
            raise WrongSetting(f"count_test_orders {self.count_test_orders!r} must be yes or no")
        if self.grant not in GRANTS:
            raise WrongSetting(f"grant {self.grant!r} must be empty, {AGREED} or {STORE_APP}")
        if self.webhooks not in SUBSCRIPTIONS:
            raise WrongSetting(f"webhooks {self.webhooks!r} must be shop or app")

    @property
    def is_installed(self) -> bool:
        """True when tokens come from an installation and are kept, rather than given in the settings."""
        return self.grant in (STORE_APP, AGREED)

    @property
    def counts_test_orders(self) -> bool:
        """True when test orders are treated as real ones."""
        return YES_OR_NO[self.count_test_orders]

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """The keys a webhook may be signed with, newest first."""
        both = (self.client_secret, self.previous_client_secret)
        return tuple(secret.encode() for secret in both if secret)


def shop_domain(written: str) -> str:
    """The shop's own address in lower case. Raises `WrongSetting` for anything else."""
    try:
        found = sanitize_shop_domain(written) or ""
    except ValueError:  # the SDK takes it apart as an address, and some are none
        found = ""
    # The SDK's check strips a trailing newline and matches with `$`; the anchored pattern has the last word.
    if written != written.strip() or not SHOP_DOMAIN.fullmatch(found):
        raise WrongSetting(f"shop {written!r} is not a shop address: write it like my-shop.myshopify.com")
    return str(found)


def address(name: str, written: str) -> str:
    """An address without a slash at its end. Raises `WrongSetting` unless requests may go there."""
    try:
        parts = urlsplit(written)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise WrongSetting(f"{name} {written!r} is not an address") from None
    if parts.username or parts.query or parts.fragment or not host:
        # Not repeated here, because it may hold a password.
        raise WrongSetting(f"{name} must be only a scheme, a host and perhaps a port")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        raise WrongSetting(f"{name} {written!r} must begin with https:// (http is for this computer only)")
    return written.rstrip("/")
