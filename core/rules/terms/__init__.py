"""Terms: what a campaign promises, as dataclasses, with the strict reader that makes them from a document."""

from core.rules.terms.model import (
    SAME_PURCHASE,
    SIDES,
    BadTerms,
    FraudTerms,
    Limits,
    Milestone,
    RewardTerms,
    Terms,
    Tier,
    Touch,
    Worth,
)
from core.rules.terms.reading import parse_terms

__all__ = [
    "SAME_PURCHASE",
    "SIDES",
    "BadTerms",
    "FraudTerms",
    "Limits",
    "Milestone",
    "RewardTerms",
    "Terms",
    "Tier",
    "Touch",
    "Worth",
    "parse_terms",
]
