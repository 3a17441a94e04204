"""Fraud: one account is never paid for both sides, nor for several people."""

from core.rules.fraud import RewardFacts, assess


def rules(facts: RewardFacts) -> list[str]:
    """The rules that a reward fails."""
    return [reason.rule for reason in assess(facts)]


def test_a_reward_to_its_own_account_passes() -> None:
    assert rules(RewardFacts("advocate", "a", "b", 1)) == []
    assert rules(RewardFacts("advocate", "a", None, 1)) == []


def test_both_sides_into_one_account_fails() -> None:
    assert rules(RewardFacts("friend", "a", "a", 1)) == ["same_account"]


def test_several_people_into_one_account_fails() -> None:
    """I14."""
    assert rules(RewardFacts("advocate", "a", "b", 2)) == ["shared_account"]
    assert "2 people" in assess(RewardFacts("advocate", "a", "b", 2))[0].words


def test_every_failure_is_told() -> None:
    assert rules(RewardFacts("advocate", "a", "a", 3)) == ["same_account", "shared_account"]
