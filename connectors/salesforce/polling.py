"""Finds by asking what outbound messages lost or cannot tell: deletions, merges, contact roles.

Each object is asked for what moved its SystemModstamp since the cursor, with an overlap, up to a minute before
Salesforce's own time; the hub's clock decides nothing.
https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/system_fields.htm
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from connectors.salesforce import soql
from connectors.salesforce.budget import Purpose
from connectors.salesforce.client import OrgApi
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.outbound import hint
from connectors.salesforce.picking import Body, record_id, required_id, required_moment
from connectors.salesforce.schema import Schema
from referhub import Delivery, Page, Rejected, TryLater, Unreadable

OVERLAP = timedelta(minutes=5)
# Changes of the last moments may not be visible yet, while later ones are.
SETTLING = timedelta(seconds=60)
FIRST_LOOK = timedelta(days=1)
# Once a day further back: a long transaction can show a change late that bears an early stamp.
DEEP_EVERY = timedelta(days=1)
DEEP_LOOK = timedelta(hours=48)
PAGE = 2000


@dataclass(frozen=True, slots=True)
class Place:
    """How far one object was asked: `since` by finished sweeps, (`stamp`, `id`) by this one; times are ISO texts."""

    since: str
    stamp: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where all objects stand. `left` are still to be asked in this sweep; `deep_at` is when it last looked deep."""

    places: Mapping[str, Place] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    deep_at: str = ""

    @classmethod
    def read(cls, text: str | None) -> "Cursor":
        """The stored cursor, or the beginning. Raises `Unreadable`."""
        if text is None:
            return cls()
        try:
            told: dict[str, Any] = json.loads(text)
            places = {kind: Place(**place) for kind, place in told["places"].items()}
            return cls(places, tuple(told["left"]), str(told["deep_at"]))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise Unreadable("the polling cursor is not one of ours") from None

    def text(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


class Poller:
    """Asks one org for what changed."""

    def __init__(self, config: SalesforceConfig, api: OrgApi, schema: Schema) -> None:
        self._config = config
        self._api = api
        self._schema = schema

    def poll(self, text: str | None) -> Page:
        """The next page of one object's changes. Raises `TryLater`, `NeedsAttention` or `Unreadable`."""
        cursor = Cursor.read(text)
        try:
            if not cursor.left:
                cursor = self._begun(cursor)
            return self._page(cursor)
        except Rejected as error:
            raise Unreadable(str(error)) from None

    def _begun(self, cursor: Cursor) -> Cursor:
        """A new sweep over every object that the org has."""
        kinds = tuple(kind for kind in self._config.asked_objects if self._has(kind))
        if not kinds:
            raise TryLater("none of the objects to ask for changes is visible to the integration user")
        now = self._server_time()
        is_deep = not cursor.deep_at or now - datetime.fromisoformat(cursor.deep_at) >= DEEP_EVERY
        first = self._config.since_at or now - FIRST_LOOK
        places = {}
        for kind in kinds:
            known = cursor.places.get(kind)
            since = datetime.fromisoformat(known.since) if known else first
            places[kind] = Place((min(since, now - DEEP_LOOK) if is_deep and known else since).isoformat())
        return Cursor(places, kinds, now.isoformat() if is_deep else cursor.deep_at)

    def _has(self, kind: str) -> bool:
        # Accounts are of interest only where they can be persons.
        return self._schema.has(kind, "IsPersonAccount" if kind == "Account" else "SystemModstamp")

    def _server_time(self) -> datetime:
        """Salesforce's time as last heard; some minutes do not matter where this is asked."""
        if self._api.server_time is None:
            self._api.get("limits", Purpose.POLL)
        return self._heard_time()

    def _heard_time(self) -> datetime:
        if self._api.server_time is None:
            raise TryLater("Salesforce's answers bear no time")
        return self._api.server_time

    def _page(self, cursor: Cursor) -> Page:
        kind = cursor.left[0]
        place = cursor.places[kind]
        rows = self._api.query(self._query(kind, place), Purpose.POLL)
        until = self._heard_time() - SETTLING
        settled = [row for row in rows if required_moment(row, "SystemModstamp") <= until]
        has_more = len(rows) >= PAGE and len(settled) == len(rows)
        moved = _moved(place, settled[-1]) if has_more else Place(max(place.since, until.isoformat()))
        left = cursor.left if has_more else cursor.left[1:]
        cursor = replace(cursor, places={**cursor.places, kind: moved}, left=left)
        return Page(tuple(_delivery(kind, row) for row in settled), cursor.text(), is_last=not left)

    def _query(self, kind: str, place: Place) -> str:
        fields = self._schema.visible(kind, ["Id", "SystemModstamp", "LastModifiedById", "OpportunityId"])
        if place.stamp:
            at = soql.literal(datetime.fromisoformat(place.stamp))
            where = f"(SystemModstamp > {at} OR (SystemModstamp = {at} AND Id > {soql.quoted(place.id)}))"
        else:
            where = f"SystemModstamp >= {soql.literal(datetime.fromisoformat(place.since) - OVERLAP)}"
        if self._schema.has(kind, "IsPersonAccount"):
            where += f" AND IsPersonAccount = {'true' if kind == 'Account' else 'false'}"
        return soql.select(fields, kind, where, f"ORDER BY SystemModstamp, Id LIMIT {PAGE}")


def _moved(place: Place, row: Body) -> Place:
    return Place(place.since, required_moment(row, "SystemModstamp").isoformat(), required_id(row))


def _delivery(kind: str, row: Body) -> Delivery:
    """A hint like an outbound message's. A contact role speaks of its opportunity, which it does not touch."""
    own_id, stamp = required_id(row), required_moment(row, "SystemModstamp")
    is_role = kind == "OpportunityContactRole"
    return hint(
        f"poll:{own_id}:{soql.literal(stamp)}",
        "Opportunity" if is_role else kind,
        required_id(row, "OpportunityId") if is_role else own_id,
        stamp.isoformat(),
        record_id(row, "LastModifiedById") or "",
    )
