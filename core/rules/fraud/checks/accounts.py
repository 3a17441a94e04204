"""Accounts: nobody is paid twice into one account, nor decides about a reward of their own."""

from core.rules.fraud.accounts import assess
from core.rules.fraud.facts import Case, Found, Settings


def same_account(case: Case, _: Settings) -> Found | None:
    """Both sides would be paid into one account."""
    return _told(case, "same_account")


def shared_account(case: Case, _: Settings) -> Found | None:
    """Several people would be paid into one account."""
    return _told(case, "shared_account")


def _told(case: Case, rule: str) -> Found | None:
    failed = assess(case.receiving) if case.receiving else []
    return next((Found(reason.words) for reason in failed if reason.rule == rule), None)


def staff(case: Case, _: Settings) -> Found | None:
    """Advocate or friend signs in here as an operator."""
    sides = {"advocate": case.advocate, "friend": case.friend}
    known = [side for side, somebody in sides.items() if somebody.is_staff]
    return Found(f"the {' and the '.join(known)} signs in here as an operator") if known else None
