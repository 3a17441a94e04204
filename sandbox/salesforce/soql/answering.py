"""The answer to a query: which records, in which order, and of each the fields that were selected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refusal
from sandbox.salesforce.schema import Kind
from sandbox.salesforce.soql.conditions import comparable, question
from sandbox.salesforce.soql.paths import related, shown, steps, value_at
from sandbox.salesforce.soql.reading import Combination, Comparison, Condition, Query
from sandbox.salesforce.soql.words import unescaped
from sandbox.salesforce.truth import Record

Row = dict[str, Any]


class Asked:
    """One query asked of an org; with_deleted shows the bin too; base is where records have their address."""

    def __init__(self, org: Org, with_deleted: bool, base: str) -> None:
        self.org, self.with_deleted, self.base = org, with_deleted, base

    def rows(self, query: Query) -> list[Row]:
        kind = self._kind(query.source)
        show = self._shower(kind, query)
        return [show(record) for record in self._limited(query, self._sorted(kind, query, self._found(kind, query)))]

    def count(self, query: Query) -> int:
        return len(self._limited(query, self._found(self._kind(query.source), query)))

    def _kind(self, name: str) -> Kind:
        kind = self.org.kind(name)
        if kind is None or not self.org.may("read", kind):
            message = (
                f"\nFROM {name}\n^\nERROR at Row:1:Column:1\nsObject type '{name}' is not supported. If you are "
                "attempting to use a custom object, be sure to append the '__c' after the entity name. Please "
                "reference your WSDL or the describe call for the appropriate names."
            )
            raise Refusal("INVALID_TYPE", message)
        return kind

    def _found(self, kind: Kind, query: Query) -> list[Record]:
        condition = _without_alias(query.condition, query) if query.condition else None
        fits = question(self.org, kind, condition, self._values) if condition else _any
        there = self._candidates(kind, condition)
        return [each for each in there if (self.with_deleted or not each.get("IsDeleted")) and fits(each)]

    def _values(self, sub: Query) -> list[Any]:
        """What a semi-join selects: the values of its one field."""
        kind = self._kind(sub.source)
        way = steps(self.org, kind, sub.paths[0])
        return [value_at(self.org, each, way) for each in self._found(kind, sub)]

    def _candidates(self, kind: Kind, condition: Condition | None) -> list[Record]:
        """All records of the kind, or only those whose ids the condition names."""
        for part in _together(condition):
            if (
                isinstance(part, Comparison)
                and part.path.lower() == "id"
                and part.operator in ("=", "IN")
                and part.values
            ):
                named = (self.org.record(unescaped(word.text)) for word in part.values if word.kind == "text")
                return list(
                    {each["Id"]: each for each in named if each and each["Id"].startswith(kind.prefix)}.values()
                )
        return self.org.truth.all(kind.name)

    def _sorted(self, kind: Kind, query: Query, found: list[Record]) -> list[Record]:
        for path, descending, nulls_last in reversed(query.order):
            way = steps(self.org, kind, _plain(path, query))

            def place(record: Record, way: Any = way) -> Any:
                return comparable(way[-1], value_at(self.org, record, way))

            there = [each for each in found if place(each) is not None]
            missing = [each for each in found if place(each) is None]
            there.sort(key=place, reverse=descending)
            found = there + missing if nulls_last else missing + there
        return found

    def _limited(self, query: Query, found: list[Record]) -> list[Record]:
        return found[query.offset :][: query.limit if query.limit is not None else None]

    def _shower(self, kind: Kind, query: Query) -> Callable[[Record], Row]:
        """How a record is shown; every path was checked before any record is looked at."""
        paths = [each for path in query.paths for each in self._expanded(kind, _plain(path, query), query)]
        for path in paths:
            steps(self.org, kind, path)
        subs = [(sub, self._child(kind, sub)) for sub in query.subs]

        def show(record: Record) -> Row:
            row = self._row(kind, record, paths)
            for sub, (child, field) in subs:
                row[sub.source] = self._children(sub, child, field, record)
            return row

        return show

    def _expanded(self, kind: Kind, path: str, query: Query) -> list[str]:
        if not path.startswith("FIELDS("):
            return [path]
        if query.limit is None or query.limit > 200:
            raise Refusal("MALFORMED_QUERY", "The SOQL FIELDS function must have a LIMIT of at most 200")
        custom = {"FIELDS(CUSTOM)": [True], "FIELDS(STANDARD)": [False]}.get(path, [True, False])
        return [name for name, field in self.org.seen(kind).fields.items() if field.custom in custom]

    def _row(self, kind: Kind, record: Record, paths: list[str]) -> Row:
        """attributes first, then the fields by their own names; what is walked to stands in an object of its own."""
        row: Row = {"attributes": {"type": kind.name, "url": f"{self.base}/sobjects/{kind.name}/{record['Id']}"}}
        for path in paths:
            relation, _, rest = path.partition(".")
            if not rest:
                field = kind.named(path)
                row[field.name if field else path] = shown(record, field) if field else None
            elif relation not in row:
                inner = [each.partition(".")[2] for each in paths if each.partition(".")[0] == relation and "." in each]
                row[relation] = self._walked(kind, record, relation, inner)
        return row

    def _walked(self, kind: Kind, record: Record, relation: str, paths: list[str]) -> Row | None:
        field = kind.walked(relation)
        target = related(self.org, record, field) if field else None
        other = self.org.kind(field.reference) if field and field.reference else None
        return self._row(other, target, paths) if target and other else None

    def _child(self, kind: Kind, sub: Query) -> tuple[Kind, str]:
        pair = kind.child(sub.source)
        if pair is None:
            raise Refusal(
                "INVALID_TYPE", f"\nDidn't understand relationship '{sub.source}' in FROM part of query call."
            )
        return self._kind(pair[0]), pair[1]

    def _children(self, sub: Query, child: Kind, field: str, parent: Record) -> Row | None:
        """The children as a result of their own; null where there are none."""
        query = replace(sub, source=child.name)
        theirs = {each["Id"] for each in self.org.truth.having(child.name, field, parent["Id"])}
        found = [each for each in self._found(child, query) if each["Id"] in theirs] if theirs else []
        show = self._shower(child, query)
        rows = [show(each) for each in self._limited(query, self._sorted(child, query, found))]
        return {"totalSize": len(rows), "done": True, "records": rows} if rows else None


def _together(condition: Condition | None) -> list[Condition]:
    """The conditions that all have to hold."""
    if isinstance(condition, Combination) and condition.operator == "AND":
        return condition.parts
    return [condition] if condition else []


def _any(record: Record) -> bool:
    return True


def _plain(path: str, query: Query) -> str:
    """The path without the name or alias of the object it begins with."""
    first, _, rest = path.partition(".")
    return rest if rest and first.lower() in (query.alias.lower(), query.source.lower()) and first else path


def _without_alias(condition: Condition, query: Query) -> Condition:
    if isinstance(condition, Comparison):
        return replace(condition, path=_plain(condition.path, query))
    return replace(condition, parts=[_without_alias(part, query) for part in condition.parts])
