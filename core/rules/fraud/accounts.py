"""Accounts: one account is never paid for both sides, nor for several people."""

from dataclasses import dataclass

from core.rules.reasons import Reason


@dataclass(frozen=True, slots=True)
class RewardFacts:
    """What is known of a reward when it is about to be paid."""

    side: str
    recipient: str
    other_recipient: str | None
    owners_of_recipient: int


def assess(facts: RewardFacts) -> list[Reason]:
    """The rules that a reward fails; empty when it may be paid."""
    failed: list[Reason] = []
    if facts.other_recipient == facts.recipient:
        failed.append(Reason("same_account", False, "advocate and friend would be paid into the same account"))
    if facts.owners_of_recipient > 1:
        words = f"{facts.owners_of_recipient} people would be paid into this one account"
        failed.append(Reason("shared_account", False, words))
    return failed
