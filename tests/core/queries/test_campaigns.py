"""Which terms hold, which come next, and how much of the budget is promised."""

from datetime import timedelta

from core.contract.money import Money
from core.models import Campaign, CampaignPause
from core.queries.campaigns import Spent, campaigns
from tests.support.story import DAY, NOW, TERMS, Story


def test_the_terms_in_force_are_the_newest_that_have_begun(story: Story) -> None:
    campaign = story.campaign(story.merchant())
    story.terms(campaign, 4, NOW)
    story.terms(campaign, 5, NOW + timedelta(seconds=1))
    (row,) = campaigns(story.session, NOW)
    assert row.holds is not None
    assert row.next is not None
    assert (row.holds.version, row.holds.effective_at) == (4, NOW)
    assert (row.next.version, row.next.effective_at) == (5, NOW + timedelta(seconds=1))


def test_a_draft_holds_nothing_yet(story: Story) -> None:
    told = {"slug": "spring", "name": "Spring", "state": "draft", "created_at": NOW}
    campaign = story.add(Campaign(id=story.id(), merchant_id=story.merchant().id, **told))
    story.terms(campaign, 1, None)
    (row,) = campaigns(story.session, NOW)
    assert row.holds is None
    assert row.next is not None
    assert row.next.version == 1


def test_terms_are_told_as_they_were_written(story: Story) -> None:
    story.campaign(story.merchant())
    (row,) = campaigns(story.session, NOW)
    assert row.holds is not None
    stated = dict(row.holds.stated)
    assert stated["counts.first_order_only"] == "yes"
    assert stated["friend.percent"] == "5"
    assert stated["hold.days"] == "14"
    assert len(stated) == sum(len(table) for table in TERMS.values())


def test_what_was_promised_is_told_by_currency_with_its_budget(story: Story) -> None:
    merchant = story.merchant()
    limited, free = story.campaign(merchant), story.campaign(merchant, "No limits")
    story.budget(limited, 50_000, 1250)
    story.budget(limited, 2**62, 300, "USD")
    story.budget(free, 2**62, 700, "JPY")
    second, first = campaigns(story.session, NOW)
    euros, dollars = Spent(Money(1250, "EUR"), Money(50_000, "EUR")), Spent(Money(300, "USD"), None)
    assert first.spent == (euros, dollars)
    assert (euros.left, dollars.left) == (Money(48_750, "EUR"), None)
    assert second.spent == (Spent(Money(700, "JPY"), None),)


def test_a_campaign_is_paused_while_a_pause_lasts(story: Story) -> None:
    campaign = story.campaign(story.merchant())
    pause = CampaignPause(id=story.id(), campaign_id=campaign.id, from_at=NOW, because="counting", actor="Ada")
    pause.merchant_id = campaign.merchant_id
    story.add(pause)
    second = timedelta(seconds=1)
    assert [campaigns(story.session, at)[0].state for at in (NOW - second, NOW)] == ["published", "paused"]
    pause.until_at = NOW + DAY
    story.session.flush()
    assert [campaigns(story.session, NOW + DAY - one)[0].state for one in (second, 0 * second)] == [
        "paused",
        "published",
    ]


def test_only_what_counts_and_is_active_is_counted(story: Story) -> None:
    merchant = story.merchant()
    campaign, shop = story.campaign(merchant), story.connection(merchant)
    code = story.code(story.person(merchant), campaign, "MIRA")
    story.code(story.person(merchant), campaign, "OLD", is_active=False)
    for number, state in enumerate(("qualified", "pending", "withdrawn")):
        order = story.order(shop, f"#{number}", Money(100, "EUR"))
        story.conversion(order, code, story.person(merchant), state=state)
    (row,) = campaigns(story.session, NOW)
    assert (row.codes, row.conversions) == (1, 2)
