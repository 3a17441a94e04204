"""Finding people: whoever takes part is found in a CRM that has them already, in few calls, and not again and again."""

import pytest
from sqlalchemy import func, select

from core.contract.errors import NeedsAttention, TryLater
from core.contract.events import ContactErased, ContactForgotten, IdentityClaim, IdentityKind
from core.models import Connection, ConnectionStatus, Identity, Search, SyncedRecord
from core.services import find_people
from core.services.failpoints import OF_FINDING
from tests.support.hub import DAY, MINUTE, Scene, beside, friend, order, scene


@pytest.fixture
def shop(database_url: str) -> Scene:
    """A shop with a campaign and nobody in it."""
    return scene(database_url).campaign()


def crm_of(shop: Scene, **accounts: str) -> Scene:
    """A CRM that has these people: name=id."""
    crm = beside(shop)
    crm.shop.accounts |= {f"{name}@example.com": source_id for name, source_id in accounts.items()}
    return crm


def known_there(crm: Scene) -> set[str]:
    """The CRM's own ids that the hub knows."""
    return {row.lookup for row in crm.all(Identity, scope=crm.connection.id)}


def test_an_advocate_who_stands_in_the_crm_is_found_and_shown_there(shop: Scene) -> None:
    crm = crm_of(shop, mira="contact-1")
    shop.work()
    shop.advocate(email="mira@example.com")
    shop.work()
    assert known_there(crm) == {"contact-1"}
    assert [row.source_id for row in crm.all(SyncedRecord, connection_id=crm.connection.id)] == ["contact-1"]


def test_a_crm_connected_later_finds_who_took_part_before(shop: Scene) -> None:
    shop.advocate(email="mira@example.com")
    shop.work()
    crm = crm_of(shop, mira="contact-1")
    crm.work()
    assert known_there(crm) == {"contact-1"}


def test_the_friend_is_found_as_well(shop: Scene) -> None:
    crm = crm_of(shop, anna="contact-2")
    shop.advocate()
    shop.pay(order(buyer=friend(email="anna@example.com")))
    assert known_there(crm) == {"contact-2"}


def searches(crm: Scene) -> int:
    """For how many people it is noted that they were looked for."""
    with crm.hub.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Search)) or 0


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("point", OF_FINDING)
def test_whoever_dies_while_looking_loses_nobody_and_looks_for_nobody_twice(
    sqlite_url: str, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found stands with the note that it was looked for, or neither does."""
    shop = scene(sqlite_url).campaign()

    def reach(name: str) -> None:
        if name == point:
            raise Killed

    crm = crm_of(shop, mira="contact-1")
    shop.work()
    shop.advocate(email="mira@example.com")
    monkeypatch.setattr(find_people, "reach", reach)
    with pytest.raises(Killed):
        shop.work()
    is_kept = point == "people.after_commit"
    assert (bool(known_there(crm)), searches(crm)) == (is_kept, int(is_kept))
    monkeypatch.undo()
    shop.work()
    assert known_there(crm) == {"contact-1"}
    assert searches(crm) == 1
    assert len(crm.shop.located) == (1 if is_kept else 2)
    assert shop.violations() == {}


def test_nobody_is_looked_for_twice_a_day(shop: Scene) -> None:
    crm = crm_of(shop)
    for name in ("mira", "nora", "olga"):
        shop.advocate(name.upper(), email=f"{name}@example.com")
    shop.work()
    assert sorted(len(call) for call in crm.shop.located) == [1, 2]
    shop.watch.forward(DAY - MINUTE)
    shop.work()
    shop.advocate("PIA", email="pia@example.com")
    shop.work()
    assert crm.shop.located[2:] == [["pia@example.com"]]


def test_who_was_not_found_is_looked_for_again_the_next_day(shop: Scene) -> None:
    crm = crm_of(shop)
    shop.advocate(email="mira@example.com")
    shop.work()
    crm.shop.accounts["mira@example.com"] = "contact-1"
    shop.watch.forward(DAY)
    shop.work()
    assert known_there(crm) == {"contact-1"}
    shop.watch.forward(DAY)
    shop.work()
    assert len(crm.shop.located) == 2


def test_a_busy_crm_is_asked_later(shop: Scene) -> None:
    crm = crm_of(shop, mira="contact-1")
    crm.shop.locate_problem = TryLater("busy", 5 * MINUTE)
    shop.advocate(email="mira@example.com")
    shop.work()
    crm.shop.locate_problem = None
    shop.watch.forward(4 * MINUTE)
    shop.work()
    assert known_there(crm) == set()
    shop.watch.forward(MINUTE)
    shop.work()
    assert known_there(crm) == {"contact-1"}


def test_a_crm_that_needs_a_person_is_paused(shop: Scene) -> None:
    crm = crm_of(shop, mira="contact-1")
    crm.shop.locate_problem = NeedsAttention("renew the token")
    shop.advocate(email="mira@example.com")
    shop.work()
    assert crm.one(Connection, id=crm.connection.id).status == ConnectionStatus.NEEDS_ATTENTION


@pytest.mark.parametrize("news", [ContactErased, ContactForgotten])
def test_who_was_deleted_there_is_not_looked_for(
    shop: Scene, news: type[ContactErased] | type[ContactForgotten]
) -> None:
    crm = crm_of(shop, mira="contact-1")
    shop.advocate(email="mira@example.com")
    shop.work()
    crm.tell(news(IdentityClaim(IdentityKind.CONTACT, "contact-1")))
    shop.watch.forward(2 * DAY)
    shop.work()
    assert len(crm.shop.located) == 1


def test_a_shop_that_looks_up_nobody_is_left_in_peace(shop: Scene) -> None:
    shop.advocate(email="mira@example.com")
    shop.work()
    assert shop.one(Connection).people_due_at is None


def test_the_forgotten_hide_nobody_behind_them(shop: Scene) -> None:
    """As many as one search takes, and all of them before the one who is looked for."""
    for name in ("ann", "bea", "cleo"):
        shop.advocate(name.upper(), email=f"{name}@example.com", customer=f"c-{name}")
        shop.tell(ContactForgotten(IdentityClaim(IdentityKind.CUSTOMER, f"c-{name}")))
    shop.advocate(email="mira@example.com")
    crm = crm_of(shop, mira="contact-1")
    crm.work()
    assert known_there(crm) == {"contact-1"}
