"""One reward, from an order in the pretend shop to coupons in it, through a real hub with the package installed."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from app import create_app, create_hub, serve
from config.settings import Settings, load_settings
from core.commands import cli
from core.commands.office import Office
from core.gateway.hub import Hub
from core.services.inbox import Inbox
from tests.support.processes import free_port
from webhooks.server import Server

CAMPAIGN = {
    "campaign": {"slug": "friends", "name": "Friends bring friends", "destination": "https://shop.example/"},
    "counts": {"currency": "EUR", "minimum": "20.00"},
    "advocate": {"kind": "discount_code", "amount": "10.00", "expires_days": 365},
    "friend": {"kind": "discount_code", "amount": "5.00", "expires_days": 90},
    "hold": {"days": 14},
}


class Story:
    """A hub beside a pretend shop, and what an operator types."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = load_settings(
            database_url=f"sqlite:///{folder / 'hub.db'}",
            secret_key_file=folder / "secret.key",
            environment="sandbox",
            port=free_port(),
            worker=False,
        )
        self.hub = create_hub(self.settings)

    def referhub(self, *arguments: str) -> Any:
        office = Office(
            load_settings=lambda: self.settings,
            create_hub=lambda _settings: self.hub,
            open_hub=lambda _settings: self.hub,
            serve=serve,
        )
        done = CliRunner().invoke(cli, [*arguments, "--json"], obj=office, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout) if done.stdout.strip() else None

    def drain(self) -> None:
        self.referhub("worker", "--until-idle")


def told(folder: Path, tests: Path) -> dict[str, Any]:
    """What happened: every answer of the shop's webhooks, the rewards, the coupons that are truly there."""
    sys.path.append(str(tests))
    pretend_shop = import_module("pretend_shop")
    story = Story(folder)
    with pretend_shop.running_shop() as shop, _door(story.settings, story.hub):
        return _played(story, shop, pretend_shop)


def _played(story: Story, shop: Any, module: Any) -> dict[str, Any]:
    keys = ("--consumer-key", module.KEY, "--consumer-secret", module.SECRET)
    connected = story.referhub("connect", "woocommerce", "--url", shop.url, *keys)
    file = story.folder / "campaign.json"
    file.write_text(json.dumps(CAMPAIGN), encoding="utf-8")
    story.referhub("campaigns", "create", str(file))
    story.referhub("campaigns", "publish", "friends", "--from", "2026-01-01")
    story.referhub("advocates", "add", "friends", "--email", "alice@example.com", "--code", "ALICE-8F2K")
    story.drain()
    order = shop.order(customer=26, code="alice-8f2k")
    statuses = [*shop.announce(order), *shop.announce(order)]  # the second time it is known already
    story.drain()
    held = story.referhub("rewards", "list")
    story.referhub("clock", "15d")
    story.drain()
    paid, coupons = story.referhub("rewards", "list"), list(shop.coupons.values())
    order |= {"refunds": [{"id": 990, "total": "-80.00"}], "status": "refunded"}
    order["date_modified_gmt"] = f"{story.hub.now():%Y-%m-%dT%H:%M:%S}"
    statuses += shop.announce(order, "order.updated")
    story.drain()
    return {
        "connected": connected,
        "statuses": statuses,
        "held": {row["side"]: row["state"] for row in held},
        "paid": {row["side"]: row["state"] for row in paid},
        "coupons": sorted((one["email_restrictions"][0], one["amount"], one["usage_limit"]) for one in coupons),
        "left": list(shop.coupons.values()),
        "sound": story.referhub("check")["sound"],
    }


@contextmanager
def _door(settings: Settings, hub: Hub) -> Iterator[None]:
    inbox, ended = Inbox(hub), threading.Event()
    server = Server(create_app(settings, hub, inbox), host="127.0.0.1", port=settings.port, threads=4)
    thread = threading.Thread(target=server.run, kwargs={"until": ended}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(10)
        inbox.close()
        hub.database.close()


if __name__ == "__main__":
    print(json.dumps(told(Path(sys.argv[1]), Path(sys.argv[2])), default=str))
