"""The keys an act at the desk understands: a misspelt one is refused, so that it never changes an act silently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.ground.refusal import Refused

Keys = Mapping[str, "Keys | None"]  # None: whatever stands there is the act's own business


def keys(names: str = "", **parts: Keys) -> Keys:
    """Plain keys by their names, and those that hold an object, or a list of objects, with keys of its own."""
    return {**dict.fromkeys(names.split()), **parts}


def checked(given: Any, allowed: Keys, place: str) -> dict[str, Any]:
    """The object as it was given; raises Refused for a key that is not allowed, at any depth."""
    named = an_object(given, place)
    unknown = sorted(set(named) - set(allowed))
    if unknown:
        raise Refused(f"{place} has no key {unknown[0]!r}; its keys are: {', '.join(sorted(allowed)) or 'none'}")
    for name, value in named.items():
        _check_part(value, allowed[name], f"{place}.{name}")
    return named


def an_object(given: Any, place: str) -> dict[str, Any]:
    """It as it was given; raises Refused for anything but an object."""
    if not isinstance(given, dict):
        raise Refused(f"{place} is described by a JSON object, not by {type(given).__name__}")
    return given


def _check_part(value: Any, allowed: Keys | None, place: str) -> None:
    if allowed is None:
        return
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            checked(each, allowed, place)
