"""An effect: what really happened to somebody's account at a stand-in, as its own truth has it."""

from __future__ import annotations

from typing import NamedTuple


class Effect(NamedTuple):
    """So much was given to the account, or (below zero) taken back; exact, in a decimal text."""

    account: str
    kind: str
    amount: str
    currency: str
    remote_id: str
