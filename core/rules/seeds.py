"""A reward's seed: the same for the same reward of the same order, even in a hub that has forgotten everything."""

from hashlib import sha256

ATTEMPTS = 3


def seed_of(connector: str, source_id: str, order_id: str, campaign: str, side: str) -> str:
    """Thirty-two hex digits that belong to this reward alone.

    Codes and the seconds of expiries are derived from it, so that a hub restored from an old backup, which hears of
    the order once more, asks for the very gift card that it gave already, and knows a credit of its own again.
    """
    told = (connector, source_id, order_id, campaign, side)
    return sha256("".join(f"{len(part)}:{part};" for part in told).encode()).hexdigest()[:32]


def second_of(seed: str) -> int:
    """The second of the day at which a credit with this seed expires."""
    return int.from_bytes(sha256(seed.encode()).digest()[:4]) % 86_400
