"""Pace: an advocate brings more, or loses more again, than advocates usually do."""

from collections import Counter
from datetime import timedelta
from statistics import median

from core.rules.fraud.facts import Bought, Case, Found, Settings

DAY, WEEK, MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)
# Below so many orders on a day a pace is nobody's business, whatever the usual day was.
FEW = 3


def fast_advocate(case: Case, settings: Settings) -> Found | None:
    """This order is one too many of its day, its week or for this advocate's own pace; the ones before it are not."""
    day, week = _within(case, DAY), _within(case, WEEK)
    usual = _usual_day(case)
    if not case.advocate.is_trusted:
        for seen, most, within in ((day, settings["per_day"], "24 hours"), (week, settings["per_week"], "7 days")):
            if len(seen) > most:
                return Found(f"the advocate brought {len(seen)} orders within {within}", _ids(seen, case))
    if usual and len(day) > max(FEW, usual * settings["times_median"]):
        words = f"the advocate brought {len(day)} orders within 24 hours, where {usual:g} a day are usual for them"
        return Found(words, _ids(day, case))
    return None


def refunds(case: Case, settings: Settings) -> Found | None:
    """Too much of what the advocate brought before went back."""
    before = [one for one in case.brought() if one.at < case.order.at and one.is_paid]
    back = [one for one in before if one.went_back]
    if len(before) < settings["orders"] or len(back) * 100 <= len(before) * settings["percent"]:
        return None
    return Found(f"{len(back)} of the {len(before)} orders the advocate brought went back", _ids(back, case))


def _within(case: Case, span: timedelta) -> list[Bought]:
    since = case.order.at - span
    return [one for one in case.brought() if since < one.at <= case.order.at]


def _usual_day(case: Case) -> float:
    """The median of the days of the last month on which the advocate brought anything, before this order's own day."""
    until, since = case.order.at - DAY, case.order.at - MONTH
    days = Counter((case.order.at - one.at) // DAY for one in case.brought() if since < one.at <= until)
    return float(median(days.values())) if days else 0.0


def _ids(seen: list[Bought], case: Case) -> tuple[str, ...]:
    return tuple(sorted({one.order_id for one in seen} - {case.order.order_id}))
