"""How the kit says no: the rule that is broken, what was found, and what to do about it."""

from typing import NoReturn

import pytest

LONGEST = 600


def require(is_kept: object, rule: str, *, found: object = None, mend: str) -> None:
    """Returns only when the rule is kept."""
    if not is_kept:
        broken(rule, found=found, mend=mend)


def broken(rule: str, *, found: object = None, mend: str) -> NoReturn:
    """The test fails in three sentences rather than with a traceback through the kit."""
    seen = "" if found is None else f"\nFound: {str(found)[:LONGEST]}"
    pytest.fail(f"\nRule:  {rule}{seen}\nDo:    {mend}", pytrace=False)


def missing(what: str, mend: str) -> NoReturn:
    """The test fails because nothing was given to run it with: what is declared has to be tried."""
    broken("what a connector declares is tried, and nothing passes untried", found=f"{what} is not given", mend=mend)
