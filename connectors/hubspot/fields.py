"""Referral fields on contacts: written a hundred at a time, with an outcome for each, and shown as they stand.

https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/batch/update-contacts
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from connectors.hubspot import records
from connectors.hubspot.answers import BadRequest, MissingScopes, Problem
from connectors.hubspot.days import Days
from connectors.hubspot.definitions import Definitions
from connectors.hubspot.hints import id_of
from connectors.hubspot.records import CONTACTS, MOST_PER_CALL, Row
from connectors.hubspot.sdk import Portal
from connectors.hubspot.spelling import DAY, shown
from connectors.hubspot.strict_json import Body, child, objects, texts
from referhub import (
    FieldRefused,
    Gone,
    Later,
    Moved,
    NotThere,
    Record,
    Refused,
    Rejected,
    TryLater,
    Unreadable,
    WriteOutcome,
)

Values = Mapping[str, str]
Batch = dict[str, Values]
# These say that the property itself is in the way, whatever the value.
ABOUT_THE_PROPERTY = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE", "READ_ONLY_PROPERTY"})
# So many contacts refused for one property, and none taken, are enough to judge the property.
ENOUGH = 5
AFTER_A_PERSON_ACTED = timedelta(hours=1)
DELETED = "the contact was deleted at HubSpot"


def write(api: Portal, given: Sequence[Record], days: Days) -> list[WriteOutcome]:
    """One outcome per record; None means that the contact carries the values. A repeat is harmless."""
    wanted: dict[str, dict[str, str]] = {}
    for record in given:  # HubSpot refuses a batch that names one contact twice
        values = {name: days.sent(name, value) for name, value in record.fields.items()}
        wanted.setdefault(record.source_id, {}).update(values)
    writing = _Writing(api, days)
    for ids in records.parts([record_id for record_id in wanted if id_of(record_id)], MOST_PER_CALL):
        writing.send({record_id: wanted[record_id] for record_id in ids})
    return [writing.outcomes.get(record.source_id, NO_ID) for record in given]


NO_ID = NotThere("this is not the id of a contact at HubSpot")


def show(
    api: Portal, ids: Sequence[str], names: Sequence[str], definitions: Definitions
) -> dict[str, Mapping[str, str | None] | Gone]:
    """What these contacts carry now, or that they are gone. Raises `TryLater` or `NeedsAttention`."""
    kinds = _kinds(definitions)
    try:
        rows = records.read(api, CONTACTS, [record_id for record_id in ids if id_of(record_id)], names)
    except Unreadable as problem:
        raise TryLater(str(problem)) from None
    return {record_id: _shown(rows.get(record_id), names, kinds) for record_id in ids}


def _kinds(definitions: Definitions) -> dict[str, str]:
    try:
        return {name: found.type for name, found in definitions.present().items()}
    except MissingScopes:
        return {}  # then values are shown as they stand; that the scope is missing is told by the check of the fields


def _shown(row: Row | None, names: Sequence[str], kinds: Mapping[str, str]) -> Mapping[str, str | None] | Gone:
    if row is None or row.is_archived:
        return Gone(DELETED)
    return {name: shown(row.properties.get(name), kinds.get(name, "")) for name in names}


class _Writing:
    """One run of writes: what became of each contact, and what is known of each property meanwhile."""

    def __init__(self, api: Portal, days: Days) -> None:
        self._api = api
        self._days = days
        self.outcomes: dict[str, WriteOutcome] = {}
        self._taken: Counter[str] = Counter()
        self._blamed: dict[str, list[tuple[str, str]]] = {}
        self._judged: list[tuple[str, str, str]] = []

    def send(self, batch: Batch) -> None:
        """Every contact of the batch has an outcome afterwards."""
        self._attempt(batch)
        for name, blamed in self._blamed.items():
            if len(blamed) > 1 and not self._taken[name]:
                self._note((record_id for record_id, _ in blamed), FieldRefused(name, blamed[0][1]))
        for record_id, name, words in self._judged:
            if self._taken[name]:  # the judgement was rash: another contact took it after all
                self._note([record_id], Refused(words))

    def _attempt(self, batch: Batch) -> None:
        try:
            answer = self._api.ask_plainly(self._api.objects.update, CONTACTS, _body(batch))
        except BadRequest as problem:
            self._sort_out(batch, problem.problems, str(problem))
        except Rejected as problem:
            self._sort_out(batch, (), str(problem))
        except MissingScopes as problem:
            self._note(batch, Later(problem.hint, AFTER_A_PERSON_ACTED))
        except TryLater as problem:
            self._note(batch, Later(str(problem), problem.after))
        else:
            self._match(batch, answer)

    def _note(self, ids: Iterable[str], outcome: WriteOutcome) -> None:
        self.outcomes |= dict.fromkeys(ids, outcome)

    def _sort_out(self, batch: Batch, problems: Sequence[Problem], words: str) -> None:
        """Nothing of a refused batch was written: who is to blame is set aside, and the others are sent again."""
        for problem in problems:
            blamed = [record_id for record_id, values in batch.items() if problem.name in values]
            if blamed and self._is_hopeless(problem):
                self._judge(blamed, problem, problem.words or words)
                self._attempt_rest(batch, blamed)
                return
        if len(batch) == 1:
            self._blame(*batch.items(), problems=problems, words=words)
            return
        ids = list(batch)
        for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
            self._attempt({record_id: batch[record_id] for record_id in half})

    def _is_hopeless(self, problem: Problem) -> bool:
        refused = len(self._blamed.get(problem.name, ()))
        return problem.code in ABOUT_THE_PROPERTY or (refused >= ENOUGH and not self._taken[problem.name])

    def _judge(self, blamed: Sequence[str], problem: Problem, words: str) -> None:
        self._note(blamed, FieldRefused(problem.name, words))
        if problem.code not in ABOUT_THE_PROPERTY:
            self._judged += [(record_id, problem.name, words) for record_id in blamed]

    def _attempt_rest(self, batch: Batch, done: Sequence[str]) -> None:
        rest = {record_id: values for record_id, values in batch.items() if record_id not in set(done)}
        if rest:
            self._attempt(rest)

    def _blame(self, one: tuple[str, Values], *, problems: Sequence[Problem], words: str) -> None:
        record_id, values = one
        problem = next((problem for problem in problems if problem.name in values), None)
        if problem:
            self._blamed.setdefault(problem.name, []).append((record_id, problem.words or words))
        self._note([record_id], Refused(problem.words or words if problem else words))

    def _match(self, batch: Batch, answer: Body) -> None:
        """A success may be one in part: every contact is looked for in what HubSpot says."""
        done = {id_of(result.get("id")) for result in objects(answer.get("results"))}
        open_ids = [record_id for record_id in batch if record_id not in done]
        self._written([record_id for record_id in batch if record_id in done], batch)
        lost: set[str] = set()
        for error in objects(answer.get("errors")):
            named = _ids_named(error) & set(open_ids)
            if error.get("category") == "OBJECT_NOT_FOUND":
                lost |= named
            else:
                self._note(named, Refused(str(error.get("message") or "")[:200] or "HubSpot refused this contact"))
        unexplained = [record_id for record_id in open_ids if record_id in lost or record_id not in self.outcomes]
        if unexplained:
            self._look(unexplained, batch, lost)

    def _written(self, ids: Sequence[str], batch: Batch) -> None:
        self._note(ids, None)
        self._taken.update(name for record_id in ids for name, value in batch[record_id].items() if value)

    def _look(self, ids: Sequence[str], batch: Batch, lost: set[str]) -> None:
        """What is not explained is read again: it moved, it is gone, or it was written after all."""
        names = sorted({name for record_id in ids for name in batch[record_id]})
        try:
            rows = records.read(self._api, CONTACTS, ids, names)
        except (TryLater, Unreadable, MissingScopes) as problem:
            self._note(ids, Later(str(problem)))
            return
        for record_id in ids:
            carries = record_id not in lost and self._carries(rows.get(record_id), batch[record_id])
            self._note([record_id], _found(record_id, rows.get(record_id), carries=carries))

    def _carries(self, row: Row | None, values: Values) -> bool:
        """True when the contact shows the values that were sent, in whatever spelling."""
        kinds = {name: DAY if self._days.has(name) else "" for name in values}
        return row is not None and all(
            shown(row.properties.get(name), kinds[name]) == shown(value, kinds[name]) for name, value in values.items()
        )


def _found(record_id: str, row: Row | None, *, carries: bool) -> WriteOutcome:
    if row is None or row.is_archived:
        return NotThere(DELETED)
    if row.id != record_id:
        return Moved(row.id)
    return None if carries else Later("HubSpot did not say what became of this contact")


def _body(batch: Batch) -> dict[str, Any]:
    return {"inputs": [{"id": record_id, "properties": dict(values)} for record_id, values in batch.items()]}


def _ids_named(error: Body) -> set[str]:
    context = child(error, "context")
    return {record_id for key in ("ids", "id") for record_id in texts(context.get(key))}
