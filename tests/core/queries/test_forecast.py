"""The forecast of a budget: what is open, the pace, and when the rest is used up."""

from datetime import timedelta
from typing import Any

import pytest

from core.contract.events import OrderPaid
from core.models import Campaign
from core.queries.forecast import Forecast, forecast
from tests.support.hub import DAY, Scene, friend, order


def told(stage: Scene) -> list[Forecast]:
    """What is forecast now."""
    campaign = stage.one(Campaign)
    with stage.hub.database.reading() as session:
        return forecast(session, campaign.id, stage.watch.at)


def promising(bare: Scene, *days: int, **limits: Any) -> Forecast:
    """EUR 10 were promised on each of these days; this is forecast on the last of them."""
    bare.campaign(friend=None, limits=limits)
    bare.advocate()
    for number, day in enumerate(days):
        bare.watch.forward(day * DAY)
        bare.tell(OrderPaid(order(str(number), buyer=friend(f"f{number}"), placed=day * DAY)))
    (found,) = told(bare)
    return found


def test_the_rest_lasts_as_long_as_the_pace_of_28_days_lets_it(bare: Scene) -> None:
    found = promising(bare, 0, 0, budget="100.00")
    assert (found.promised.minor, found.held.minor, found.due.minor) == (2000, 2000, 0)
    assert found.a_day.minor == round(2000 / 28)
    assert found.used_up_at is not None
    assert abs(found.used_up_at - (bare.watch.at + timedelta(days=28 * 8000 / 2000))) < timedelta(seconds=1)
    assert found.words == (
        "EUR 20.00 of EUR 100.00 are promised; EUR 20.00 are held and EUR 0.00 are due; "
        f"at EUR 0.71 a day the rest lasts until {found.used_up_at.date()}"
    )


def test_what_is_older_than_28_days_is_no_pace(bare: Scene) -> None:
    found = promising(bare, 0, budget="100.00")
    bare.watch.forward(29 * DAY)
    (later,) = told(bare)
    assert later.a_day.minor == 0
    assert later.used_up_at is None
    assert later.promised == found.promised
    assert later.words.endswith("nothing was promised in the last 28 days, so the rest lasts")


@pytest.mark.parametrize(
    ("limits", "words"),
    [({}, "EUR 10.00 are promised, without a budget"), ({"budget": "10.00"}, "the budget is used up")],
)
def test_no_budget_is_never_used_up_and_a_full_one_is(bare: Scene, limits: dict[str, Any], words: str) -> None:
    found = promising(bare, 0, **limits)
    assert words in found.words
    assert found.used_up_at == (bare.watch.at if limits else None)


def test_a_campaign_that_is_not_published_forecasts_nothing(bare: Scene) -> None:
    bare.campaign()
    with bare.hub.database.reading() as session:
        assert forecast(session, "nobody", bare.watch.at) == []
