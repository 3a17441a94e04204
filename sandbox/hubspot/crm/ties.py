"""Associations: two records are tied, seen from both sides, in one or several labelled ways."""

from __future__ import annotations

from sandbox.hubspot.cloud import Actor, Cloud
from sandbox.hubspot.complaints import invalid
from sandbox.hubspot.kinds import PRIMARY, TIES, tie_between
from sandbox.hubspot.nouns import Association, Label, Record, ties_of
from sandbox.hubspot.webhooks import events


def of(cloud: Cloud, portal: int, object_type: str, id: int, to_type: str) -> list[Association]:
    """What this record is tied to, by id."""
    found = cloud.truth.all(Association, ties_of(portal, object_type, id))
    return sorted((each for each in found if each.to_type == to_type), key=lambda each: each.to_id)


def labels(cloud: Cloud, portal: int, from_type: str, to_type: str) -> list[Label]:
    found = cloud.truth.all(Label, f"Label/{portal}")
    same = [each for each in found if (each.from_type, each.to_type) == (from_type, to_type)]
    return sorted(same, key=lambda each: each.type_id)


def ways(cloud: Cloud, tie: Association) -> list[dict[str, object]]:
    """How two records are tied, as the API tells it."""
    named = {each.type_id: each.label for each in labels(cloud, tie.portal, tie.from_type, tie.to_type)}
    primary = PRIMARY.get((tie.from_type, tie.to_type))
    told = []
    for type_id in tie.type_ids:
        category = "USER_DEFINED" if type_id in named else "HUBSPOT_DEFINED"
        label = "Primary" if type_id == primary else named.get(type_id)
        told.append({"category": category, "typeId": type_id, "label": label})
    return told


def tie(cloud: Cloud, start: Record, end: Record, type_ids: list[int], actor: Actor) -> Association:
    """Both sides know of it, in these ways beside the ones there were; told from both directions."""
    if (start.object_type, start.id) == (end.object_type, end.id):
        raise invalid(f"Object {start.id} cannot be associated to itself ({end.id})")
    plain = tie_between(start.object_type, end.object_type)
    asked = list(dict.fromkeys([plain, *type_ids]))
    _require_ways(cloud, start, end, asked)
    back = [_inverse(cloud, start, end, each) for each in asked]
    there, here = _one_side(cloud, start, end, asked), _one_side(cloud, end, start, back)
    if there[1] or here[1]:
        events.tell_tie(cloud, there[0], False, actor)
        events.tell_tie(cloud, here[0], False, actor)
    return there[0]


def _one_side(cloud: Cloud, start: Record, end: Record, type_ids: list[int]) -> tuple[Association, bool]:
    shelf = ties_of(start.portal, start.object_type, start.id)
    known = cloud.truth.find(Association, shelf, f"{end.object_type}/{end.id}")
    kept = known or Association(start.portal, start.object_type, start.id, end.object_type, end.id, [])
    after = list(dict.fromkeys([*kept.type_ids, *type_ids]))
    changed = after != kept.type_ids
    kept.type_ids = after
    cloud.truth.keep(kept)
    return kept, changed


def _require_ways(cloud: Cloud, start: Record, end: Record, type_ids: list[int]) -> None:
    between = (start.object_type, end.object_type)
    known = {TIES[between], PRIMARY.get(between), *(each.type_id for each in labels(cloud, start.portal, *between))}
    for type_id in type_ids:
        if type_id not in known:
            raise invalid(f"Association type {type_id} does not exist between {between[0]} and {between[1]}")


def _inverse(cloud: Cloud, start: Record, end: Record, type_id: int) -> int:
    between, back = (start.object_type, end.object_type), (end.object_type, start.object_type)
    if type_id == TIES[between]:
        return TIES[back]
    if type_id == PRIMARY.get(between):
        return PRIMARY[back]
    return next(each.inverse for each in labels(cloud, start.portal, *between) if each.type_id == type_id)


def untie(cloud: Cloud, start: Record, end: Record, actor: Actor) -> None:
    """Neither side knows the other any more."""
    for one, two in ((start, end), (end, start)):
        shelf = ties_of(one.portal, one.object_type, one.id)
        known = cloud.truth.find(Association, shelf, f"{two.object_type}/{two.id}")
        if known:
            cloud.truth.forget(known)
            events.tell_tie(cloud, known, True, actor)


def move(cloud: Cloud, gone: Record, made: Record) -> None:
    """What was tied to a merged record is tied to its successor; nothing is told of that."""
    for known in cloud.truth.all(Association, ties_of(gone.portal, gone.object_type, gone.id)):
        back = cloud.truth.find(
            Association, ties_of(gone.portal, known.to_type, known.to_id), f"{gone.object_type}/{gone.id}"
        )
        _keep(cloud, Association(gone.portal, made.object_type, made.id, known.to_type, known.to_id, known.type_ids))
        cloud.truth.forget(known)
        if back:
            _keep(
                cloud, Association(gone.portal, back.from_type, back.from_id, made.object_type, made.id, back.type_ids)
            )
            cloud.truth.forget(back)


def _keep(cloud: Cloud, tie: Association) -> None:
    known = cloud.truth.find(Association, tie.shelf(), tie.key())
    before = known.type_ids if known else []
    tie.type_ids = list(dict.fromkeys([*before, *tie.type_ids]))
    cloud.truth.keep(tie)
