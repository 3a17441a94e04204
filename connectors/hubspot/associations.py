"""Shows who referred whom as an association between contacts, on plans that have labels; elsewhere the code says it.

https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from connectors.hubspot import records
from connectors.hubspot.answers import MissingScopes
from connectors.hubspot.definitions import DEFAULT_FIELDS, SHARED
from connectors.hubspot.records import CONTACTS, MOST_PER_CALL
from connectors.hubspot.sdk import Portal
from connectors.hubspot.strict_json import object_of, texts
from referhub import ConnectorError, Keep, Record, WriteOutcome

LABEL, INVERSE, INTERNAL = "Referred by", "Referred", "referral_hub_referred_by"
NAME = "ties"
MOST_WAITING = 500
MOST_CODES = 20  # each is a search
LOOK_AGAIN_SECONDS = 86_400.0
# Records with one of these are about people who may have been referred.
TELLING = frozenset({DEFAULT_FIELDS[SHARED], DEFAULT_FIELDS["status"]})


class Associations:
    """Ties friends to who referred them, whenever something about them was written.

    Trouble is never an error: whoever could not be tied waits, and is tried again with the next write.
    """

    def __init__(self, api: Portal, keep: Callable[[], Keep], clock: Callable[[], float] = time.time) -> None:
        self._api = api
        self._keep = keep
        self._clock = clock

    def follow(self, given: Sequence[Record], outcomes: Sequence[WriteOutcome]) -> None:
        """The contacts among these that were written are tied, as far as that is possible now."""
        told = {self._api.config.referred_by_property, *TELLING}
        written = [
            record.source_id
            for record, outcome in zip(given, outcomes, strict=True)
            if outcome is None and told & record.fields.keys()
        ]
        waiting = texts(object_of(self._keep().get(NAME) or "").get("waiting"))
        wanted = list(dict.fromkeys([*waiting, *written]))
        if not wanted:
            return
        now, later = wanted[:MOST_PER_CALL], wanted[MOST_PER_CALL:]
        try:
            left = self._tie(now)
        except ConnectorError:
            left = now
        self._note(waiting=[*later, *left][:MOST_WAITING])

    def _tie(self, friends: Sequence[str]) -> list[str]:
        """Of these contacts, those whose advocate could not be found yet."""
        label = self._label()
        if label is None:
            return []
        code_property = self._api.config.referred_by_property
        rows = records.read(self._api, CONTACTS, friends, [code_property])
        codes = {row.id: code for row in rows.values() if not row.is_archived and (code := row.text(code_property))}
        advocates = self._advocates(codes.values())
        pairs = {friend: advocates[code] for friend, code in codes.items() if advocates.get(code, friend) != friend}
        if pairs:
            self._api.ask(self._api.associations.create, CONTACTS, CONTACTS, _body(pairs, label))
        return [friend for friend, code in codes.items() if code not in advocates]

    def _advocates(self, codes: Iterable[str]) -> dict[str, str]:
        """The one contact with each of these codes, as far as the search knows it."""
        found: dict[str, str] = {}
        for code in list(dict.fromkeys(codes))[:MOST_CODES]:
            same = [{"propertyName": DEFAULT_FIELDS["code"], "operator": "EQ", "value": code}]
            rows = records.search(self._api, CONTACTS, same, ["referral_code"], sort="hs_object_id", limit=2)
            if len(rows) == 1:
                found[code] = rows[0].id
        return found

    def _label(self) -> int | None:
        """The number of our label, made if need be; None where the plan has none (looked at again after a day)."""
        kept = object_of(self._keep().get(NAME) or "")
        if isinstance(kept.get("label"), int):
            return int(kept["label"])
        if self._clock() < float(kept.get("no_label_until") or 0):
            return None
        try:
            label = self._found_label() or self._made_label()
        except MissingScopes:
            self._note(no_label_until=self._clock() + LOOK_AGAIN_SECONDS)
            return None
        self._note(label=label)
        return label

    def _found_label(self) -> int | None:
        return _number_of(self._api.ask(self._api.labels.get_all, CONTACTS, CONTACTS))

    def _made_label(self) -> int | None:
        wanted = {"label": LABEL, "inverseLabel": INVERSE, "name": INTERNAL}
        return _number_of(self._api.ask(self._api.labels.create, CONTACTS, CONTACTS, wanted))

    def _note(self, **told: Any) -> None:
        self._keep().change(NAME, lambda text: json.dumps({**object_of(text or ""), **told}))


def _number_of(model: Any) -> int | None:
    labels = {
        getattr(one, "label", None): getattr(one, "type_id", None) for one in getattr(model, "results", None) or ()
    }
    number = labels.get(LABEL)
    return number if isinstance(number, int) else None


def _body(pairs: Mapping[str, str], label: int) -> dict[str, Any]:
    kind = [{"associationCategory": "USER_DEFINED", "associationTypeId": label}]
    return {"inputs": [{"from": {"id": friend}, "to": {"id": who}, "types": kind} for friend, who in pairs.items()]}
