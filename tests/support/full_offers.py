"""What a full hub's campaign has besides orders: goals, milestones, a pause, and an advocate who may be named."""

from datetime import timedelta
from typing import Any

from core.models import (
    Assessment,
    Backtest,
    Campaign,
    CampaignPause,
    Consent,
    Feedback,
    Guest,
    Objective,
    Person,
    Rehearsal,
    Reward,
    StoredOrder,
    StoredTerms,
)
from core.rules.rehearsal import Act, Finding, Kept, Report
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
    told = {"rehearsal": _rehearsal(story, campaign), "room": _room(story, campaign), "case": _case(story, campaign)}
    return told | {"objective": goals[0], "backtest": _backtest(story, campaign)}


def _case(story: Story, campaign: Campaign) -> Assessment:
    """What fraud rules found of the order whose reward is in review."""
    reward = story.session.query(Reward).filter_by(merchant_id=campaign.merchant_id, state="review").one()
    other = story.session.query(StoredOrder).filter_by(merchant_id=campaign.merchant_id, name="#1003").one()
    found: tuple[tuple[str, str, str, int, list[str]], ...] = (
        ("same_device", "both bought with one browser", "hold", 40, [other.id]),
        ("fast_advocate", "five orders with one code within an hour", "hold", 25, []),
        ("disposable_mail", "the address is of a kind that is thrown away", "observe", 20, []),
    )
    keys = ("rule", "words", "mode", "points", "orders")
    row = Assessment(id=story.id(), campaign_id=campaign.id, conversion_id=reward.conversion_id, state="open")
    row.merchant_id, row.points, row.outcome = campaign.merchant_id, 65, "hold"
    row.findings = [dict(zip(keys, one, strict=True)) | {"on_trial": False} for one in found]
    row.created_at = row.assessed_at = row.opened_at = story.now - 4 * DAY
    return story.add(row)


def _backtest(story: Story, campaign: Campaign) -> Backtest:
    """A higher minimum was tried on the last ninety days."""
    order = story.session.query(StoredOrder).filter_by(merchant_id=campaign.merchant_id, name="#1004").one()
    why = "the order's base is EUR 64.00, the minimum EUR 70.00"
    differs = {"order_id": order.id, "name": order.name, "placed_at": order.placed_at.isoformat(), "words": why}
    sums = {"cost": {"EUR": 19_750}, "liability": {"EUR": 12_000}}
    before = {"conversions": 17, "reversed": 1, "rewards": 31, "refused": 0, **sums}
    after = before | {"conversions": 16, "rewards": 29, "cost": {"EUR": 18_250}}
    words = ["2 rewards fewer and EUR 15.00 less cost in these 90 days", "1 of 19 orders differs"]
    row = Backtest(id=story.id(), merchant_id=campaign.merchant_id, campaign_id=campaign.id, version=None, terms={})
    row.summary = {"orders": 19, "differ": 1, "before": before, "after": after, "words": words}
    row.orders = [differs | {"before": "counts: EUR 10.00 and EUR 5.00", "after": "does not count"}]
    row.since, row.until, row.ran_at = story.now - 90 * DAY, story.now, story.now - DAY
    return story.add(row)


def _rehearsal(story: Story, campaign: Campaign) -> Rehearsal:
    """The cast played, and one promise was broken."""
    mend = "Say most_of_order in [limits], so that one order never pays more than its share."
    broken = Finding("The ring", "three rewards of EUR 10.00 went to one account", mend)
    promises = (
        Kept("one_account", "no account gathers the rewards of others", False, (broken,)),
        Kept("refund", "a refund takes the reward back", True),
        Kept("fields", "the fields land on the records", None, why_not="it takes a CRM in which fields are shown"),
    )
    acts = (
        Act("honest", "An honest friend", "buys once and keeps it", "both rewards", "both rewards, pushed", True),
        Act("ring", "The ring", "three friends pay one account", "held for a person", "EUR 30.00, pushed", False),
    )
    report = Report(promises, acts, ("a shop that speaks Shopify",), ("no CRM is connected: no deal was played",))
    return _played(story, campaign, "cast", "failed", report.stored())


def _room(story: Story, campaign: Campaign) -> Rehearsal:
    """Somebody was invited, and said what they think."""
    room = _played(story, campaign, "room", "open", {})
    guest = Guest(id=story.id(), rehearsal_id=room.id, code="TRY-ME", invited_at=story.now)
    guest.merchant_id = room.merchant_id
    guest.name = story.vault.seal(b"Nora Tester", f"guests.name:{guest.id}")
    guest.email = story.vault.seal(b"nora@example.com", f"guests.email:{guest.id}")
    story.add(guest)
    said = Feedback(id=story.id(), rehearsal_id=room.id, guest_id=guest.id, said_at=story.now)
    said.merchant_id = room.merchant_id
    said.words = story.vault.seal(b"The gift card came at once.", f"feedback.words:{said.id}")
    story.add(said)
    return room


def _played(story: Story, campaign: Campaign, kind: str, state: str, summary: dict[str, Any]) -> Rehearsal:
    terms = story.session.query(StoredTerms).filter_by(campaign_id=campaign.id, version=3).one()
    row = Rehearsal(id=story.id(), merchant_id=campaign.merchant_id, campaign_id=campaign.id, terms_id=terms.id)
    row.kind, row.state, row.summary, row.began_at = kind, state, summary, story.now - DAY
    return story.add(row)


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
