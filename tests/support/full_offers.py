"""What a full hub's campaign has besides orders: goals, milestones, a pause, and an advocate who may be named."""

from datetime import timedelta
from typing import Any

from core.models import Campaign, CampaignPause, Consent, Objective, Person
from tests.support.story import DAY, TERMS, Story

MILESTONES = [{"at": 5, "amount": "25.00"}, {"at": 10, "amount": "60.00"}]
OFFER: dict[str, Any] = TERMS | {"advocate": TERMS["advocate"] | {"milestones": MILESTONES}}
GOALS = (("customers", 40, ""), ("revenue", 60_000, "EUR"), ("new_share", 2000, ""), ("cost_per_new", 1200, "EUR"))


def tell_offers(story: Story, campaign: Campaign, people: list[Person]) -> dict[str, Any]:
    """Rows of the campaign; the ones that tests ask for are returned by name."""
    goals = [_goal(story, campaign, *goal) for goal in GOALS]
    paused = {"from_at": story.now - 9 * DAY, "until_at": story.now - 8 * DAY, "actor": "Ada"}
    merchant_id = campaign.merchant_id
    because = "the warehouse was counted"
    story.add(CampaignPause(id=story.id(), merchant_id=merchant_id, campaign_id=campaign.id, because=because, **paused))
    _agrees(story, people[0])
    return {"objective": goals[0]}


def _goal(story: Story, campaign: Campaign, measure: str, target: int, currency: str) -> Objective:
    period = {"starts_at": story.now - 60 * DAY, "due_at": story.now + 38 * DAY - timedelta(hours=12, minutes=30)}
    return story.add(
        Objective(
            id=story.id(),
            merchant_id=campaign.merchant_id,
            campaign_id=campaign.id,
            measure=measure,
            target=target,
            currency=currency,
            created_at=story.now,
            **period,
        )
    )


def _agrees(story: Story, person: Person) -> None:
    said = {"topic": "shown_by_name", "is_given": True, "said_at": story.now, "because": "agreed by mail"}
    story.add(Consent(id=story.id(), merchant_id=person.merchant_id, person_id=person.id, **said))
