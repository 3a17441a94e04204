"""Salesforce's own description of its metadata, as simple-salesforce carries it, and what a file does against it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import Element

import simple_salesforce
from defusedxml.ElementTree import fromstring

XSD = "{http://www.w3.org/2001/XMLSchema}"
METADATA = "{http://soap.sforce.com/2006/04/metadata}"
WORDS = {"boolean": {"true", "false"}}


@dataclass(frozen=True)
class Part:
    """One element that a type may hold."""

    type: str
    is_required: bool
    is_repeatable: bool


@cache
def _schema() -> tuple[dict[str, Element], dict[str, set[str]]]:
    root = fromstring(Path(simple_salesforce.__file__).with_name("metadata.wsdl").read_bytes())
    types = {found.attrib["name"]: found for found in root.iter(f"{XSD}complexType") if "name" in found.attrib}
    words = {
        found.attrib["name"]: {word.attrib["value"] for word in found.iter(f"{XSD}enumeration")}
        for found in root.iter(f"{XSD}simpleType")
    }
    return types, words | WORDS


def parts_of(type_name: str) -> dict[str, Part]:
    """What a type may hold, in the order in which Salesforce writes it: first what it inherits, then its own."""
    found = _schema()[0][type_name]
    extension = found.find(f".//{XSD}extension")
    inherited = parts_of(_local(extension.attrib["base"])) if extension is not None else {}
    own = {
        each.attrib["name"]: Part(
            type=_local(each.attrib["type"]),
            is_required=each.get("minOccurs", "1") != "0",
            is_repeatable=each.get("maxOccurs", "1") != "1",
        )
        for each in found.iter(f"{XSD}element")
    }
    return inherited | own


def problems_of(element: Element, type_name: str, where: str = "") -> Iterator[str]:
    """Everything Salesforce would not understand in an element of this type."""
    where = f"{where}/{type_name}"
    parts, names = parts_of(type_name), [child.tag.removeprefix(METADATA) for child in element]
    known = [name for name in names if name in parts]
    yield from (f"{where} knows no {name}" for name in names if name not in parts)
    yield from (f"{where} needs {name}" for name, part in parts.items() if part.is_required and name not in names)
    yield from (f"{where} has two {name}" for name in set(known) if names.count(name) > 1 and not _repeats(parts, name))
    if known != sorted(known, key=list(parts).index):
        yield f"{where} is out of order: {known}"
    for child in element:
        if part := parts.get(child.tag.removeprefix(METADATA)):
            yield from _problems_within(child, part.type, where)


def _problems_within(child: Element, type_name: str, where: str) -> Iterator[str]:
    types, words = _schema()
    if type_name in types:
        yield from problems_of(child, type_name, where)
    elif type_name in words and child.text not in words[type_name]:
        yield f"{where}: {child.text} is no {type_name}"


def _repeats(parts: dict[str, Part], name: str) -> bool:
    return parts[name].is_repeatable


def _local(qualified: str) -> str:
    return qualified.split(":")[-1]
