"""Who brought most: what stands counts, ranks are shared, and names are told only with consent."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from core.contract.money import Money
from core.database import Database
from core.models import Code, Connection, Consent, Merchant, Person
from core.queries.leaderboard import Wanted, leaderboard
from tests.support.story import DAY, NOW, Story


class Race:
    """Advocates and what they brought."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.merchant: Merchant = story.merchant()
        self.shop: Connection = story.connection(self.merchant)
        self.campaign = story.campaign(self.merchant)
        self.people: dict[str, Person] = {}
        self.codes: dict[str, Code] = {}

    def advocate(self, name: str, *, agrees: bool | None = None, is_nameless: bool = False) -> None:
        person = self.story.person(self.merchant, None if is_nameless else name, f"{name.lower()}@example.com")
        self.people[name], self.codes[name] = person, self.story.code(person, self.campaign, name.upper())
        if agrees is not None:
            said = {"topic": "shown_by_name", "is_given": agrees, "said_at": NOW, "because": "asked"}
            merchant_id = self.merchant.id
            self.story.add(Consent(id=self.story.id(), merchant_id=merchant_id, person_id=person.id, **said))

    def brings(self, name: str, minor: int = 5000, placed_at: datetime = NOW - DAY, **told: Any) -> None:
        amount = Money(minor, told.pop("currency", "EUR"))
        friend = self.story.person(self.merchant)
        order = self.story.order(self.shop, f"#{self.story.written}", amount, friend_id=friend.id, placed_at=placed_at)
        case = told.pop("case", "")
        conversion = self.story.conversion(order, self.codes[name], friend, **told)
        if case:
            self.story.assessment(conversion, case)

    def ranks(self, wanted: Wanted = Wanted(), size: int = 10) -> list[tuple[int, str]]:  # noqa: B008 - frozen
        names = {person.id: name for name, person in self.people.items()}
        places = leaderboard(self.story.session, wanted, size=size).places
        return [(place.rank, names[place.advocate_id]) for place in places]


@pytest.fixture
def race(database_url: str) -> Iterator[Race]:
    database = Database(database_url)
    with database.transaction() as session:
        yield Race(Story(session))
    database.close()


def test_who_brought_most_is_first_and_equals_share_a_rank(race: Race) -> None:
    for name, count in {"Ada": 1, "Ben": 3, "Cleo": 1, "Dana": 2}.items():
        race.advocate(name)
        for _ in range(count):
            race.brings(name)
    race.advocate("Eve")
    race.brings("Eve", state="pending")
    race.brings("Eve", state="reversed", reversed_minor=5000)
    race.brings("Eve", state="withdrawn")
    assert race.ranks() == [(1, "Ben"), (2, "Dana"), (3, "Ada"), (3, "Cleo")]
    assert race.ranks(size=1) == [(1, "Ben")]
    assert leaderboard(race.story.session, size=1).advocates == 4


def test_what_was_refused_as_fraud_brings_nobody_a_rank_and_what_waits_or_was_approved_does(race: Race) -> None:
    for name in ("Ada", "Ben"):
        race.advocate(name)
    for state in ("clear", "observed", "open", "approved"):
        race.brings("Ada", 100, case=state)
    for state in ("blocked", "voided", "timed_out", "timed_out", "blocked"):
        race.brings("Ben", 90_000, case=state)
    assert race.ranks() == race.ranks(Wanted(by="revenue")) == [(1, "Ada")]
    race.brings("Ben", 500)
    (first, second) = leaderboard(race.story.session).places
    assert (first.conversions, second.conversions) == (4, 1)
    assert (first.revenue, second.revenue) == ((Money(400, "EUR"),), (Money(500, "EUR"),))


def test_revenue_is_what_counts_after_refunds_in_one_currency(race: Race) -> None:
    for name in ("Ada", "Ben", "Cleo"):
        race.advocate(name)
    race.brings("Ada", 9000, reversed_minor=5000)
    race.brings("Ben", 4500)
    race.brings("Ben", 99_000, currency="USD")
    race.brings("Cleo", 50_000, currency="USD")
    found = leaderboard(race.story.session, Wanted(by="revenue"))
    assert (found.currency, found.advocates) == ("EUR", 2)
    assert [place.revenue for place in found.places] == [
        (Money(4500, "EUR"), Money(99_000, "USD")),
        (Money(4000, "EUR"),),
    ]
    assert race.ranks(Wanted(by="revenue", currency="USD")) == [(1, "Ben"), (2, "Cleo")]


def test_a_period_is_asked_by_when_purchases_were_placed(race: Race) -> None:
    for name, days in {"Ada": 30, "Ben": 20, "Cleo": 10}.items():
        race.advocate(name)
        race.brings(name, placed_at=NOW - days * DAY)
    assert race.ranks(Wanted(since=NOW - 20 * DAY, until=NOW - 10 * DAY)) == [(1, "Ben")]
    assert race.ranks(Wanted(slug="another")) == []
    assert len(race.ranks(Wanted(slug=race.campaign.slug))) == 3


def test_only_who_agreed_is_named_and_by_name_alone(race: Race) -> None:
    race.advocate("Ada", agrees=True)
    race.advocate("Ben", agrees=False)
    race.advocate("Cleo")
    race.advocate("Nameless", agrees=True, is_nameless=True)
    for name in race.people:
        race.brings(name)
    places = leaderboard(race.story.session).places
    named = {place.advocate_id: place.person for place in places if place.person}
    assert set(named) == {race.people["Ada"].id}
    assert all(face.name and face.email is None for face in named.values())
    assert len(places) == 4, "the others count all the same"
