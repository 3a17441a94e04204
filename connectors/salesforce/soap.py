"""The XML of an outbound message, read so that nothing in it can grow: no DOCTYPE, no more of anything than it needs.

Expat writes a name out with its whole namespace each time it occurs, so that a long one on many elements would be
gigabytes; no entity is needed for that.
"""

from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

LONGEST_NAMESPACE = 256
MOST_ELEMENTS = 20_000  # a hundred notifications, and two hundred fields in each
DEEPEST = 16


class _Bounded(TreeBuilder):
    """Builds a tree as long as it stays one of reasonable size. Raises `ValueError`."""

    def __init__(self) -> None:
        super().__init__()
        self._elements = 0
        self._depth = 0

    def start_ns(self, prefix: str, uri: str) -> None:
        if len(uri) > LONGEST_NAMESPACE:
            raise ValueError("a namespace out of all proportion")

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._elements += 1
        self._depth += 1
        if self._elements > MOST_ELEMENTS or self._depth > DEEPEST:
            raise ValueError("more elements than a message has, or deeper ones")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def parsed(body: bytes) -> Element:
    """The root element. Raises `ValueError`."""
    parser: Any = DefusedXMLParser(target=_Bounded(), forbid_dtd=True)
    try:
        parser.feed(body)
        root: Element = parser.close()
    except (DefusedXmlException, ParseError, LookupError) as problem:
        raise ValueError(type(problem).__name__) from None
    return root
