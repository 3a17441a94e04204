"""Looks: what the source shows of some of its people, in as few calls as it allows."""

from collections.abc import Iterable, Mapping, Sequence

from core.contract.errors import TryLater
from core.contract.parts import Gone
from core.rules.storable import storable
from core.services.field_plan import FieldPlan

Sight = dict[str, str | None] | Gone


def look_at(plan: FieldPlan, source_ids: Sequence[str], fields: Iterable[str] | None = None) -> dict[str, Sight]:
    """What the source shows of each of them in these fields (the planned ones); an empty text counts as nothing.

    Raises `TryLater` or `NeedsAttention`.
    """
    found: dict[str, Sight] = {}
    names = sorted(set(plan.names.values() if fields is None else fields))
    size = plan.connector.record_batch_size
    for start in range(0, len(source_ids), size):
        part = source_ids[start : start + size]
        shown = plan.shows.show(part, names) if plan.shows else {}
        found |= {source_id: _sight(shown, source_id, names) for source_id in part}
    return found


def _sight(shown: Mapping[str, Mapping[str, str | None] | Gone], source_id: str, names: Sequence[str]) -> Sight:
    one = shown.get(source_id)
    if one is None:
        raise TryLater("the source did not answer for everybody it was asked about")
    return one if isinstance(one, Gone) else {name: storable(one.get(name) or "") or None for name in names}
