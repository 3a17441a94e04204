"""Property definitions and their groups: read and made, never silently replaced."""

from __future__ import annotations

import re
from typing import Any

from sandbox.ground.answers import Answer, json_answer
from sandbox.hubspot.api import telling
from sandbox.hubspot.api.asking import Ask, Route, schema_reading, schema_writing
from sandbox.hubspot.catalogue import SHAPE
from sandbox.hubspot.complaints import Complaint, conflict, invalid, not_found, row_error
from sandbox.hubspot.nouns import Group, Property

HERE = "/crm/properties/V/([^/]+)"
NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
MOST = 100
MOST_UNIQUE = 10
REQUIRED = ("name", "label", "type", "fieldType", "groupName")
FIELD_TYPES = {
    "string": {"text", "textarea", "phonenumber", "html", "file"},
    "number": {"number"},
    "datetime": {"date"},
    "date": {"date"},
    "bool": {"booleancheckbox"},
    "enumeration": {"select", "radio", "checkbox", "booleancheckbox"},
}
OPTIONAL = {"description", "options", "displayOrder", "hasUniqueValue", "hidden", "formField", "dataSensitivity"}


def _shelf(ask: Ask, kind: str) -> str:
    return f"{kind}/{ask.where}/{ask.kind.type_id}"


def listed(ask: Ask) -> Answer:
    found = ask.cloud.truth.all(Property, _shelf(ask, "Property"))
    return json_answer(200, {"results": [each.shape for each in sorted(found, key=lambda each: each.name)]})


def read(ask: Ask) -> Answer:
    return json_answer(200, _found(ask).shape)


def _found(ask: Ask) -> Property:
    found = ask.cloud.truth.find(Property, _shelf(ask, "Property"), ask.words[1])
    if found is None:
        raise not_found(f"Property {ask.words[1]} does not exist")
    return found


def create(ask: Ask) -> Answer:
    return json_answer(201, _make(ask, ask.mapping()).shape)


def create_batch(ask: Ask) -> Answer:
    """Those that exist already are among the errors of a 207; one that cannot be refuses all."""
    results, errors = [], []
    for row in ask.inputs(MOST, frozenset({*REQUIRED, *OPTIONAL})):
        try:
            results.append(_make(ask, row).shape)
        except Complaint as complaint:
            if complaint.status != 409:
                raise
            context = {"name": [str(row["name"])]}
            error = row_error("OBJECT_ALREADY_EXISTS", complaint.message, context)
            errors.append(error | {"subCategory": "Properties.PROPERTY_WITH_NAME_EXISTS"})
    return telling.batch(ask, results, errors, status=201)


def _make(ask: Ask, asked: dict[str, Any]) -> Property:
    _require_shape(ask, asked)
    name = str(asked["name"])
    if ask.cloud.truth.find(Property, _shelf(ask, "Property"), name):
        raise conflict(f'A property named "{name}" already exists.', subCategory="Properties.PROPERTY_WITH_NAME_EXISTS")
    own = {"archivable": True, "readOnlyDefinition": False, "readOnlyValue": False}
    made = Property(ask.where, ask.kind.type_id, name, SHAPE | asked | {"modificationMetadata": own})
    ask.cloud.truth.keep(made)
    return made


def _require_shape(ask: Ask, asked: dict[str, Any]) -> None:
    missing = [name for name in REQUIRED if not isinstance(asked.get(name), str) or not asked[name]]
    if missing:
        raise invalid(f"Some required fields were not set: [{', '.join(missing)}]")
    unknown = sorted(set(asked) - {*REQUIRED, *OPTIONAL})
    if unknown:
        raise invalid(f"Unrecognized field: {unknown[0]}")
    if not NAME.fullmatch(asked["name"]):
        raise invalid(f"{asked['name']} is no property name: lower case, digits and underscores, a letter first")
    if asked["fieldType"] not in FIELD_TYPES.get(asked["type"], set()):
        raise invalid(f"fieldType {asked['fieldType']} does not go with type {asked['type']}")
    if not ask.cloud.truth.find(Group, _shelf(ask, "Group"), asked["groupName"]):
        raise invalid(f"Property group {asked['groupName']} does not exist")
    if asked["type"] == "enumeration" and not asked.get("options"):
        raise invalid("An enumeration needs options")
    if asked.get("hasUniqueValue") and _unique(ask) >= MOST_UNIQUE:
        raise invalid(f"There can be {MOST_UNIQUE} unique properties per object type")


def _unique(ask: Ask) -> int:
    return sum(each.shape["hasUniqueValue"] for each in ask.cloud.truth.all(Property, _shelf(ask, "Property")))


def change(ask: Ask) -> Answer:
    """Label, group, options and the like; a type never changes here."""
    found, asked = _found(ask), ask.mapping()
    fixed = sorted(set(asked) - {"label", "groupName", *OPTIONAL} - {"hasUniqueValue", "dataSensitivity"})
    if fixed or found.shape["modificationMetadata"]["readOnlyDefinition"]:
        raise invalid(f"{found.name}: {', '.join(fixed) or 'the definition'} cannot be changed")
    found.shape = found.shape | asked
    ask.cloud.truth.keep(found)
    return json_answer(200, found.shape)


def archive(ask: Ask) -> Answer:
    found = _found(ask)
    if not found.shape["modificationMetadata"]["archivable"]:
        raise invalid(f"Property {found.name} cannot be archived")
    ask.cloud.truth.forget(found)
    return Answer(204)


def groups(ask: Ask) -> Answer:
    found = ask.cloud.truth.all(Group, _shelf(ask, "Group"))
    return json_answer(200, {"results": [_group(each) for each in sorted(found, key=lambda each: each.name)]})


def group(ask: Ask) -> Answer:
    found = ask.cloud.truth.find(Group, _shelf(ask, "Group"), ask.words[1])
    if found is None:
        raise not_found(f"Property group {ask.words[1]} does not exist")
    return json_answer(200, _group(found))


def create_group(ask: Ask) -> Answer:
    asked = ask.mapping()
    name, label = asked.get("name"), asked.get("label")
    if not isinstance(name, str) or not isinstance(label, str) or not NAME.fullmatch(name) or not label:
        raise invalid("Some required fields were not set: [name, label]")
    if ask.cloud.truth.find(Group, _shelf(ask, "Group"), name):
        raise conflict(f'A property group named "{name}" already exists.')
    made = Group(ask.where, ask.kind.type_id, name, label, int(asked.get("displayOrder", -1)))
    ask.cloud.truth.keep(made)
    return json_answer(201, _group(made))


def _group(found: Group) -> dict[str, Any]:
    return {"name": found.name, "label": found.label, "displayOrder": found.display_order, "archived": False}


ROUTES: list[Route] = [
    ("GET", f"{HERE}/groups", groups, schema_reading),
    ("POST", f"{HERE}/groups", create_group, schema_writing),
    ("GET", f"{HERE}/groups/([^/]+)", group, schema_reading),
    ("GET", HERE, listed, schema_reading),
    ("POST", HERE, create, schema_writing),
    ("POST", f"{HERE}/batch/create", create_batch, schema_writing),
    ("GET", f"{HERE}/([^/]+)", read, schema_reading),
    ("PATCH", f"{HERE}/([^/]+)", change, schema_writing),
    ("DELETE", f"{HERE}/([^/]+)", archive, schema_writing),
]
