"""A finding: which story broke a promise, how, and what to mend."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """In whose story, what happened, and what a merchant changes so that it does not."""

    who: str
    words: str
    mend: str
