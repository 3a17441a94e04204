"""Consent: how much money one person may move alone; beyond it an act is not done before a second one said yes."""

from core.contract.money import Money
from core.gateway.hub import Hub


class SecondPersonNeeded(RuntimeError):
    """Nothing was done: this is more than one person may decide alone."""


def require_consent(hub: Hub, amount: Money, second: str) -> None:
    """Nothing happens where one person is enough, or `second` names the other one. Raises `SecondPersonNeeded`."""
    if needs_consent(hub, amount) and not second:
        raise SecondPersonNeeded(f"{amount} is more than one person may decide alone")


def needs_consent(hub: Hub, amount: Money) -> bool:
    """True above the limit of that currency; with limits set, a currency without one is never for one person alone."""
    limits = hub.second_person_above
    if not limits or not amount:
        return False
    return amount.currency not in limits or amount.minor > limits[amount.currency].minor
