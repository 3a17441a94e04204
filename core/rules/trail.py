"""The hash of an act in the audit trail: what it covers, in one place for the writer and the checker."""

import hmac
from datetime import datetime
from hashlib import sha256


def digest_of(detail: str, salt: str) -> str:
    """Stands for the words of an act; without the salt nobody can try out which words they were."""
    return hmac.new(salt.encode(), detail.encode(), sha256).hexdigest()


def act_hash(previous: str, chain: str, number: int, at: datetime, *told: str) -> str:
    """What an act's `hash` must be; `told` is actor, verb, subject and the digest of its words.

    Each part stands behind its length, so that no two different acts read the same.
    """
    parts = (previous, chain, str(number), at.isoformat(), *told)
    return sha256("".join(f"{len(part)}:{part};" for part in parts).encode()).hexdigest()
