"""The ways Shopify can pay a reward; each can give, take back, find again and mark an account's state."""

from collections.abc import Mapping
from typing import Protocol

from connectors.shopify.client import AdminApi
from connectors.shopify.rewards.discount_code import DiscountCodes
from connectors.shopify.rewards.gift_card import GiftCards
from connectors.shopify.rewards.store_credit import StoreCredit
from referhub import Credit, Finding, Outcome


class RewardKind(Protocol):
    """One kind of reward. Failures of the Admin API pass through; `outcome.settled` words them."""

    def give(self, credit: Credit) -> Outcome:
        """Give it, once."""
        ...

    def take_back(self, credit: Credit) -> Outcome:
        """Take back what `credit.receipt` proves was given, as far as it is still there."""
        ...

    def find(self, credit: Credit, claimed: frozenset[str]) -> Finding:
        """What the shop holds of this push, given or taken back."""
        ...

    def watermark(self, credit: Credit) -> str:
        """Where the account stands now."""
        ...

    def is_recognisable(self, credit: Credit) -> bool:
        """True when finding nothing is proof enough to send again."""
        ...


def reward_kinds(api: AdminApi) -> Mapping[str, RewardKind]:
    """Every kind of reward by the name that campaigns use."""
    return {
        "store_credit": StoreCredit(api),
        "gift_card": GiftCards(api),
        "discount_code": DiscountCodes(api),
    }
