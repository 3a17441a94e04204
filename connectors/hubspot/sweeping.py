"""Sweeps: all records of a kind by the time of their last change, in steps that no record can slip through.

The search shows ten thousand results per query at the most; so every page begins where the last one ended, by time and
then by id. https://developers.hubspot.com/docs/api-reference/crm-search-the-crm
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from connectors.hubspot import records
from connectors.hubspot.mapping import parsed_moment
from connectors.hubspot.records import Row
from connectors.hubspot.sdk import Portal
from referhub import TryLater

PAGE_SIZE = 200  # the most that HubSpot allows
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Filter = dict[str, str]


def filter_of(name: str, operator: str, value: str) -> Filter:
    """One condition of a search."""
    return {"propertyName": name, "operator": operator, "value": value}


@dataclass(frozen=True, slots=True)
class Swept:
    """A kind of record that is swept: its name here and there, the property with the time, and which ones only."""

    record: str
    kind: str
    stamp: str
    only: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Sweep:
    """Where the sweep of one kind stands; times in milliseconds of the epoch.

    `since`: the newest change that finished sweeps saw; `newest`: the newest this sweep saw so far; `at`: where the
    next page begins; `after_id`: within that one millisecond, the last id seen (empty: not inside one).
    """

    since: int
    newest: int = 0
    at: int = 0
    after_id: str = ""


def page(api: Portal, swept: Swept, sweep: Sweep) -> tuple[list[Row], Sweep, bool]:
    """The next rows, the sweep after them, and whether it is over. Raises `TryLater` or `NeedsAttention`."""
    filters, sort = _query(swept, sweep)
    rows = records.search(api, swept.kind, [*filters, *swept.only], [swept.stamp], sort=sort, limit=PAGE_SIZE)
    return rows, *moved(sweep, [(_stamp(row, swept), row.id) for row in rows])


def _query(swept: Swept, sweep: Sweep) -> tuple[list[Filter], str]:
    if sweep.after_id:
        inside = filter_of(swept.stamp, "EQ", str(sweep.at))
        return [inside, filter_of("hs_object_id", "GT", sweep.after_id)], "hs_object_id"
    return [filter_of(swept.stamp, "GTE", str(sweep.at))], swept.stamp


def moved(sweep: Sweep, seen: Sequence[tuple[int, str]]) -> tuple[Sweep, bool]:
    """The sweep after a page, and whether it is over."""
    newest = max([sweep.newest, *(stamp for stamp, _ in seen)])
    is_full = len(seen) >= PAGE_SIZE
    if sweep.after_id:
        last = max((record_id for _, record_id in seen), key=records.by_age, default=sweep.after_id)
        if is_full:
            return replace(sweep, newest=newest, after_id=last), False
        return replace(sweep, newest=newest, at=sweep.at + 1, after_id=""), False
    if not is_full:
        return Sweep(since=max(sweep.since, newest)), True
    if seen[-1][0] > sweep.at:
        return replace(sweep, newest=newest, at=seen[-1][0]), False
    # A whole page within one millisecond, as an import makes it: through it by id, from the beginning.
    return replace(sweep, newest=newest, after_id="0"), False


def _stamp(row: Row, swept: Swept) -> int:
    at = parsed_moment(row.text(swept.stamp))
    if at is None:
        raise TryLater("HubSpot's search answered with a record without the time of its change")
    return milliseconds(at)


def milliseconds(at: datetime) -> int:
    """Of the epoch."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def span(time: timedelta) -> int:
    """In milliseconds."""
    return time // timedelta(milliseconds=1)
