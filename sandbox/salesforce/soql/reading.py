"""From words to a query: what is selected, from what, under which conditions, in which order, and how much."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.salesforce.refusals import Refusal
from sandbox.salesforce.soql.words import Word, unexpected, words

COMPARISONS = ("=", "!=", "<>", "<", "<=", ">", ">=")


@dataclass(frozen=True)
class Comparison:
    """field operator value; the operator in capitals, <> as !=, and NOT IN in one; a sub-select stands for a list."""

    path: str
    operator: str
    values: list[Word]
    sub: Query | None = None
    place: int = 0


@dataclass(frozen=True)
class Combination:
    """AND or OR of parts, or NOT of one."""

    operator: str
    parts: list[Condition]


Condition = Comparison | Combination


@dataclass
class Query:
    source: str
    paths: list[str] = field(default_factory=list)
    subs: list[Query] = field(default_factory=list)
    counts: bool = False
    alias: str = ""
    condition: Condition | None = None
    order: list[tuple[str, bool, bool]] = field(default_factory=list)  # path, descending, nulls last
    limit: int | None = None
    offset: int = 0


def read_query(text: str) -> Query:
    """Raises Refusal for what is no query."""
    reader = Reader(words(text))
    query = reader.query()
    reader.end()
    return query


def read_condition(text: str) -> Condition:
    reader = Reader(words(text))
    condition = reader.condition()
    reader.end()
    return condition


class Reader:
    """Walks over the words once, from left to right."""

    def __init__(self, found: list[Word]) -> None:
        self.found, self.at = found, 0

    def next(self) -> Word:
        if self.at >= len(self.found):
            return Word("end", "<EOF>", self.found[-1].place if self.found else 0)
        return self.found[self.at]

    def take(self) -> Word:
        word = self.next()
        if word.kind == "end":
            raise Refusal("MALFORMED_QUERY", "unexpected token: '<EOF>'")
        self.at += 1
        return word

    def took(self, *says: str) -> bool:
        """Whether the next words were these; they are taken only all together."""
        ahead = self.found[self.at : self.at + len(says)]
        if len(ahead) == len(says) and all(word.says(said) for word, said in zip(ahead, says, strict=True)):
            self.at += len(says)
            return True
        return False

    def need(self, *says: str) -> None:
        for said in says:
            word = self.take()
            if not word.says(said):
                raise unexpected(word.text, word.place)

    def name(self) -> str:
        word = self.take()
        if word.kind != "name":
            raise unexpected(word.text, word.place)
        return word.text

    def end(self) -> None:
        if self.next().kind != "end":
            raise unexpected(self.next().text, self.next().place)

    def query(self) -> Query:
        self.need("SELECT")
        query = Query("")
        self._selected(query)
        while self.took(","):
            self._selected(query)
        self.need("FROM")
        query.source = self.name()
        if self.next().kind == "name" and not self.next().says("WHERE", "ORDER", "LIMIT", "OFFSET", "ALL"):
            query.alias = self.name()
        if self.took("WHERE"):
            query.condition = self.condition()
        self._ordered(query)
        if self.took("LIMIT"):
            query.limit = self._whole()
        if self.took("OFFSET"):
            query.offset = self._whole()
        return query

    def _selected(self, query: Query) -> None:
        if self.took("("):
            query.subs.append(self.query())
            self.need(")")
        elif self.took("COUNT", "(", ")"):
            query.counts = True
        elif self.took("FIELDS", "("):
            query.paths.append(f"FIELDS({self.name().upper()})")
            self.need(")")
        else:
            query.paths.append(self.name())

    def _ordered(self, query: Query) -> None:
        if not self.took("ORDER", "BY"):
            return
        query.order.append(self._order())
        while self.took(","):
            query.order.append(self._order())

    def _order(self) -> tuple[str, bool, bool]:
        path = self.name()
        descending = not self.took("ASC") and self.took("DESC")
        nulls_last = descending
        if self.took("NULLS", "FIRST"):
            nulls_last = False
        elif self.took("NULLS", "LAST"):
            nulls_last = True
        return path, descending, nulls_last

    def _whole(self) -> int:
        word = self.take()
        if not word.text.isdecimal():
            raise unexpected(word.text, word.place)
        return int(word.text)

    def condition(self) -> Condition:
        """AND and OR side by side need parentheses, as in the vendor's language."""
        parts = [self._part()]
        operator = next((said for said in ("AND", "OR") if self.next().says(said)), None)
        while operator and self.took(operator):
            parts.append(self._part())
        if self.next().says("AND", "OR"):
            raise unexpected(self.next().text, self.next().place)
        return Combination(operator, parts) if operator else parts[0]

    def _part(self) -> Condition:
        if self.took("NOT"):
            return Combination("NOT", [self._part()])
        if self.took("("):
            inner = self.condition()
            self.need(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Comparison:
        place = self.next().place
        path = self.name()
        if self.took("IN"):
            return self._listed(path, "IN", place)
        if self.took("NOT", "IN"):
            return self._listed(path, "NOT IN", place)
        operator = "LIKE" if self.took("LIKE") else self._sign()
        return Comparison(path, operator, [self._value()], place=place)

    def _sign(self) -> str:
        word = self.take()
        if not word.says(*COMPARISONS):
            raise unexpected(word.text, word.place)
        return "!=" if word.text == "<>" else word.text

    def _listed(self, path: str, operator: str, place: int) -> Comparison:
        self.need("(")
        if self.next().says("SELECT"):
            sub = self.query()
            self.need(")")
            return Comparison(path, operator, [], sub, place)
        values = [self._value()]
        while self.took(","):
            values.append(self._value())
        self.need(")")
        return Comparison(path, operator, values, place=place)

    def _value(self) -> Word:
        word = self.take()
        if word.kind == "sign":
            raise unexpected(word.text, word.place)
        return word
