"""The properties and pipelines a new portal has, one data file per object type, and the referral kit's."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SHAPE: dict[str, Any] = {
    "description": "",
    "options": [],
    "displayOrder": -1,
    "calculated": False,
    "externalOptions": False,
    "hasUniqueValue": False,
    "hidden": False,
    "formField": True,
    "dataSensitivity": "non_sensitive",
}


@cache
def _file(name: str) -> Any:
    return json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))


def pipelines(object_type: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _file("pipelines").get(object_type, [])
    return found


def stage(object_type: str, stage_id: str) -> dict[str, Any] | None:
    return next((each for pipe in pipelines(object_type) for each in pipe["stages"] if each["id"] == stage_id), None)


def pipeline_of(object_type: str, stage_id: str) -> str | None:
    """The pipeline that has this stage."""
    holders = (pipe["id"] for pipe in pipelines(object_type) if any(each["id"] == stage_id for each in pipe["stages"]))
    return next(holders, None)


def properties(object_type: str, file: str | None = None) -> list[dict[str, Any]]:
    """Definitions as the API tells them."""
    return [shaped(object_type, row) for row in _file(file or object_type)]


def referral_kit() -> list[dict[str, Any]]:
    return [each | {"groupName": "referral_hub"} for each in properties("0-1", "referral_kit")]


def shaped(object_type: str, row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name not in ("readOnly", "stages", "pipelines", "options")}
    read_only = bool(row.get("readOnly"))
    return {
        "groupName": "information",
        **SHAPE,
        **kept,
        "options": [_option(*each) for each in enumerate(_choices(object_type, row))],
        "modificationMetadata": {
            "archivable": False,
            "readOnlyDefinition": True,
            "readOnlyValue": read_only,
        },
    }


def _choices(object_type: str, row: dict[str, Any]) -> list[str]:
    if row.get("pipelines"):
        return [pipe["id"] for pipe in pipelines(object_type)]
    if row.get("stages"):
        return [each["id"] for pipe in pipelines(object_type) for each in pipe["stages"]]
    return list(row.get("options", []))


def _option(place: int, value: str) -> dict[str, Any]:
    return {"label": value, "value": value, "description": "", "displayOrder": place, "hidden": False}
