"""What each page and button takes: a role, sometimes a fresh proof of who is there, or nothing at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.services.roles import VIEWER


@dataclass(frozen=True, slots=True)
class Need:
    """`is_open` lets strangers in; `needs_fresh` asks who is there again unless they have just proved it.

    `is_for_setup` lets in who has yet to set up the second factor that their role takes.
    """

    least_role: str = VIEWER
    needs_fresh: bool = False
    is_open: bool = False
    is_for_setup: bool = False


OPEN = Need(is_open=True)
FOR_SETUP = Need(is_for_setup=True)
Needs = Mapping[str, Need]


def needs_of(blueprint: str, rows: Iterable[tuple[Any, ...]]) -> dict[str, Need]:
    """By endpoint what the rows `(path, name[, least_role[, needs_fresh]])` of a table of pages or buttons ask for."""
    return {f"{blueprint}.{name}": Need(*asked) for _path, name, *asked in rows}
