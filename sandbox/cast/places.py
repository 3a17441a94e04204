"""Which kinds of sources have a place to play in, and how one is opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sandbox.cast.org import OrgPlace
from sandbox.cast.portal import PortalPlace
from sandbox.cast.shop import ShopPlace

Place = ShopPlace | PortalPlace | OrgPlace
KINDS: Mapping[str, type[ShopPlace] | type[PortalPlace] | type[OrgPlace]] = {
    "shopify": ShopPlace,
    "hubspot": PortalPlace,
    "salesforce": OrgPlace,
}


@contextmanager
def open_place(
    kind: str, label: str, currency: str, about: Mapping[str, str], file: Path | None = None
) -> Iterator[Place]:
    """A stand-in that answers like the source which is set up as `about` says; its truth is in the file, or in memory.

    Raises `KeyError` for a kind without any.
    """
    place = KINDS[kind](label, currency, about, file)
    with place.running:
        yield place
