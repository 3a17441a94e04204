"""A repertoire: what can be made up of one kind of purchase, and what its source tells anyway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Repertoire(NamedTuple):
    """Anything can be told of the facts that it `plays`. `usual` says what is told of others where nobody asks for
    anything, and then what could be told instead."""

    plays: frozenset[str] = frozenset()
    usual: Mapping[str, Sequence[str | int | bool]] = {}
    can_be_taken_back: bool = True
