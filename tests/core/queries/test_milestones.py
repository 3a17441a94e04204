"""Milestones: what the terms in force promise, against the referrals that stand."""

import pytest

from core.contract.events import OrderPaid
from core.contract.money import Money
from core.models import Campaign, Code, Connection, Consent, Merchant
from core.queries.milestones import Given, Step, milestones
from tests.support.hub import Scene, order
from tests.support.story import DAY, NOW, TERMS, Story

LADDER = [{"at": 1, "amount": "5.00"}, {"at": 3, "amount": "20.00"}]
WITH = TERMS | {"advocate": {"kind": "store_credit", "amount": "10.00", "milestones": LADDER}}
FIRST, SECOND = Step(1, "EUR 5.00"), Step(3, "EUR 20.00")


def _cast(story: Story) -> tuple[Merchant, Connection, Code]:
    merchant = story.merchant()
    campaign = story.campaign(merchant)
    story.terms(campaign, 4, NOW - 10 * DAY, WITH)
    return merchant, story.connection(merchant), story.code(story.person(merchant, "Mira Okafor"), campaign, "MIRA")


def _bring(
    story: Story, cast: tuple[Merchant, Connection, Code], count: int, state: str = "qualified", case: str = "clear"
) -> None:
    merchant, shop, code = cast
    for _ in range(count):
        friend = story.person(merchant)
        order = story.order(shop, f"#{story.written}", Money(100, "EUR"))
        story.assessment(story.conversion(order, code, friend, state=state), case)


@pytest.mark.parametrize(
    ("count", "reached", "ahead", "missing"),
    [(1, (FIRST,), SECOND, 2), (2, (FIRST,), SECOND, 1), (3, (FIRST, SECOND), None, 0), (5, (FIRST, SECOND), None, 0)],
)
def test_what_is_reached_and_what_comes_next(
    story: Story, count: int, reached: tuple[Step, ...], ahead: Step | None, missing: int
) -> None:
    cast = _cast(story)
    _bring(story, cast, count)
    _bring(story, cast, 2, "reversed")
    _bring(story, cast, 2, case="blocked")
    (row,) = milestones(story.session, NOW)
    assert (row.standing, row.reached, row.next, row.missing) == (count, reached, ahead, missing)
    assert row.person is None


def test_terms_to_come_promise_nothing_yet(story: Story) -> None:
    cast = _cast(story)
    _bring(story, cast, 1)
    assert milestones(story.session, NOW - 11 * DAY) == []
    story.terms(story.session.get_one(Campaign, cast[2].campaign_id), 5, NOW, TERMS)
    assert milestones(story.session, NOW) == []


def test_what_was_given_for_a_milestone_is_told_with_its_state(story: Story) -> None:
    merchant, shop, code = cast = _cast(story)
    _bring(story, cast, 2)
    friend = story.person(merchant)
    conversion = story.conversion(story.order(shop, "#3", Money(100, "EUR")), code, friend)
    reward = story.reward(conversion, code.advocate_id, "milestone", 2000, state="due")
    (row,) = milestones(story.session, NOW)
    assert row.given == (Given(reward.id, "due", Money(2000, "EUR")),)


def test_who_agreed_is_named(story: Story) -> None:
    merchant, _shop, code = cast = _cast(story)
    _bring(story, cast, 1)
    said = {"topic": "shown_by_name", "is_given": True, "said_at": NOW, "because": "asked"}
    story.add(Consent(id=story.id(), merchant_id=merchant.id, person_id=code.advocate_id, **said))
    (row,) = milestones(story.session, NOW)
    assert row.person is not None
    assert row.person.name is not None


def test_what_the_hub_grants_for_a_milestone_is_found(bare: Scene) -> None:
    """The rewards are those that deciding makes, not rows that only look like them."""
    bare.campaign(advocate={"kind": "store_credit", "percent": "10", "milestones": [{"at": 1, "amount": "20.00"}]})
    bare.advocate()
    bare.tell(OrderPaid(order()))
    with bare.hub.database.reading() as session:
        (row,) = milestones(session, bare.watch.at)
    assert (row.standing, row.reached, row.next) == (1, (Step(1, "EUR 20.00"),), None)
    assert [(one.state, one.net) for one in row.given] == [("held", Money(2000, "EUR"))]


def test_a_campaign_is_asked_about_alone(story: Story) -> None:
    cast = _cast(story)
    _bring(story, cast, 1)
    (row,) = milestones(story.session, NOW)
    assert [one.slug for one in milestones(story.session, NOW, slug=row.slug)] == [row.slug]
    assert milestones(story.session, NOW, slug="another") == []
