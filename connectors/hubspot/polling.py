"""Finds by asking what webhooks lost: what changed, and once a day what was deleted and whose won deals are by now.

The search lags behind, so every sweep looks back over an overlap.
https://developers.hubspot.com/docs/api-reference/crm-search-the-crm
"""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from connectors.hubspot import records, sweeping
from connectors.hubspot.answers import MissingScopes
from connectors.hubspot.mapping import parsed_moment
from connectors.hubspot.reading import DELETED_POLLED, POLLED
from connectors.hubspot.records import CONTACTS, DEALS, Row
from connectors.hubspot.sdk import Portal
from connectors.hubspot.strict_json import object_of
from connectors.hubspot.sweeping import Sweep, Swept, filter_of, milliseconds, span
from referhub import Delivery, Page, Unreadable

OVERLAP = timedelta(minutes=15)
DAILY = timedelta(days=1)
DELETIONS_OVERLAP = timedelta(hours=1)
SWEPT = (Swept("contact", CONTACTS, "lastmodifieddate"), Swept("deal", DEALS, "hs_lastmodifieddate"))
# Who is associated with a deal may change without any time of change moving, as far as we know.
WON, WON_LATELY = "won", timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Which step comes next, each kind's sweep, and when the daily steps were last gone through (ISO)."""

    step: int = 0
    sweeps: dict[str, Sweep] = field(default_factory=dict)
    deletions_at: str = ""
    deletions_begun: str = ""
    after: str = ""

    @classmethod
    def read(cls, text: str | None, now: datetime, since: datetime | None) -> "Cursor":
        """The stored cursor, or the beginning. Raises `Unreadable`."""
        if text is None:
            first = milliseconds(since or now)
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
    if now - datetime.fromisoformat(cursor.deletions_at) < DAILY:
        return _over(cursor, cursor.deletions_at)
    cursor = replace(cursor, deletions_begun=cursor.deletions_begun or now.isoformat())
    if cursor.step < 2 * len(SWEPT):
        return _deleted(api, cursor, SWEPT[cursor.step - len(SWEPT)])
    if cursor.step == 2 * len(SWEPT):
        return _won(api, cursor)
    return _over(cursor, cursor.deletions_begun)


def _over(cursor: Cursor, daily_at: str) -> Page:
    return Page((), replace(cursor, step=0, deletions_at=daily_at, deletions_begun="", after="").text(), True)


def _changed(api: Portal, cursor: Cursor, swept: Swept) -> Page:
    sweep = cursor.sweeps[swept.record]
    if not sweep.at:
        sweep = replace(sweep, at=sweep.since - span(OVERLAP))
    rows, sweep, is_over = _page(api, swept, sweep)
    deliveries = tuple(_delivery(swept.record, POLLED, row, row.text(swept.stamp)) for row in rows)
    moved = replace(cursor, step=cursor.step + is_over, sweeps=cursor.sweeps | {swept.record: sweep})
    return Page(deliveries, moved.text(), False)


def _page(api: Portal, swept: Swept, sweep: Sweep) -> tuple[list[Row], Sweep, bool]:
    try:
        return sweeping.page(api, swept, sweep)
    except MissingScopes:
        return [], *sweeping.moved(sweep, [])  # told by `ping`; the other kinds go on


def _deleted(api: Portal, cursor: Cursor, swept: Swept) -> Page:
    """Deleted records, once a day: webhooks tell of them, but a search never shows them."""
    try:
        rows, after = records.archived(api, swept.kind, cursor.after or None)
    except MissingScopes:
        rows, after = [], None
    horizon = datetime.fromisoformat(cursor.deletions_at) - DELETIONS_OVERLAP
    recent = [row for row in rows if (at := parsed_moment(row.archived_at)) and at >= horizon]
    moved = replace(cursor, step=cursor.step if after else cursor.step + 1, after=after or "")
    deliveries = tuple(_delivery(swept.record, DELETED_POLLED, row, row.archived_at) for row in recent)
    return Page(deliveries, moved.text(), False)


def _won(api: Portal, cursor: Cursor) -> Page:
    """Deals won lately, once a day, though nothing says that they changed."""
    begun = datetime.fromisoformat(cursor.deletions_begun)
    now = milliseconds(begun)
    is_won = (filter_of("hs_is_closed_won", "EQ", "true"), filter_of("closedate", "LTE", str(now)))
    sweep = cursor.sweeps.get(WON) or Sweep(now, at=now - span(WON_LATELY))
    rows, sweep, is_over = _page(api, Swept("deal", DEALS, "closedate", is_won), sweep)
    sweeps = {name: one for name, one in cursor.sweeps.items() if name != WON} | ({} if is_over else {WON: sweep})
    # Without a time: no webhook can have missed it.
    deliveries = tuple(_delivery("deal", POLLED, row, "", f"{WON} {begun:%Y-%m-%d}") for row in rows)
    return Page(deliveries, replace(cursor, step=cursor.step + is_over, sweeps=sweeps).text(), False)


def _delivery(record: str, action: str, row: Row, stamp: str, name: str = "") -> Delivery:
    """A thin hint as a webhook would have been: what is read is what stands there then."""
    event = {"subscriptionType": f"{record}.{action}", "objectId": int(row.id)}
    return Delivery(
        key=f"poll:{record}:{row.id}:{action}:{name or stamp}"[:200],
        topic=f"{record}.{action}",
        body=json.dumps(event).encode(),
        triggered_at=parsed_moment(stamp),
        subject=row.id,
    )
