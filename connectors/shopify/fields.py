"""Referral fields on customers: app-owned metafields and tags, always absolute values.

https://shopify.dev/docs/api/admin-graphql/2026-10/mutations/metafieldsSet
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from connectors.shopify.client import AdminApi
from connectors.shopify.picking import Body, child, objects
from connectors.shopify.rewards.outcome import iso, payload_of
from referhub import Later, Money, Outcome, Record, Refused, Rejected, TryLater, Unknown

NAMESPACE = "$app:referral"
# The money fields say their currency themselves, and the hub's own id is of no use to a shop's people.
FIELDS = (
    "code",
    "link",
    "referred_by",
    "status",
    "friends_brought",
    "revenue_brought",
    "rewards_earned",
    "rewards_pending",
    "last_referral_at",
    "last_reward_at",
    "trace",
)
MOST_METAFIELDS = 25
MOST_TAGGED = 20
Value = str | int | bool | Money | datetime | None
Item = tuple[int, Body]  # a record's place in the call, and one metafield of it


@dataclass
class Written:
    """What became of each record; the first trouble of a record is the one that is told."""

    outcomes: list[Outcome | None] = field(default_factory=list)

    def note(self, places: Iterable[int], outcome: Outcome) -> None:
        """Every record at `places` that has no outcome yet gets this one."""
        for place in places:
            self.outcomes[place] = self.outcomes[place] or outcome

    def is_fine(self, place: int) -> bool:
        return self.outcomes[place] is None


def write(api: AdminApi, records: Sequence[Record]) -> list[Outcome | None]:
    """One outcome per record; None means that its fields and tags are as asked. A repeat is harmless."""
    written = Written([None] * len(records))
    items = [(place, item) for place, record in enumerate(records) for item in _metafields(record)]
    for batch in _batches([item for item in items if "value" in item[1]], MOST_METAFIELDS):
        _attempt(written, batch, partial(_set, api, written, batch))
    for batch in _batches([item for item in items if "value" not in item[1]], MOST_METAFIELDS):
        _attempt(written, batch, partial(_delete, api, written, batch))
    tagged = [(place, {"id": record.source_id, "tags": list(record.tags)}) for place, record in enumerate(records)]
    for batch in _batches([item for item in tagged if item[1]["tags"]], MOST_TAGGED):
        _attempt(written, batch, partial(_tag, api, written, batch))
    return written.outcomes


def _batches(items: Sequence[Item], size: int) -> Iterable[list[Item]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])


def _attempt(written: Written, batch: list[Item], send: Callable[[], None]) -> None:
    places = [place for place, _item in batch]
    try:
        send()
    except TryLater as error:
        written.note(places, Later(str(error), error.after))
    except Unknown as error:
        written.note(places, Later(str(error)))  # the values are absolute, so sending them again is safe
    except Rejected as error:
        written.note(places, Refused(str(error)))


def _set(api: AdminApi, written: Written, batch: list[Item]) -> None:
    """Set a batch, which Shopify does whole or not at all: what is bad is left out, then once more."""
    errors = _send(api, batch)
    for place, error in errors:
        # Stale means that somebody else wrote meanwhile; the value is absolute, so it is simply sent again.
        if error.get("code") != "STALE_OBJECT":
            written.note([place], Refused(f"{error.get('message')} ({error.get('code')})"))
    rest = [item for item in batch if written.is_fine(item[0])]
    if errors and rest:
        left = _send(api, rest)
        written.note([place for place, _item in rest if left], Later("Shopify took none of the batch"))


def _send(api: AdminApi, batch: list[Item]) -> list[tuple[int, Body]]:
    """The errors of one call, each with the record it concerns; one without an index concerns them all."""
    data = api.mutate("metafields_set", {"metafields": [item for _place, item in batch]})
    concerned: list[tuple[int, Body]] = []
    for error in objects(payload_of(data, "metafieldsSet").get("userErrors")):
        index = error.get("elementIndex")
        blamed = batch[index : index + 1] if type(index) is int and index >= 0 else batch
        concerned += [(place, error) for place, _item in blamed]
    return concerned


def _delete(api: AdminApi, written: Written, batch: list[Item]) -> None:
    data = api.mutate("metafields_delete", {"metafields": [item for _place, item in batch]})
    for error in objects(payload_of(data, "metafieldsDelete").get("userErrors")):
        written.note([place for place, _item in batch], Refused(str(error.get("message"))))


def _tag(api: AdminApi, written: Written, batch: list[Item]) -> None:
    """Add tags in one request; each alias stands for itself, and tags that are there already stay."""
    variables: Body = {}
    for alias, (_place, item) in enumerate(batch):
        variables |= {f"id{alias}": item["id"], f"tags{alias}": item["tags"]}
    data = api.mutate("tags_add", variables, source=tags_document(len(batch)))
    for alias, (place, _item) in enumerate(batch):
        for error in objects(child(data, f"t{alias}").get("userErrors")):
            written.note([place], Refused(str(error.get("message"))))


def tags_document(count: int) -> str:
    """`count` times tagsAdd under aliases: https://shopify.dev/docs/api/admin-graphql/2026-10/mutations/tagsAdd"""
    heads = ", ".join(f"$id{alias}: ID!, $tags{alias}: [String!]!" for alias in range(count))
    parts = "\n".join(
        f"  t{alias}: tagsAdd(id: $id{alias}, tags: $tags{alias}) {{ userErrors {{ field message }} }}"
        for alias in range(count)
    )
    return f"mutation ReferhubTagsAdd({heads}) {{\n{parts}\n}}\n"


def _metafields(record: Record) -> Iterable[Body]:
    for key, value in record.fields.items():
        owner = {"ownerId": record.source_id, "namespace": NAMESPACE, "key": key}
        yield owner if value is None else owner | {"type": type_of(value), "value": _spelt(value)}


# A bool is an int too, so it comes first. https://shopify.dev/docs/apps/build/custom-data/metafields/list-of-data-types
TYPES: Sequence[tuple[type, str, Callable[[Any], str]]] = (
    (bool, "boolean", lambda value: "true" if value else "false"),
    (int, "number_integer", str),
    (Money, "money", lambda value: json.dumps({"amount": value.text(), "currency_code": value.currency})),
    (datetime, "date_time", iso),
    (str, "single_line_text_field", str),
)


def type_of(value: Value) -> str:
    """The metafield type in which `value` is stored."""
    return _typed(value)[1]


def _spelt(value: Value) -> str:
    return _typed(value)[2](value)


def _typed(value: Value) -> tuple[type, str, Callable[[Any], str]]:
    return next(entry for entry in TYPES if isinstance(value, entry[0]))
