"""The Salesforce kit as its files tell it."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from tests.connectors.salesforce.metadata_api import METADATA
from tests.support.places import ROOT

KIT = ROOT / "connectors" / "salesforce" / "kit"
APP = KIT / "force-app"
FOLDERS = ("main", "messages", "orders", "person-accounts", "page")
PERSONS = ("Contact", "Lead")
SILENCER = "Referral_Hub_Writes"  # the permission that keeps the flows quiet
# What everybody sees who sees the record: required and system fields, for which Salesforce takes no grant.
ALWAYS_VISIBLE = {"Name", "MasterRecordId", "IsPersonAccount", "CurrencyIsoCode"}
ALWAYS_VISIBLE |= {"IsConverted", "ConvertedDate", "ConvertedContactId"}
ALWAYS_VISIBLE |= {"IsWon", "CloseDate", "LastStageChangeDate", "CreatedDate", "StageName", "OwnerId"}
ALWAYS_VISIBLE |= {"OrderNumber", "StatusCode", "EffectiveDate", "TotalAmount", "PersonContactId"}
# Whoever sees an order sees whose it is; a contact's and an opportunity's account has to be granted.
VISIBLE_ON = {"Order": {"AccountId"}}


def files(ending: str, folder: Path = APP) -> list[Path]:
    """The kit's files with this ending, such as `.flow-meta.xml`."""
    return sorted(folder.rglob(f"*{ending}"))


@cache
def root_of(path: Path) -> Element:
    """The root element of a metadata file."""
    return fromstring(path.read_bytes())


def texts(element: Element, path: str) -> list[str]:
    """What stands in the elements at this path, without the namespace's trouble."""
    found = element.findall("/".join(METADATA + step for step in path.split("/")))
    return [each.text or "" for each in found]


def text(element: Element, path: str) -> str:
    """What stands in the one element at this path; empty if there is none."""
    (found,) = texts(element, path) or [""]
    return found


def parts(element: Element, name: str) -> list[Element]:
    """The elements of this name right below."""
    return element.findall(METADATA + name)


def custom_fields(of: str) -> dict[str, Element]:
    """The custom fields the kit gives an object, by name."""
    folder = APP / "main" / "default" / "objects" / of / "fields"
    return {text(root_of(path), "fullName"): root_of(path) for path in files(".field-meta.xml", folder)}


def permission_set(name: str) -> Element:
    """A permission set of the kit."""
    (path,) = files(f"{name}.permissionset-meta.xml")
    return root_of(path)


def field_rights(name: str) -> dict[str, str]:
    """The fields a permission set lets its holder see, each with `read` or `edit`."""
    rights = {}
    for each in parts(permission_set(name), "fieldPermissions"):
        assert text(each, "readable") == "true"
        rights[text(each, "field")] = "edit" if text(each, "editable") == "true" else "read"
    return rights


def messages() -> Iterator[tuple[str, Element]]:
    """Each outbound message with the object whose changes it tells."""
    for path in files(".workflow-meta.xml"):
        for message in parts(root_of(path), "outboundMessages"):
            yield path.name.split(".")[0], message


def project() -> dict[str, Any]:
    """What the Salesforce command line is told about the kit."""
    told: dict[str, Any] = json.loads((KIT / "sfdx-project.json").read_bytes())
    return told


def watched(flow: Element) -> set[str]:
    """The fields of the record that a flow's condition looks at."""
    return set(re.findall(r"\{!\$Record\.(\w+)\}", text(flow, "start/filterFormula")))
