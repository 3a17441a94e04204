"""Who does something in the org: a person at a desk, or a program that came through the API."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.salesforce.fates import Fate


@dataclass(frozen=True)
class Actor:
    """By the API, field-level security, validation and duplicate rules apply; a fate may refuse single rows."""

    user_id: str
    by_api: bool = False
    allows_duplicates: bool = False
    fate: Fate | None = None
