"""The scope: a session of one merchant sees and writes that merchant's rows, whatever it is asked to do."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, bindparam, event, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.orm.util import LoaderCriteriaOption
from sqlalchemy.sql.functions import FunctionElement

from core.models.base import SCOPE, OfMerchant
from core.models.connection import Merchant

WHOLE_HOUSE = "*"


class WrongMerchant(RuntimeError):
    """A row of another merchant was about to be written, or a statement to pass the wall; nothing was done."""


class _Beside(FunctionElement[Any]):
    """The column as it is; on SQLite so that it never chooses the index, where it would be a poor choice.

    SQLite knows no statistics here: it would walk through everything of a merchant to find one person's rows.
    """

    inherit_cache = True
    name = "beside"


@compiles(_Beside)
def _plain(element: _Beside, compiler: Any, **told: Any) -> str:
    return str(compiler.process(element.clauses, **told))


@compiles(_Beside, "sqlite")
def _no_index(element: _Beside, compiler: Any, **told: Any) -> str:
    return f"+{compiler.process(element.clauses, **told)}"


class ScopedSession(Session):
    """A session of one merchant; made by a `Database` that has a scope, never elsewhere."""

    def __init__(self, engine: Engine, merchant_id: str, *, info: Mapping[str, Any], **options: Any) -> None:
        super().__init__(engine, info={SCOPE: merchant_id, **info}, **options)


@lru_cache(maxsize=1024)
def criteria(merchant_id: str) -> tuple[LoaderCriteriaOption, ...]:
    """What every statement of that merchant's sessions is told, for each table it names and under each alias."""
    return (
        with_loader_criteria(OfMerchant, lambda row: _Beside(row.merchant_id) == merchant_id, include_aliases=True),
        with_loader_criteria(Merchant, lambda row: row.id == merchant_id, include_aliases=True),
    )


def change_by_id(session: Session, model: type[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Each of these rows has the values told beside its `id`: one statement for all, and for the session's own only.

    All of them tell the same columns; what the session holds of them already is not refreshed.
    """
    names = [name for name in rows[0] if name != "id"]
    statement = update(model.__table__).where(model.id == bindparam("the_id"))
    if SCOPE in session.info:
        statement = statement.where(model.merchant_id == session.info[SCOPE])
    told = [{"the_id": row["id"], **{f"new_{name}": row[name] for name in names}} for row in rows]
    session.connection().execute(statement.values({name: bindparam(f"new_{name}") for name in names}), told)


@event.listens_for(ScopedSession, "do_orm_execute")
def _add_the_predicate(asked: ORMExecuteState) -> None:
    if asked.is_insert:  # the column's default fills in the merchant, and the flush below refuses another one
        _refuse_foreign_rows(asked)
        return
    if not asked.is_orm_statement:
        raise WrongMerchant("a scoped session takes only statements that name the tables' classes first")
    if asked.is_executemany:
        raise WrongMerchant("many rows changed by key pass the wall: use core.scope.change_by_id")
    info = asked.session.info
    if "criteria" not in info:
        info["criteria"] = criteria(info[SCOPE])
    asked.statement = asked.statement.options(*info["criteria"])


def _refuse_foreign_rows(asked: ORMExecuteState) -> None:
    statement: Any = asked.statement
    told: list[Any] = [asked.parameters] if isinstance(asked.parameters, dict) else list(asked.parameters or ())
    told += [statement._values or {}, *(row for rows in statement._multi_values for row in rows)]
    for row in told:
        for column, value in row.items():
            if getattr(column, "key", column) == "merchant_id":
                _refuse(asked.session, getattr(value, "value", value))


@event.listens_for(ScopedSession, "before_flush")
def _refuse_foreign_objects(session: Session, *_: object) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, OfMerchant):
            _refuse(session, row.merchant_id)
        elif isinstance(row, Merchant):
            _refuse(session, row.id)


def _refuse(session: Session, merchant_id: object) -> None:
    if merchant_id not in (None, session.info[SCOPE]):
        raise WrongMerchant("a row of another merchant in this merchant's session")
