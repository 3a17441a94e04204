"""Association labels: names for the ways in which records are tied, on the plans that have them."""

from __future__ import annotations

from typing import Any

from sandbox.ground.answers import Answer, json_answer
from sandbox.hubspot.api.asking import Ask, Route, schema_reading, schema_writing
from sandbox.hubspot.complaints import Complaint, conflict, invalid, not_found
from sandbox.hubspot.crm import ties
from sandbox.hubspot.kinds import PRIMARY, kind_of, tie_between
from sandbox.hubspot.nouns import Label

PLANS = ("pro", "enterprise")
MOST = 50
HERE = "/crm/associations/V/([^/]+)/([^/]+)/labels"


def _ends(ask: Ask) -> tuple[str, str]:
    return kind_of(ask.words[0]).type_id, kind_of(ask.words[1]).type_id


def _require_plan(ask: Ask) -> None:
    if ask.portal.plan not in PLANS:
        said = "Association labels are not available in this account's subscription."
        raise Complaint(403, "ACCESS_DENIED", said)


def listed(ask: Ask) -> Answer:
    ends = _ends(ask)
    plain: list[dict[str, Any]] = [{"category": "HUBSPOT_DEFINED", "typeId": tie_between(*ends), "label": None}]
    if ends in PRIMARY:
        plain.append({"category": "HUBSPOT_DEFINED", "typeId": PRIMARY[ends], "label": "Primary"})
    return json_answer(200, {"results": plain + [_told(each) for each in ties.labels(ask.cloud, ask.where, *ends)]})


def _told(label: Label) -> dict[str, Any]:
    return {"category": "USER_DEFINED", "typeId": label.type_id, "label": label.label}


def create(ask: Ask) -> Answer:
    """One label, or a pair whose other direction has a name of its own; both directions are told."""
    _require_plan(ask)
    asked, (start, end) = ask.mapping(), _ends(ask)
    name, label = asked.get("name"), asked.get("label")
    if not isinstance(name, str) or not isinstance(label, str) or not name or not label:
        raise invalid("Some required fields were not set: [name, label]")
    known = ties.labels(ask.cloud, ask.where, start, end)
    if any(each.name == name or each.label == label for each in known):
        raise conflict(f"A label named {name} exists already")
    if len(known) >= MOST:
        raise invalid(f"There can be {MOST} labels between two object types")
    made = _make(ask, start, end, name, label, asked.get("inverseLabel"))
    return json_answer(200, {"results": [_told(each) for each in made]})


def _make(ask: Ask, start: str, end: str, name: str, label: str, inverse: Any) -> list[Label]:
    tie_between(start, end)
    first = ask.cloud.new_id("Label")
    alone = start == end and not inverse
    second = first if alone else ask.cloud.new_id("Label")
    made = [Label(ask.where, start, end, first, name, label, second)]
    if not alone:
        made.append(Label(ask.where, end, start, second, name, str(inverse or label), first))
    for each in made:
        ask.cloud.truth.keep(each)
    return made


def delete(ask: Ask) -> Answer:
    _require_plan(ask)
    found = ask.cloud.truth.find(Label, f"Label/{ask.where}", ask.words[2])
    if found is None:
        raise not_found()
    for type_id in {found.type_id, found.inverse}:
        each = ask.cloud.truth.find(Label, f"Label/{ask.where}", type_id)
        if each:
            ask.cloud.truth.forget(each)
    return Answer(204)


ROUTES: list[Route] = [
    ("GET", HERE, listed, schema_reading),
    ("POST", HERE, create, schema_writing),
    ("DELETE", f"{HERE}/([^/]+)", delete, schema_writing),
]
