"""The scope: whatever a merchant's session is asked, it sees and writes that merchant's rows and no others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from sqlalchemy import delete, exists, func, insert, select, text, union_all, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import aliased

from core.database import Database
from core.gateway.hub import Hub
from core.models import Connection, Lease, Merchant, OfMerchant, Person, StoredOrder
from core.scope import WrongMerchant
from tests.support.hub import START, Watch, open_hub


@dataclass
class Two:
    """A hub with two merchants, each with one person whose name says whose they are."""

    house: Hub
    mine: Hub
    theirs: Hub
    everybody = ("mine", "person-mine", "person-theirs", "theirs")

    def people(self) -> list[str]:
        """Everybody in the house, by id."""
        with self.house.database.reading() as session:
            return list(session.scalars(select(Person.id).order_by(Person.id)))


@pytest.fixture
def two(database_url: str) -> Iterator[Two]:
    """The same on both kinds of database."""
    found = _two(database_url)
    yield found
    found.house.database.close()


def _two(url: str) -> Two:
    house = open_hub(url, Watch())
    with house.database.transaction() as session:
        session.add_all(Merchant(id=one, name=one, created_at=START) for one in ("mine", "theirs"))
        session.add_all(
            Person(id=f"person-{one}", merchant_id=one, name=one.encode(), created_at=START)
            for one in ("mine", "theirs")
        )
    return Two(house, house.within("mine"), house.within("theirs"))


OTHER = aliased(Person)
QUESTIONS: dict[str, Any] = {
    "rows": select(Person.id),
    "under another name": select(OTHER.id),
    "a list beside itself": select(Person.id, OTHER.id).join(OTHER, OTHER.id >= Person.id),
    "what may be missing": select(Merchant.id, Person.id).outerjoin(Person, Person.merchant_id != "x"),
    "a count": select(func.count()).select_from(Person),
    "a table made of a question": select(select(Person.id).subquery().c.id),
    "a named table": select(select(Person.id).cte("found").c.id),
    "several in one": union_all(select(Person.id), select(OTHER.id)),
    "among": select(Merchant.id).where(Merchant.id.in_(select(Person.merchant_id))),
    "a number inside": select(select(func.count(Person.id)).scalar_subquery()),
    "merchants": select(Merchant.id),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_answered_from_the_merchants_own_rows(two: Two, name: str) -> None:
    """S29: and from nobody else's, whatever its form; the whole house sees both."""
    with two.house.database.reading() as session:
        everything = session.execute(QUESTIONS[name]).all()
    with two.mine.database.reading() as session:
        mine = session.execute(QUESTIONS[name]).all()
    with two.theirs.database.reading() as session:
        theirs = session.execute(QUESTIONS[name]).all()
    assert "theirs" not in repr(mine)
    assert "mine" not in repr(theirs)
    assert len(mine) == len(theirs) > 0
    assert mine != everything != theirs


def test_another_merchants_id_is_nobodys_id(two: Two) -> None:
    """S29: `get` answers None, as for an id that was never given."""
    with two.mine.database.reading() as session:
        assert session.get(Person, "person-theirs") is None
        assert session.get(Person, "person-mine") is not None
        assert session.get(Merchant, "theirs") is None


@pytest.mark.parametrize("change", [update(Person).values(name=b"changed"), delete(Person)])
def test_a_change_of_everything_changes_only_the_own(two: Two, change: Any) -> None:
    with two.mine.database.transaction() as session:
        session.execute(change)
    with two.house.database.reading() as session:
        names = dict(session.execute(select(Person.id, Person.name)).all())
    assert names["person-theirs"] == b"theirs"
    assert names.get("person-mine") != b"mine"


def test_a_new_row_is_the_merchants_without_saying_so(two: Two) -> None:
    with two.mine.database.transaction() as session:
        session.add(Person(id="new", created_at=START))
        session.execute(insert(Person), [{"id": "newer", "created_at": START}, {"id": "newest", "created_at": START}])
        session.execute(two.mine.database.insert_once(Person).values(id="once", created_at=START))
    with two.mine.database.reading() as session:
        assert set(session.scalars(select(Person.id))) == {"person-mine", "new", "newer", "newest", "once"}


def _adds(two: Two, session: Any) -> None:
    session.add(Person(id="new", merchant_id="theirs", created_at=START))
    session.flush()


def _inserts(two: Two, session: Any) -> None:
    session.execute(insert(Person), [{"id": "new", "merchant_id": "theirs", "created_at": START}])


def _inserts_once(two: Two, session: Any) -> None:
    row = {"id": "new", "merchant_id": "theirs", "created_at": START}
    session.execute(two.mine.database.insert_once(Person).values(**row))


def _inserts_several(two: Two, session: Any) -> None:
    session.execute(insert(Person).values([{"id": "new", "merchant_id": "theirs", "created_at": START}]))


def _gives_away(two: Two, session: Any) -> None:
    session.get(Person, "person-mine").merchant_id = "theirs"
    session.flush()


def _takes(two: Two, session: Any) -> None:
    with two.house.database.reading() as whole:
        row = whole.get_one(Person, "person-theirs")
    session.add(row)
    row.name = b"taken"
    session.flush()


def _removes(two: Two, session: Any) -> None:
    with two.house.database.reading() as whole:
        row = whole.get_one(Person, "person-theirs")
    session.delete(row)
    session.flush()


def _changes_by_key(two: Two, session: Any) -> None:
    session.execute(update(Person), [{"id": "person-theirs", "name": b"taken"}])


def _asks_the_table(two: Two, session: Any) -> None:
    session.execute(select(Person.__table__))


def _asks_in_words(two: Two, session: Any) -> None:
    session.execute(text("SELECT id FROM people"))


def _asks_only_whether(two: Two, session: Any) -> None:
    session.execute(select(exists().where(StoredOrder.id == "1")))


def _founds_a_merchant(two: Two, session: Any) -> None:
    session.add(Merchant(id="third", name="third", created_at=START))
    session.flush()


WAYS = (
    _adds,
    _inserts,
    _inserts_once,
    _inserts_several,
    _gives_away,
    _takes,
    _removes,
    _changes_by_key,
    _asks_the_table,
    _asks_in_words,
    _asks_only_whether,
    _founds_a_merchant,
)


@pytest.mark.parametrize("way", WAYS)
def test_what_would_pass_the_wall_is_refused(two: Two, way: Any) -> None:
    before = two.people()
    with pytest.raises(WrongMerchant), two.mine.database.transaction() as session:
        way(two, session)
    assert two.people() == before


def test_a_scope_never_leads_to_another(two: Two) -> None:
    assert two.mine.within("mine") is two.mine
    assert two.mine.within("mine", actor="Ada").actor == "Ada"
    with pytest.raises(WrongMerchant):
        two.mine.within("theirs")
    assert two.house.merchant_id is None
    assert two.mine.merchant_id == "mine"


def test_a_hub_of_one_merchant_opens_no_connection_of_another(two: Two) -> None:
    row = Connection(id="1", merchant_id="theirs", connector="pretend", label="shop", config=b"")
    with pytest.raises(WrongMerchant):
        two.mine.connector(row)


def test_the_whole_house_has_to_say_whose_row_it_writes(two: Two) -> None:
    """Nothing is guessed: a row of nobody is refused by the table itself."""
    with pytest.raises(Exception, match=r"(?i)not.null"), two.house.database.transaction() as session:
        session.add(Lease(connection_id="1", lane="read", until_at=START))


RAW = "SELECT id FROM people UNION SELECT id FROM merchants ORDER BY 1"


def _people_in_words(url: str, who: str | None) -> list[str]:
    """What anybody sees who asks the database itself, having said `who` or nothing at all."""
    with psycopg.connect(url) as connection:
        if who is not None:
            connection.execute("SELECT set_config('referhub.merchant', %s, true)", (who,))
        return [row[0] for row in connection.execute(RAW).fetchall()]


def test_the_database_itself_keeps_merchants_apart(postgresql_url: str) -> None:
    """S29: PostgreSQL's row-level security is the second wall, for words that no session of ours has seen."""
    two = _two(postgresql_url)
    assert _people_in_words(postgresql_url, "mine") == ["mine", "person-mine"]
    assert _people_in_words(postgresql_url, "*") == ["mine", "person-mine", "person-theirs", "theirs"]
    assert _people_in_words(postgresql_url, None) == []
    two.house.database.close()


def test_what_passes_the_session_meets_the_second_wall(postgresql_url: str) -> None:
    """Words on the scoped session's own connection see, change and write nothing of another merchant."""
    two = _two(postgresql_url)
    with two.mine.database.transaction() as session:
        connection = session.connection()
        assert [row[0] for row in connection.execute(text(RAW))] == ["mine", "person-mine"]
        assert connection.execute(text("UPDATE people SET name = '' WHERE id = 'person-theirs'")).rowcount == 0
        assert connection.execute(text("DELETE FROM people WHERE id = 'person-theirs'")).rowcount == 0
    insert_theirs = text("INSERT INTO people (id, merchant_id, created_at) VALUES ('x', 'theirs', now())")
    with pytest.raises(ProgrammingError, match="row-level security"), two.mine.database.transaction() as session:
        session.connection().execute(insert_theirs)
    with two.house.database.reading() as session:
        assert session.connection().execute(text(RAW)).scalars().all() == list(two.everybody)
    two.house.database.close()


def test_every_table_of_a_merchant_stands_behind_the_wall(postgresql_url: str) -> None:
    """A table that a later migration adds is found here when its migration raises no wall."""
    asked = text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity AND relkind = 'r'")
    database = Database(postgresql_url)
    with database.reading() as session:
        walled = set(session.connection().execute(asked).scalars())
    database.close()
    of_merchants = {str(vars(row)["__tablename__"]) for row in OfMerchant.__subclasses__()}
    assert walled == {"merchants", *of_merchants}
