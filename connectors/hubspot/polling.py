"""Finds by asking what webhooks lost: by the time of the last change, in steps that no record can slip through.

The search shows ten thousand results per query at the most and lags behind; so every page begins where the last one
ended, by time and then by id, and every sweep looks back over an overlap.
https://developers.hubspot.com/docs/api-reference/crm-search-the-crm
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta

from connectors.hubspot import records
from connectors.hubspot.answers import MissingScopes
from connectors.hubspot.mapping import parsed_moment
from connectors.hubspot.reading import DELETED_POLLED, POLLED
from connectors.hubspot.records import CONTACTS, DEALS, Row
from connectors.hubspot.sdk import Portal
from connectors.hubspot.strict_json import object_of
from referhub import Delivery, Page, TryLater, Unreadable

OVERLAP = timedelta(minutes=15)
DELETIONS_EVERY = timedelta(days=1)
DELETIONS_OVERLAP = timedelta(hours=1)
PAGE_SIZE = 200  # the most that HubSpot allows
Filters = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Swept:
    """A kind of record that is swept: its name here and there, and the property with the time of its last change."""

    record: str
    kind: str
    stamp: str


SWEPT = (Swept("contact", CONTACTS, "lastmodifieddate"), Swept("deal", DEALS, "hs_lastmodifieddate"))


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


@dataclass(frozen=True, slots=True)
class Cursor:
    """Which step comes next, each kind's sweep, and when deletions were last looked through (ISO)."""

    step: int = 0
    sweeps: dict[str, Sweep] = field(default_factory=dict)
    deletions_at: str = ""
    deletions_begun: str = ""
    after: str = ""

    @classmethod
    def read(cls, text: str | None, now: datetime, since: datetime | None) -> "Cursor":
        """The stored cursor, or the beginning. Raises `Unreadable`."""
        if text is None:
            first = _milliseconds(since or now)
            return cls(sweeps={swept.record: Sweep(first) for swept in SWEPT}, deletions_at=now.isoformat())
        told = object_of(text)
        try:
            sweeps = {name: Sweep(**one) for name, one in told.pop("sweeps").items()}
            cursor = cls(sweeps=sweeps, **told)
            datetime.fromisoformat(cursor.deletions_at)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise Unreadable("the polling cursor is not one of ours") from None
        return cursor

    def text(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def poll(api: Portal, text: str | None, now: datetime) -> Page:
    """The next few records that changed. Raises `TryLater`, `NeedsAttention` or `Unreadable`."""
    cursor = Cursor.read(text, now, api.config.since_at)
    if cursor.step < len(SWEPT):
        return _changed(api, cursor, SWEPT[cursor.step])
    return _deleted(api, cursor, now)


def _changed(api: Portal, cursor: Cursor, swept: Swept) -> Page:
    sweep = cursor.sweeps[swept.record]
    if not sweep.at:
        sweep = replace(sweep, at=sweep.since - _span(OVERLAP))
    filters, sort = _query(swept, sweep)
    try:
        rows = records.search(api, swept.kind, filters, [swept.stamp], sort=sort, limit=PAGE_SIZE)
    except MissingScopes:
        rows = []  # told by `ping`; the other kinds go on
    deliveries = tuple(_delivery(swept.record, POLLED, row, row.text(swept.stamp)) for row in rows)
    sweep, is_over = _moved(sweep, [(_stamp(row, swept), row.id) for row in rows])
    step = cursor.step + is_over
    return Page(deliveries, replace(cursor, step=step, sweeps=cursor.sweeps | {swept.record: sweep}).text(), False)


def _query(swept: Swept, sweep: Sweep) -> tuple[Filters, str]:
    if sweep.after_id:
        inside = _filter(swept.stamp, "EQ", str(sweep.at))
        return [inside, _filter("hs_object_id", "GT", sweep.after_id)], "hs_object_id"
    return [_filter(swept.stamp, "GTE", str(sweep.at))], swept.stamp


def _moved(sweep: Sweep, seen: Sequence[tuple[int, str]]) -> tuple[Sweep, bool]:
    """The sweep after a page, and whether it is over."""
    newest = max([sweep.newest, *(stamp for stamp, _ in seen)])
    is_full = len(seen) >= PAGE_SIZE
    if sweep.after_id:
        last = max((record_id for _, record_id in seen), key=_by_number, default=sweep.after_id)
        if is_full:
            return replace(sweep, newest=newest, after_id=last), False
        return replace(sweep, newest=newest, at=sweep.at + 1, after_id=""), False
    if not is_full:
        return Sweep(since=max(sweep.since, newest)), True
    if seen[-1][0] > sweep.at:
        return replace(sweep, newest=newest, at=seen[-1][0]), False
    # A whole page within one millisecond, as an import makes it: through it by id, from the beginning.
    return replace(sweep, newest=newest, after_id="0"), False


def _deleted(api: Portal, cursor: Cursor, now: datetime) -> Page:
    """Deleted records, once a day: webhooks tell of them, but a search never shows them."""
    swept = SWEPT[cursor.step - len(SWEPT)] if cursor.step < 2 * len(SWEPT) else None
    is_due = now - datetime.fromisoformat(cursor.deletions_at) >= DELETIONS_EVERY
    if swept is None or not is_due:
        done = cursor.deletions_begun if swept is None and cursor.deletions_begun else cursor.deletions_at
        return Page((), replace(cursor, step=0, deletions_at=done, deletions_begun="", after="").text(), True)
    try:
        rows, after = records.archived(api, swept.kind, cursor.after or None)
    except MissingScopes:
        rows, after = [], None
    horizon = datetime.fromisoformat(cursor.deletions_at) - DELETIONS_OVERLAP
    recent = [row for row in rows if (at := parsed_moment(row.archived_at)) and at >= horizon]
    moved = replace(
        cursor,
        step=cursor.step if after else cursor.step + 1,
        after=after or "",
        deletions_begun=cursor.deletions_begun or now.isoformat(),
    )
    return Page(
        tuple(_delivery(swept.record, DELETED_POLLED, row, row.archived_at) for row in recent), moved.text(), False
    )


def _delivery(record: str, action: str, row: Row, stamp: str) -> Delivery:
    """A thin hint as a webhook would have been: what is read is what stands there then."""
    event = {"subscriptionType": f"{record}.{action}", "objectId": int(row.id)}
    return Delivery(
        key=f"poll:{record}:{row.id}:{action}:{stamp}"[:200],
        topic=f"{record}.{action}",
        body=json.dumps(event).encode(),
        triggered_at=parsed_moment(stamp),
        subject=row.id,
    )


def _filter(name: str, operator: str, value: str) -> dict[str, str]:
    return {"propertyName": name, "operator": operator, "value": value}


def _stamp(row: Row, swept: Swept) -> int:
    at = parsed_moment(row.text(swept.stamp))
    if at is None:
        raise TryLater("HubSpot's search answered with a record without the time of its change")
    return _milliseconds(at)


def _milliseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)


def _span(time: timedelta) -> int:
    return time // timedelta(milliseconds=1)


def _by_number(record_id: str) -> tuple[int, str]:
    return len(record_id), record_id


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
