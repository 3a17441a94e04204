"""The numbers of the first page, against stories whose sums are known."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from core.contract.money import Money
from core.database import Database
from core.models import Code, Connection, Merchant
from core.queries.daily import daily
from core.queries.next_steps import next_steps
from core.queries.overview import overview
from tests.support.story import DAY, NOW, Story


def _cast(story: Story) -> tuple[Merchant, Connection, Code]:
    merchant = story.merchant()
    campaign = story.campaign(merchant)
    return merchant, story.connection(merchant), story.code(story.person(merchant), campaign, "MIRA")


def _rewarded(story: Story, shop: Connection, code: Code, merchant: Merchant, **told: object) -> None:
    base = Money(8000, str(told.pop("currency", "EUR")))
    friend = story.person(merchant)
    order = story.order(shop, f"#{story.written}", base, friend_id=friend.id)
    story.reward(story.conversion(order, code, friend), code.advocate_id, **told)  # type: ignore[arg-type]


def test_fraud_cases_that_wait_too_long_and_a_share_that_is_not_sound_are_told(story: Story) -> None:
    merchant, shop, code = _cast(story)
    for number in range(50):
        friend = story.person(merchant)
        conversion = story.conversion(story.order(shop, f"#{number}", Money(100, "EUR")), code, friend)
        waits = {"state": "open", "opened_at": NOW - (number % 4) * DAY} if number < 12 else {"state": "clear"}
        story.assessment(conversion, assessed_at=NOW - DAY, **waits)
    fraud = overview(story.session, NOW).fraud
    assert (fraud.judged, fraud.stopped, fraud.late) == (50, 12, 3)
    assert fraud.alarm == "12 of 50 conversions were stopped: more than 20 %, so a rule is probably too strict"


@pytest.mark.parametrize(("each", "friends", "words"), [(100, 40, ""), (101, 40, "EUR 10.10 of the"), (900, 39, "")])
def test_an_account_that_gathers_more_than_half_of_what_was_promised_is_told(
    story: Story, each: int, friends: int, words: str
) -> None:
    """Ten of hers against others' EUR 0.25 each; below fifty rewards in all nobody is told of anything."""
    merchant, shop, code = _cast(story)
    for number in range(10 + friends):
        friend = story.person(merchant)
        conversion = story.conversion(story.order(shop, f"#{number}", Money(100, "EUR")), code, friend)
        owner, worth = (code.advocate_id, each) if number < 10 else (friend.id, 25)
        story.reward(conversion, owner, granted_minor=worth, created_at=NOW - DAY)
        story.reward(conversion, owner, "friend", granted_minor=90_000, state="void", created_at=NOW - DAY)
        story.reward(conversion, owner, "milestone", granted_minor=90_000, created_at=NOW - 31 * DAY)
    told = overview(story.session, NOW).fraud.gathers
    assert words in told
    assert bool(told) is bool(words)


def test_what_is_owed_counts_only_what_is_promised_and_not_given(story: Story) -> None:
    merchant, shop, code = _cast(story)
    for state, minor in {"held": 1, "review": 10, "due": 100, "pushing": 1000, "pushed": 10_000}.items():
        _rewarded(story, shop, code, merchant, state=state, granted_minor=minor)
    for state in ("void", "rejected", "withdrawn"):
        _rewarded(story, shop, code, merchant, state=state, granted_minor=500_000)
    seen = overview(story.session, NOW)
    assert seen.owed == (Money(1111, "EUR"),)
    assert seen.given == (Money(10_000, "EUR"),)


def test_money_is_told_per_currency_and_after_reversals(story: Story) -> None:
    merchant, shop, code = _cast(story)
    _rewarded(story, shop, code, merchant, granted_minor=1000, reversed_minor=250)
    _rewarded(story, shop, code, merchant, granted_minor=500, currency="JPY")
    _rewarded(story, shop, code, merchant, state="pushed", granted_minor=1000, reversed_minor=400)
    _rewarded(story, shop, code, merchant, state="clawed_back", granted_minor=1000, reversed_minor=1000)
    seen = overview(story.session, NOW)
    assert seen.owed == (Money(750, "EUR"), Money(500, "JPY"))
    assert seen.given == (Money(600, "EUR"),)
    held = next(total for total in seen.rewards if total.state == "held")
    assert (held.count, held.net) == (2, seen.owed)


def test_what_people_have_to_give_back_is_the_sum_of_their_accounts(story: Story) -> None:
    merchant = story.merchant()
    story.balance(merchant, "receivable:one", Money(300, "EUR"))
    story.balance(merchant, "receivable:two", Money(45, "EUR"))
    story.balance(merchant, "pushed", Money(9999, "EUR"))
    assert overview(story.session, NOW).receivable == (Money(345, "EUR"),)


def test_orders_deliveries_and_pushes_are_counted_by_state(story: Story) -> None:
    merchant, shop, code = _cast(story)
    story.order(shop, "#1", Money(100, "EUR"))
    story.delivery(shop, state="stored", received_at=NOW - DAY)
    story.delivery(shop, state="stored", received_at=NOW - 2 * DAY)
    story.delivery(shop, state="read", received_at=NOW - 3 * DAY)
    _rewarded(story, shop, code, merchant)
    seen = overview(story.session, NOW)
    assert (seen.orders, seen.advocates, seen.campaigns) == (2, 1, {"published": 1})
    assert seen.deliveries == {"stored": 2, "read": 1}
    assert seen.oldest_waiting_at == NOW - 2 * DAY
    assert seen.conversions == {"qualified": 1}


@pytest.mark.parametrize("broken", ["", "L1: balances equal the ledger"])
def test_the_last_check_is_told_as_the_worker_noted_it(story: Story, broken: str) -> None:
    assert overview(story.session, NOW).check is None
    story.fact("last_check_at", NOW.isoformat())
    story.fact("pushing_stopped", broken)
    check = overview(story.session, NOW).check
    assert check is not None
    assert (check.checked_at, check.broken) == (NOW, broken)


def _around_midnight(story: Story) -> None:
    merchant, shop, code = _cast(story)
    midnight = datetime(2026, 11, 20, tzinfo=UTC)
    for at in (midnight - timedelta(seconds=1), midnight, midnight + timedelta(hours=23, minutes=59)):
        order = story.order(shop, f"#{story.written}", Money(100, "EUR"))
        story.conversion(order, code, story.person(merchant), converted_at=at)


AROUND_MIDNIGHT = {date(2026, 11, 19): 1, date(2026, 11, 20): 2}


def test_a_day_ends_at_midnight_utc_and_empty_days_are_told(story: Story) -> None:
    _around_midnight(story)
    days = {day.day: day.conversions for day in daily(story.session, NOW)}
    assert len(days) == 30
    assert (min(days), max(days)) == (date(2026, 10, 26), date(2026, 11, 24))
    assert {day: count for day, count in days.items() if count} == AROUND_MIDNIGHT


def test_a_database_that_lives_in_tokyo_cuts_the_same_days(postgresql_url: str) -> None:
    mark = "&" if "?" in postgresql_url else "?"
    database = Database(f"{postgresql_url}{mark}options=-ctimezone%3DAsia/Tokyo")
    with database.transaction() as session:
        assert session.scalar(text("show timezone")) == "Asia/Tokyo"
        _around_midnight(Story(session))
        days = {day.day: day.conversions for day in daily(session, NOW) if day.conversions}
    database.close()
    assert days == AROUND_MIDNIGHT


def test_what_is_older_than_the_calendar_is_left_out(story: Story) -> None:
    merchant, shop, code = _cast(story)
    friend = story.person(merchant)
    conversion = story.conversion(story.order(shop, "#1", Money(100, "EUR")), code, friend, converted_at=NOW - 30 * DAY)
    story.reward(conversion, friend.id, created_at=NOW - 29 * DAY)
    days = daily(story.session, NOW)
    assert (sum(day.conversions for day in days), sum(day.rewards for day in days)) == (0, 1)
    assert days[0].rewards == 1


def test_the_steps_of_a_young_hub_are_ticked_off_one_by_one(story: Story) -> None:
    def done() -> list[bool]:
        return [step.is_done for step in next_steps(overview(story.session, NOW))]

    assert done() == [False, False, False, False]
    merchant = story.merchant()
    shop = story.connection(merchant)
    assert done() == [True, False, False, False]
    campaign = story.campaign(merchant, state="draft")
    assert done() == [True, False, False, False]
    campaign.state = "published"
    story.session.flush()
    story.code(story.person(merchant), campaign, "MIRA")
    assert done() == [True, True, True, False]
    story.order(shop, "#1", Money(100, "EUR"))
    assert done() == []
