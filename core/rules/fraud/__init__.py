"""Fraud: what stops or holds a reward, with the reason in words."""

from core.rules.fraud.accounts import RewardFacts, assess

__all__ = ["RewardFacts", "assess"]
