"""Who is who, as it is shown: today's people, the ways in which they are known, and the pairs that wait."""

import pytest

from core.contract.money import Money
from core.models import Identity, Person
from core.queries.listing import Place
from core.queries.who import collisions, people, person_story
from tests.support.story import Story, well_known_vault


class Cast:
    """Two advocates, one of them with a shop account and an order; a third person has become the first."""

    def __init__(self, story: Story) -> None:
        self.story = story
        merchant = story.merchant()
        self.shop = story.connection(merchant, "Tea shop")
        campaign = story.campaign(merchant)
        self.mira, self.zoe, self.gone = (
            story.person(merchant, name, f"{name}@example.com") for name in ("m", "z", "g")
        )
        story.code(self.mira, campaign, "MIRA")
        story.code(self.mira, campaign, "ALSO")
        story.code(self.zoe, campaign, "ZOE")
        self.account: Identity = story.identity(self.mira, "x@example.com", is_gone=True)
        self.account.scope, self.account.kind, self.account.lookup, self.account.sealed = (
            self.shop.id,
            "customer",
            "7",
            None,
        )
        order = story.order(self.shop, "#1", Money(5000, "EUR"), friend_id=self.mira.id)
        order.identity_id = self.account.id
        self.gone.merged_into_id = self.mira.id
        story.session.flush()


@pytest.fixture
def cast(story: Story) -> Cast:
    """The usual people."""
    return Cast(story)


def test_everybody_is_listed_once_and_who_became_somebody_else_is_not(cast: Cast) -> None:
    rows = people(cast.story.session).rows
    assert [(row.id, row.codes, row.orders) for row in rows] == [
        (cast.zoe.id, ("ZOE",), 0),
        (cast.mira.id, ("ALSO", "MIRA"), 1),
    ]
    place = Place(rows[0].id)
    assert [row.id for row in people(cast.story.session, place=place).rows] == [cast.mira.id]


def test_a_person_is_shown_with_every_way_in_which_sources_know_them(cast: Cast) -> None:
    cast.story.act(f"person:{cast.mira.id}", "merge_people", detail="one woman")
    cast.story.act(cast.gone.id, "merge")
    cast.story.act(f"person:{cast.zoe.id}", "keep_apart")
    cast.story.session.flush()
    found = person_story(cast.story.session, cast.mira.id)
    address, account = found.row.known_as
    assert (address.connection, address.kind, address.value, address.orders) == ("everywhere", "email", "", 0)
    assert address.address is not None
    assert well_known_vault().open(address.address.value, address.address.context) == b"m@example.com"
    assert (account.connection, account.kind, account.value, account.address) == ("Tea shop", "customer", "7", None)
    assert (account.is_gone, account.is_blocked, account.orders) == (True, False, 1)
    assert found.merged == (cast.gone.id,)
    assert [act.verb for act in found.acts] == ["merge_people", "merge"]


def test_a_pair_is_shown_as_the_two_are_today_and_only_in_its_state(cast: Cast) -> None:
    open_pair = cast.story.collision(cast.gone, cast.zoe, cast.shop)
    decided = cast.story.collision(cast.mira, cast.zoe, cast.shop, "kept_apart")
    session = cast.story.session
    (row,) = collisions(session)
    assert (row.id, {row.one.id, row.other.id}) == (open_pair.id, {cast.mira.id, cast.zoe.id})
    assert (row.connection, row.why, row.state) == ("Tea shop", "one address on both", "open")
    assert [one.id for one in collisions(session, state="kept_apart")] == [decided.id]
    assert len(collisions(session, state=None)) == 2


def test_nobody_waits_where_nobody_met(story: Story) -> None:
    assert collisions(story.session) == ()
    assert people(story.session).rows == ()
    assert story.session.query(Person).count() == 0
