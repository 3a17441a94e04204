"""Global ids: gid://shopify/Customer/7 to 7 and back."""

from __future__ import annotations

import re

GID = re.compile(r"gid://shopify/(\w+)/(\d+)")


def number(gid: str, kind: str) -> int | None:
    """The number inside, or None when the id is of another kind or no id at all."""
    found = GID.fullmatch(gid)
    return int(found[2]) if found and found[1] == kind else None


def kind_of(gid: str) -> str | None:
    found = GID.fullmatch(gid)
    return found[1] if found else None
