"""The stage: the hub, the shop and both CRMs of the demo, and what the story remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.demo.comparison import Line
from sandbox.demo.failed import DemoFailed
from sandbox.demo.hub import HubCommands
from sandbox.demo.screen import Screen
from sandbox.hubspot.control import PortalControl
from sandbox.salesforce.control import OrgControl
from sandbox.shopify.control import ShopControl

CLIENT_ID, CLIENT_SECRET = "sandbox-client", "sandbox-secret"
PORTAL_TOKEN, PORTAL_SECRET = "sandbox-portal-token", "sandbox-portal-secret"
ORG_KEY, ORG_SECRET = "sandbox-consumer-key", "sandbox-consumer-secret"
ALICE, AMIR = "ALICE-8F2K", "AMIR-77QZ"
Answer = dict[str, Any]


@dataclass
class Stage:
    """Everything the story needs, and what it remembers."""

    hub: HubCommands
    shop: ShopControl
    portal: PortalControl
    org: OrgControl
    hub_url: str
    folder: Path
    screen: Screen
    webhook_url: str = ""
    cart_attribute: str = ""
    orders: dict[str, Answer] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    is_sound: bool = False

    def expect(self, holds: bool, words: str) -> None:
        """Says that it is so. Raises `DemoFailed` if it is not."""
        if not holds:
            raise DemoFailed(f"it should be so, and is not: {words}")
        self.screen.good(words)

    def turn(self, seconds: int) -> None:
        """It is later everywhere outside the hub."""
        self.shop.advance(seconds)
        self.portal.advance(seconds)
        self.org.advance(seconds)

    def tell(self, name: str, told: Answer) -> None:
        """An order or deal: what of it can count, rule by rule, and who gets what."""
        order = told["order"]
        self.screen.line()
        self.screen.line(f"{name} {order['name']}: {order['base']['text']} of it can count")
        for decision in told["decisions"]:
            for rule in decision["rules"]:
                self.screen.line(f"  {'+' if rule['passed'] else '-'} {rule['words']}")
        for entry in told["rewards"]:
            reward = entry["reward"]
            kind = reward["kind"].replace("_", " ")
            self.screen.line(
                f"  → {reward['net']['text']} {kind} for the {reward['side']}, held until {reward['due_at'][:10]}"
            )
