"""A reason: one rule, whether it was met, and why in words a merchant understands."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """What one rule found."""

    rule: str
    passed: bool
    words: str

    def stored(self) -> dict[str, Any]:
        """The reason as the tables keep it."""
        return {"rule": self.rule, "passed": self.passed, "words": self.words}
