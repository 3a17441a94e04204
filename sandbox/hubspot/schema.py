"""Which properties an object type has in a portal, and whether values may be what somebody wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.hubspot import catalogue
from sandbox.hubspot.cloud import Cloud
from sandbox.hubspot.complaints import unreadable, wrong_values
from sandbox.hubspot.nouns import Group, Property, Record, Values, records_of
from sandbox.hubspot.values import Fault, kept

GROUPS = {"0-1": "contactinformation", "0-3": "dealinformation", "0-123": "order_information", "0-136": "lead_info"}


def furnish(cloud: Cloud, portal: int) -> None:
    """A new portal's own properties and groups."""
    for object_type, group in GROUPS.items():
        cloud.truth.keep(Group(portal, object_type, group, group, 0))
        for shape in catalogue.properties(object_type):
            cloud.truth.keep(Property(portal, object_type, shape["name"], shape | {"groupName": group}))


def install_kit(cloud: Cloud, portal: int) -> None:
    """The referral properties, as if somebody had prepared the portal already."""
    cloud.truth.keep(Group(portal, "0-1", "referral_hub", "Referral hub"))
    for shape in catalogue.referral_kit():
        own = shape | {
            "modificationMetadata": {"archivable": True, "readOnlyDefinition": False, "readOnlyValue": False}
        }
        cloud.truth.keep(Property(portal, "0-1", shape["name"], own))


def shape_of(cloud: Cloud, portal: int, object_type: str, name: str) -> dict[str, Any] | None:
    found = cloud.truth.find(Property, f"Property/{portal}/{object_type}", name)
    return found.shape if found else None


def checked(cloud: Cloud, portal: int, object_type: str, written: Mapping[str, Any]) -> Values:
    """The values as they will be kept; raises Complaint, naming every value that cannot be."""
    return checked_rows(cloud, portal, object_type, [written])[0]


def checked_rows(cloud: Cloud, portal: int, object_type: str, rows: Sequence[Mapping[str, Any]]) -> list[Values]:
    """The rows as they will be kept; one value that cannot be refuses all of them."""
    faults: list[tuple[str, str, str]] = []
    found = [_checked(cloud, portal, object_type, row, faults) for row in rows]
    if faults:
        raise wrong_values(faults)
    return found


def _checked(
    cloud: Cloud, portal: int, object_type: str, written: Mapping[str, Any], faults: list[tuple[str, str, str]]
) -> Values:
    found: Values = {}
    for name, value in written.items():
        if not isinstance(value, str):
            raise unreadable(f"the value of {name} is not a string")
        shape = shape_of(cloud, portal, object_type, name)
        if shape is None:
            faults.append((name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'))
            continue
        try:
            found[name] = kept(shape, value)
        except Fault as fault:
            faults.append((name, fault.code, fault.said))
    return found


def owner_of(cloud: Cloud, portal: int, object_type: str, name: str, value: str) -> Record | None:
    """The living record that has this value of a property no two records may share."""
    shelf = records_of(portal, object_type)
    if name == "email":
        return cloud.truth.find(Record, shelf, cloud.truth.marked(shelf, value.lower()) or "")
    same = (each for each in cloud.truth.all(Record, shelf) if each.lives and each.values.get(name) == value)
    return next(same, None)


def is_unique(cloud: Cloud, portal: int, object_type: str, name: str) -> bool:
    if name == "email":
        return object_type == "0-1"
    shape = shape_of(cloud, portal, object_type, name)
    return bool(shape and shape["hasUniqueValue"])
