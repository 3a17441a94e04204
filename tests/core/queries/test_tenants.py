"""Every question is asked for one merchant of two: it answers as if there were no other, whatever it is given."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

import core.queries
from core.contract.events import IdentityClaim, IdentityKind
from core.gateway.hub import Hub
from core.models import OfMerchant, StoredOrder
from core.queries.audit import Wanted
from core.queries.plain import plain
from tests.support.databases import copy_sqlite
from tests.support.story import NOW, well_known_vault
from tests.support.two_merchants import NOBODYS, TRACE_OF_THEIRS, TwoMerchants, merchant_alone, two_merchants
from tests.support.two_merchants import without_chance as same_again

Ids = dict[str, str]
# What each parameter is given, by its name: of whomever the ids are.
GIVEN: dict[str, Callable[[Ids], Any]] = {
    "account": lambda _: IdentityClaim(IdentityKind.CUSTOMER, "77"),
    "backtest_id": lambda ids: ids["backtest"],
    "campaign_id": lambda ids: ids["campaign"],
    "case_id": lambda ids: ids["case"],
    "chain": lambda ids: ids["merchant"],
    "connection_id": lambda ids: ids["shop"],
    "conversion_ids": lambda ids: [ids["conversion"]],
    "delivery_id": lambda ids: ids["delivery"],
    "code_id": lambda ids: ids["code"],
    "key": lambda _: b"key",
    "merchant_id": lambda ids: ids["merchant"],
    "most": lambda _: 10_000,
    "now": lambda _: NOW,
    "number": lambda _: 1,
    "open_body": lambda _: well_known_vault().open,
    "operator_id": lambda ids: ids["friend"],
    "order_id": lambda ids: ids["order"],
    "order_ids": lambda ids: [ids["order"]],
    "person_id": lambda ids: ids["friend"],
    "person_ids": lambda ids: [ids["friend"]],
    "ids": lambda ids: [ids["friend"]],
    "rehearsal_id": lambda ids: ids["rehearsal"],
    "reward_id": lambda ids: ids["given"],
    "reward_ids": lambda ids: [ids["given"]],
    "said": lambda ids: ids["order"],
    "size": lambda _: 500,
    "slug": lambda _: "friends",
    "subjects": lambda ids: [f"reward:{ids['refused']}"],
    "version": lambda _: 1,
    "wanted": lambda _: Wanted(),
    "which": lambda ids: StoredOrder.id == ids["order"],
}
# Asked of the whole house only, by doors that belong to no merchant.
OF_THE_HOUSE = {"operators.has_operators", "operators.places_of"}
# Take rows or a statement that another question has made.
PARTS = {
    "heard.heard",
    "otherwise.otherwise",
    "conversions.with_people",
    "pushes.with_people",
    "rewards.with_people",
    "orders.orders_where",
    "listing.listing",
    "listing.counted",
}


def _questions() -> Iterator[tuple[str, Any]]:
    for module in pkgutil.iter_modules(core.queries.__path__):
        found = importlib.import_module(f"core.queries.{module.name}")
        for name, value in vars(found).items():
            is_own = inspect.isfunction(value) and value.__module__ == found.__name__ and not name.startswith("_")
            if is_own and next(iter(inspect.signature(value).parameters), "") == "session":
                yield f"{module.name}.{name}", value


QUESTIONS = dict(_questions())
TRIED = sorted(QUESTIONS.keys() - OF_THE_HOUSE - PARTS)


def _given(question: Any, ids: Ids) -> dict[str, Any]:
    """What the question is asked with; a parameter that no table here knows, and that has no default, fails."""
    parameters = list(inspect.signature(question).parameters.values())[1:]
    return {one.name: GIVEN[one.name](ids) for one in parameters if one.name in GIVEN or one.default is one.empty}


def _asked(session: Session, name: str, ids: Ids) -> str:
    try:
        answer = QUESTIONS[name](session, **_given(QUESTIONS[name], ids))
        answer = list(answer) if inspect.isgenerator(answer) else answer
        return same_again(repr(plain(answer, well_known_vault().open)))
    except Exception as problem:  # whatever it is, it must be the same for another's id as for nobody's
        return f"{type(problem).__name__}: {problem}"


@pytest.fixture(scope="module")
def alone(migrated_sqlite: Any, tmp_path_factory: pytest.TempPathFactory, two: TwoMerchants) -> Iterator[Hub]:
    with merchant_alone(copy_sqlite(migrated_sqlite, tmp_path_factory.mktemp("alone"))) as house:
        yield house.within(two.my_ids["merchant"])


@pytest.fixture(scope="module")
def two(migrated_sqlite: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoMerchants]:
    with two_merchants(copy_sqlite(migrated_sqlite, tmp_path_factory.mktemp("two"))) as found:
        yield found


@pytest.mark.parametrize("name", TRIED)
def test_a_question_answers_as_if_there_were_no_other_merchant(alone: Hub, two: TwoMerchants, name: str) -> None:
    """S29: the answer is the same as in a hub that has nobody else."""
    with alone.database.reading() as session:
        expected = _asked(session, name, two.my_ids)
    with two.mine.database.reading() as session:
        answer = _asked(session, name, two.my_ids)
    assert answer == expected
    assert not TRACE_OF_THEIRS.search(answer)


@pytest.mark.parametrize("name", TRIED)
def test_anothers_id_is_answered_like_nobodys(two: TwoMerchants, name: str) -> None:
    """S29: whoever holds an id of another merchant learns not even that it exists."""
    with two.mine.database.reading() as session:
        theirs = _asked(session, name, two.their_ids)
        nobodys = _asked(session, name, dict.fromkeys(two.their_ids, NOBODYS))
    for one in two.their_ids.values():
        theirs = theirs.replace(one, NOBODYS)
    assert same_again(theirs) == same_again(nobodys)


def test_the_questions_have_something_to_tell(two: TwoMerchants) -> None:
    """The other merchant's own questions are answered with what is theirs: the tables above are not empty ones."""
    with two.house.within(two.their_ids["merchant"]).database.reading() as session:
        told = [name for name in TRIED if TRACE_OF_THEIRS.search(_asked(session, name, two.their_ids))]
    assert len(told) > len(TRIED) / 2


def test_every_table_that_a_statement_names_has_the_predicate(two: TwoMerchants) -> None:
    """Looked at in the statements themselves, under each name that a table is given in them."""
    tables = {str(vars(one)["__tablename__"]) for one in OfMerchant.__subclasses__()}
    said: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(two.mine.database.engine, "before_cursor_execute", note)
    with two.mine.database.reading() as session:
        for name in TRIED:
            _asked(session, name, two.my_ids)
    event.remove(two.mine.database.engine, "before_cursor_execute", note)
    bare = {one for statement in said for one in _named(statement, tables) if not _walled(statement, one)}
    assert len(said) > 50
    assert not bare


def _named(statement: str, tables: set[str]) -> Iterator[str]:
    for table, alias in re.findall(r"(?:FROM|JOIN|,)\s+([a-z_]+)(?:\s+AS\s+([a-z_0-9]+))?(?=[\s,)]|$)", statement):
        if table in tables:
            yield alias or table


def _walled(statement: str, alias: str) -> bool:
    return f"+{alias}.merchant_id = ?" in statement


def test_what_the_matrix_leaves_out_exists() -> None:
    assert QUESTIONS.keys() >= OF_THE_HOUSE | PARTS


def test_no_question_is_asked_in_a_way_that_fails(alone: Hub, two: TwoMerchants) -> None:
    with alone.database.reading() as session:
        answers = {name: _asked(session, name, two.my_ids) for name in TRIED}
    assert not [name for name, answer in answers.items() if re.match(r"[A-Za-z]+: ", answer)]
