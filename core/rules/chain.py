"""The hash of a ledger transaction: what it covers, in one place for the writer and the checker."""

from collections.abc import Iterable
from hashlib import sha256


def content_hash(previous: str, number: int, key: str, currency: str, lines: Iterable[tuple[str, int, str]]) -> str:
    """What a transaction's `hash` must be: it covers the entries and, through `previous`, the chain before them."""
    told = "\n".join(f"{account} {amount} {reward_id}" for account, amount, reward_id in sorted(lines))
    return sha256(f"{previous}\n{number}\n{key}\n{currency}\n{told}".encode()).hexdigest()
