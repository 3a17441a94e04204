"""Otherwise: what would have become of a reward, had something been different."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Otherwise:
    """With these changes, all at once, a reward would have come out differently; `side` is whose ("" for all of them).

    `then` says how, and `words` what would have had to be different, each to go on after "if". `changes` name the
    same, for programs.
    """

    side: str
    then: str
    changes: tuple[str, ...]
    words: tuple[str, ...]
