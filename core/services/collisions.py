"""Collisions: two people of whom news says that they are one, for a person to decide, and what was decided."""

from functools import cached_property

from sqlalchemy import select

from core.models import Collision, new_id
from core.services.book import Book

OPEN, MERGED, KEPT_APART = "open", "merged", "kept_apart"
BY_OPERATOR = "an operator named both"


class Collisions:
    """The merchant's collisions, loaded once. Who a row speaks of is asked of the people, who may have merged since."""

    def __init__(self, book: Book) -> None:
        self._book = book

    @cached_property
    def _rows(self) -> list[Collision]:
        query = select(Collision).filter_by(merchant_id=self._book.merchant.id).order_by(Collision.id)
        return list(self._book.session.scalars(query))

    def between(self, one: str, other: str) -> Collision | None:
        """The row about these two, whoever they were when it was written."""
        return next((row for row in self._rows if self._pair(row) == {one, other}), None)

    def is_kept_apart(self, one: str, other: str) -> bool:
        """True when a person has decided that they are two."""
        return any(row.state == KEPT_APART and self._pair(row) == {one, other} for row in self._rows)

    def add(self, one: str, other: str, why: str, connection_id: str | None) -> Collision:
        """The two stand in the review list, once."""
        known = self.between(one, other)
        if known is not None:
            return known
        first, second = sorted((one, other))
        row = Collision(
            id=new_id(),
            merchant_id=self._book.merchant.id,
            one_id=first,
            other_id=second,
            connection_id=connection_id,
            why=why,
            state=OPEN,
            found_at=self._book.now,
            because="",
        )
        self._book.session.add(row)
        self._rows.append(row)
        return row

    def decide(self, one: str, other: str, state: str, because: str) -> None:
        """What a person says of the two holds from now on, against all later news."""
        rows = [row for row in self._rows if self._pair(row) == {one, other}]
        for row in rows or [self.add(one, other, BY_OPERATOR, None)]:
            row.state, row.because, row.decided_at = state, because, self._book.now

    def note_merge(self) -> None:
        """Rows whose two people have become one ask nothing any more."""
        for row in self._rows:
            if row.state == OPEN and len(self._pair(row)) == 1:
                row.state, row.decided_at = MERGED, self._book.now

    def _pair(self, row: Collision) -> set[str]:
        return {self._book.living(row.one_id), self._book.living(row.other_id)}
