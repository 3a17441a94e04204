"""Records come, change, merge and go; each act is told by its webhook events."""

from __future__ import annotations

from sandbox.hubspot import catalogue
from sandbox.hubspot.cloud import Actor, Cloud
from sandbox.hubspot.complaints import Complaint, conflict, existing_contact, invalid
from sandbox.hubspot.crm import ties
from sandbox.hubspot.kinds import KINDS, Kind
from sandbox.hubspot.nouns import Record, Values, records_of
from sandbox.hubspot.schema import is_unique, owner_of
from sandbox.hubspot.values import iso
from sandbox.hubspot.webhooks import events

MOST_MERGES = 250
CLOSED = ("hs_is_closed", "hs_is_closed_won", "hs_is_closed_lost", "hs_deal_stage_probability")


def find(cloud: Cloud, portal: int, kind: Kind, id: str | int, archived: bool = False) -> Record | None:
    """The record of this id, or the one it was merged into."""
    found = cloud.truth.find(Record, records_of(portal, kind.type_id), id)
    while found and found.merged_into is not None:
        found = cloud.truth.find(Record, records_of(portal, kind.type_id), found.merged_into)
    if found is None or found.forgotten or (found.archived_at is not None) != archived:
        return None
    return found


def create(cloud: Cloud, portal: int, kind: Kind, values: Values, actor: Actor) -> Record:
    """A new record; its property changes are told before its creation, as seen in real captures."""
    require_free(cloud, portal, kind, values, None)
    now = cloud.truth.now()
    made = Record(portal, kind.type_id, cloud.new_id(kind.type_id), {}, now, now)
    source = {"hs_object_source": actor.source, "hs_object_source_label": actor.source}
    own = {"hs_object_id": str(made.id), "hs_object_source_id": actor.source_id, **source}
    made.values = _whole(cloud, portal, kind, {name: value for name, value in values.items() if value != ""} | own)
    created = "createdate" if "createdate" in kind.shown else "hs_createdate"
    made.values |= {created: iso(now), kind.modified: iso(now)}
    if cloud.setting(cloud.portal(portal), "index_lag_ms"):
        made.past = [(0, None)]
    cloud.truth.keep(made)
    told = {name: value for name, value in made.values.items() if name not in own}
    events.tell_created(cloud, kind, made, told, actor)
    return made


def update(cloud: Cloud, portal: int, kind: Kind, record: Record, values: Values, actor: Actor) -> None:
    """The record has these values; nothing at all happens where it had them already."""
    require_free(cloud, portal, kind, values, record)
    after = _whole(cloud, portal, kind, {n: v for n, v in (record.values | values).items() if v != ""})
    if after.get("hs_is_closed") == "true" != record.values.get("hs_is_closed") and "closedate" not in values:
        after["closedate"] = iso(cloud.truth.now())
    changed = {name: after.get(name, "") for name in {**record.values, **after}}
    changed = {name: value for name, value in changed.items() if record.values.get(name, "") != value}
    if changed:
        now = cloud.truth.now()
        remember(cloud, record)
        record.values, record.updated_at = after | {kind.modified: iso(now)}, now
        cloud.truth.keep(record)
        events.tell_changes(cloud, kind, record, changed, now, actor)


def remember(cloud: Cloud, record: Record) -> None:
    """What the search index goes on showing until it has caught up."""
    lag = cloud.setting(cloud.portal(record.portal), "index_lag_ms")
    if lag:
        horizon = cloud.truth.now() - lag
        seen = [each for each in record.past if each[0] <= horizon][-1:]
        later = [each for each in record.past if each[0] > horizon]
        record.past = [*seen, *later, (record.updated_at, dict(record.values))]


def _whole(cloud: Cloud, portal: int, kind: Kind, values: Values) -> Values:
    """What follows from other values: a deal's pipeline, currency, and whether its stage closed it."""
    if kind.type_id != "0-3":
        return values
    whole = dict(values)
    if cloud.portal(portal).multi_currency:
        whole.setdefault("deal_currency_code", cloud.portal(portal).currency)
    stage_id = whole.setdefault("dealstage", "appointmentscheduled")
    stage = catalogue.stage("0-3", stage_id)
    if stage is None:
        raise invalid(f"{stage_id} is no stage of any pipeline")
    whole["pipeline"] = catalogue.pipeline_of("0-3", stage_id) or "default"
    closed, probability = stage["metadata"]["isClosed"] == "true", stage["metadata"]["probability"]
    flags = (closed, closed and probability == "1.0", closed and probability == "0.0")
    return whole | dict(zip(CLOSED, [*(str(flag).lower() for flag in flags), probability], strict=True))


def require_free(cloud: Cloud, portal: int, kind: Kind, values: Values, record: Record | None) -> None:
    """Raises Complaint where another record has a value that only one may have."""
    for name, value in values.items():
        if not value or not is_unique(cloud, portal, kind.type_id, name):
            continue
        other = owner_of(cloud, portal, kind.type_id, name, value)
        if other is None or (record and other.id == record.id):
            continue
        if name == "email":
            raise existing_contact(other.id)
        where = record.id if record else "a new record"
        raise invalid(f"Cannot set {name}={value} on {where}. {other.id} already has that value.")


def delete(cloud: Cloud, portal: int, kind: Kind, record: Record, actor: Actor) -> None:
    """The record is archived, and can be listed as such."""
    remember(cloud, record)
    record.archived_at = cloud.truth.now()
    record.updated_at = record.archived_at
    cloud.truth.keep(record)
    events.tell_gone(cloud, kind, record, "deletion", actor)


def restore(cloud: Cloud, portal: int, kind: Kind, record: Record, actor: Actor) -> None:
    record.archived_at, record.updated_at = None, cloud.truth.now()
    cloud.truth.keep(record)
    events.tell_gone(cloud, kind, record, "restore", actor)


def forget(cloud: Cloud, portal: int, record: Record, deletion_first: bool) -> None:
    """A privacy deletion: nothing is left of the contact, and two events tell of it, in either order."""
    record.values, record.past, record.forgotten = {}, [], True
    record.archived_at = record.updated_at = cloud.truth.now()
    cloud.truth.keep(record)
    told = ["deletion", "privacyDeletion"] if deletion_first else ["privacyDeletion", "deletion"]
    for what in told:
        events.tell_gone(cloud, KINDS["0-1"], record, what, Actor())


def merge(cloud: Cloud, portal: int, kind: Kind, primary: Record, other: Record, actor: Actor) -> Record:
    """Both become one new record with an id of its own (changelog: updated merge functionality)."""
    if primary.id == other.id:
        raise conflict("A record cannot be merged with itself")
    before = [*_merged_ids(primary), *_merged_ids(other), str(primary.id), str(other.id)]
    if len(before) > MOST_MERGES:
        raise Complaint(400, "VALIDATION_ERROR", f"A record can take part in {MOST_MERGES} merges")
    now = cloud.truth.now()
    made = Record(portal, kind.type_id, cloud.new_id(kind.type_id), {}, min(primary.created_at, other.created_at), now)
    moved = {name: value for name, value in other.values.items() if name not in primary.values}
    emails = [each.values["email"] for each in (other,) if each.values.get("email")]
    made.values = moved | primary.values | {"hs_object_id": str(made.id), kind.modified: iso(now)}
    made.values["hs_merged_object_ids"] = ";".join(before)
    if emails and emails[0] != made.values.get("email"):
        made.values["hs_additional_emails"] = ";".join(emails)
    for gone in (primary, other):
        gone.merged_into = made.id
        cloud.truth.keep(gone)
    cloud.truth.keep(made)
    ties.move(cloud, primary, made)
    ties.move(cloud, other, made)
    events.tell_merged(cloud, kind, made, primary, other, len(moved), actor)
    return made


def _merged_ids(record: Record) -> list[str]:
    return [each for each in record.values.get("hs_merged_object_ids", "").split(";") if each]
