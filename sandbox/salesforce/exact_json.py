"""JSON with exact decimals, written the way the API writes its doubles: 5.0, 19.99, and 1.2E7 from ten million on."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def read(text: str | bytes) -> Any:
    """Numbers with a point or an exponent become decimals; raises ValueError for what is no JSON."""
    return json.loads(text, parse_float=Decimal)


def written(value: Any) -> str:
    if isinstance(value, Decimal | float):
        return _double(Decimal(str(value)))
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(name))}:{written(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(written(part) for part in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _double(value: Decimal) -> str:
    if value == 0:
        return "0.0"
    if -4 < value.adjusted() < 7:
        text = format(value.normalize(), "f")
        return text if "." in text else f"{text}.0"
    sign, digits, _ = value.normalize().as_tuple()
    figures = "".join(map(str, digits))
    return f"{'-' if sign else ''}{figures[0]}.{figures[1:] or '0'}E{value.adjusted()}"
