"""Descriptions: the versions, the resources, the objects, and every visible field of one."""

from __future__ import annotations

from typing import Any

from sandbox.ground.answers import Answer
from sandbox.salesforce.answers import api_answer
from sandbox.salesforce.org import Org
from sandbox.salesforce.rest.call import RestCall
from sandbox.salesforce.schema import NUMBERS, TEXTS, Field, Kind

OLDEST, NEWEST = 31, 68
SEASONS = ("Spring", "Summer", "Winter")  # 66 is Spring '26


def versions(org: Org) -> Answer:
    return api_answer(200, [_version(number) for number in range(OLDEST, NEWEST + 1)])


def _version(number: int) -> dict[str, str]:
    releases = number - 66 + 78  # 66 is the 78th after Spring '00
    label = f"{SEASONS[releases % 3]} '{releases // 3 + (releases % 3 == 2):02d}"
    return {"label": label, "url": f"/services/data/v{number}.0", "version": f"{number}.0"}


def is_served(version: str) -> bool:
    number, _, rest = version.partition(".")
    return number.isdecimal() and rest == "0" and OLDEST <= int(number) <= NEWEST


def resources(call: RestCall) -> Answer:
    names = ("sobjects", "query", "queryAll", "composite", "limits", "jobs")
    return api_answer(200, {name: f"{call.base}/{name}" for name in names})


def everything(call: RestCall) -> Answer:
    kinds = [_heading(call, kind) for kind in call.org.kinds().values() if call.org.may("read", kind)]
    return api_answer(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": kinds})


def describe(call: RestCall, name: str) -> Answer:
    """404 for an object that the org does not have, or has not switched on."""
    kind = call.org.seen(call.kind(name))
    told = _heading(call, kind) | {"fields": [_field(call.org, kind, each) for each in kind.fields.values()]}
    children = [
        {"childSObject": child, "field": field, "relationshipName": relation}
        for relation, (child, field) in kind.children.items()
    ]
    return api_answer(200, told | {"childRelationships": children})


def basic(call: RestCall, name: str) -> Answer:
    return api_answer(200, {"objectDescribe": _heading(call, call.kind(name)), "recentItems": []})


def _heading(call: RestCall, kind: Kind) -> dict[str, Any]:
    address = f"{call.base}/sobjects/{kind.name}"
    urls = {"sobject": address, "describe": f"{address}/describe", "rowTemplate": f"{address}/{{ID}}"}
    flags = dict.fromkeys(("queryable", "deletable", "undeletable", "retrieveable"), True)
    flags |= dict.fromkeys(("createable", "updateable"), call.org.may("edit", kind))
    return {"name": kind.name, "label": kind.name, "keyPrefix": kind.prefix, "custom": False, "urls": urls} | flags


def _field(org: Org, kind: Kind, field: Field) -> dict[str, Any]:
    is_number, writable = field.type in NUMBERS, not field.readonly and not org.is_locked_down(kind, field)
    return {
        "name": field.name,
        "label": field.label,
        "type": field.type,
        "length": field.length if field.type in TEXTS or field.type in ("id", "reference") else 0,
        "precision": field.length + field.scale if is_number else 0,
        "scale": field.scale if is_number else 0,
        "digits": field.length if field.type == "int" else 0,
        "custom": field.custom,
        "createable": writable,
        "updateable": writable and not field.fixed,
        "nillable": not field.required and field.type != "boolean" and not field.readonly,
        "externalId": field.external,
        "idLookup": field.external or field.name == "Id",
        "unique": field.unique,
        "caseSensitive": field.exact,
        "calculated": False,
        "filterable": True,
        "sortable": True,
        "referenceTo": [field.reference] if field.reference else [],
        "relationshipName": field.relation,
        "picklistValues": _choices(org, kind, field),
        "restrictedPicklist": False,
    }


def _choices(org: Org, kind: Kind, field: Field) -> list[dict[str, Any]]:
    if (kind.name, field.name) != ("Opportunity", "StageName"):
        return []
    names = (each["ApiName"] for each in org.truth.all("OpportunityStage"))
    return [{"value": name, "label": name, "active": True, "defaultValue": False} for name in names]
