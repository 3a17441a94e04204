"""What has to be filled in to connect a WooCommerce shop."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from referhub import WrongSetting, setting

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class WooConfig:
    """One shop and the REST API key that it gave us. Raises `WrongSetting` when it cannot work."""

    url: str = setting("The shop's own address, such as https://shop.example")
    consumer_key: str = setting("From WooCommerce > Settings > Advanced > REST API, with read and write", secret=True)
    consumer_secret: str = setting("Shown beside the key, once", secret=True)
    webhook_secret: str = setting(
        "Signs the webhooks; leave it empty to get one", default="", secret=True, generated=True
    )

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            host = parts.hostname or ""
        except ValueError:
            raise WrongSetting("url is not an address: write it like https://shop.example") from None
        if not host or parts.username or parts.query or parts.fragment:
            raise WrongSetting(
                "url must be only a scheme, a host and perhaps a path: write it like https://shop.example"
            )
        # The key travels with every request, so never in the clear to another machine.
        if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
            raise WrongSetting("url must begin with https:// (http is for this computer only)")
        object.__setattr__(self, "url", self.url.rstrip("/"))
