"""Pausing: by an operator's word or by the campaign's own terms; what is ordered meanwhile does not count."""

from dataclasses import replace
from typing import Any

import pytest

from core.contract.events import OrderPaid
from core.models import Allowance, AuditEntry, CampaignPause, Conversion, Reward
from core.queries.attention import attention
from core.services.connections import NotFound
from core.services.pauses import NotPaused, pause, resume
from tests.support.hub import DAY, HOUR, Scene, friend, order


def bought(number: int, stage: Scene, **changes: Any) -> OrderPaid:
    """That friend's order of EUR 100, placed a moment ago."""
    told = order(str(1000 + number), buyer=friend(f"friend-{number}"), **changes)
    return OrderPaid(replace(told, placed_at=stage.watch.at, updated_at=stage.watch.at))


def offering(bare: Scene, **limits: Any) -> Scene:
    """EUR 10 to the advocate for each order, within limits."""
    bare.campaign(friend=None, limits=limits)
    bare.advocate()
    return bare


def counted(stage: Scene) -> list[str]:
    return [row.order_source_id for row in stage.all(Conversion)]


def waiting(stage: Scene) -> int:
    with stage.hub.database.reading() as session:
        return attention(session).paused_campaigns


def test_what_is_ordered_in_a_pause_does_not_count_and_what_came_before_goes_on(bare: Scene) -> None:
    offering(bare)
    bare.tell(bought(1, bare))
    bare.watch.forward(HOUR)
    pause(bare.hub, "friends", "stock is low")
    bare.tell(bought(2, bare))
    bare.watch.forward(HOUR)
    resume(bare.hub, "friends", "stock is back")
    bare.tell(bought(3, bare))
    assert counted(bare) == ["1001", "1003"]
    reasons = {one["rule"]: one["words"] for one in bare.order("1002").reasons["friends"] if not one["passed"]}
    assert reasons == {"schedule": "the order was placed while the campaign was paused"}
    assert bare.violations() == {}


def test_news_of_an_order_that_counted_before_the_pause_changes_nothing(bare: Scene) -> None:
    offering(bare)
    told = bought(1, bare)
    bare.tell(told)
    bare.watch.forward(HOUR)
    pause(bare.hub, "friends", "stock is low")
    bare.watch.forward(HOUR)
    bare.tell(told)
    assert bare.conversion("1001").state == "qualified"


def test_pausing_twice_resuming_nothing_and_strange_names_are_refused(bare: Scene) -> None:
    offering(bare)
    with pytest.raises(NotPaused, match="is not paused"):
        resume(bare.hub, "friends", "x")
    pause(bare.hub, "friends", "x")
    with pytest.raises(NotPaused, match="is paused already"):
        pause(bare.hub, "friends", "x")
    with pytest.raises(NotFound):
        pause(bare.hub, "enemies", "x")
    assert waiting(bare) == 0  # an operator knows of it
    assert [row.verb for row in bare.all(AuditEntry)].count("pause") == 1


def test_a_budget_that_is_used_up_stops_the_campaign_by_itself_once_and_somebody_is_told(bare: Scene) -> None:
    offering(bare, budget="25.00", pause_at_budget=True)
    for number in (1, 2, 3, 4):
        bare.tell(bought(number, bare))
        bare.watch.forward(HOUR)
    row = bare.one(CampaignPause)
    assert (row.actor, row.because, row.until_at) == ("hub", "the budget is used up", None)
    assert counted(bare) == ["1001", "1002", "1003"]  # the third found no room; the fourth does not count
    assert waiting(bare) == 1
    assert [one.actor for one in bare.all(AuditEntry) if one.verb == "pause"] == ["hub"]
    resume(bare.hub, "friends", "a larger budget follows")
    assert waiting(bare) == 0
    assert bare.violations() == {}


def test_without_that_term_a_used_up_budget_refuses_and_stops_nothing(bare: Scene) -> None:
    offering(bare, budget="25.00")
    bare.tell(*(bought(number, bare) for number in (1, 2, 3)))
    assert bare.all(CampaignPause) == []
    assert sorted(row.state for row in bare.all(Reward)) == ["held", "held", "void"]


def test_a_budget_that_burns_too_fast_stops_the_campaign(bare: Scene) -> None:
    offering(bare, budget="100.00", pause_when_burning="20")
    for number in (1, 2, 3):
        bare.tell(bought(number, bare))
        bare.watch.forward(HOUR)
    assert bare.all(CampaignPause) == []
    bare.tell(bought(4, bare), bought(5, bare), bought(6, bare))
    assert "more than 20 % of the budget" in bare.one(CampaignPause).because
    bare.watch.forward(DAY)
    bare.tell(bought(7, bare))
    assert "1007" not in counted(bare)
    assert bare.violations() == {}


@pytest.mark.parametrize(
    ("limits", "held"),
    [
        ({"amount_per_advocate": "25.00"}, 2),
        ({"amount_per_advocate": "25.00", "amount_days": 10}, 4),
        ({"rewards_per_friend": 1}, 1),
        ({"rewards_per_friend": 3}, 3),
    ],
)
def test_amounts_per_advocate_and_rewards_per_friend_stop_where_they_say(
    bare: Scene, limits: dict[str, Any], held: int
) -> None:
    bare.campaign(friend=None, limits=limits, counts={"first_order_only": False})
    bare.advocate()
    bare.tell(*(OrderPaid(order(str(number), placed=number * 5 * DAY)) for number in range(4)))
    assert sum(row.state == "held" for row in bare.all(Reward)) == held
    assert bare.violations() == {}


def test_an_order_that_goes_back_gives_its_amount_and_its_place_back(bare: Scene) -> None:
    bare.campaign(friend=None, limits={"amount_per_advocate": "15.00", "rewards_per_friend": 1})
    bare.advocate()
    bare.tell(OrderPaid(order("1")))
    bare.tell(OrderPaid(order("1", is_paid=False, updated=HOUR)))
    assert {row.used for row in bare.all(Allowance)} == {0}
    bare.tell(OrderPaid(order("2", placed=DAY)))
    assert bare.violations() == {}


def test_an_order_that_turns_out_to_be_another_friends_gives_the_first_ones_place_back(bare: Scene) -> None:
    bare.campaign(limits={"rewards_per_friend": 1}, counts={"first_order_only": False})
    bare.advocate()
    bare.tell(OrderPaid(order("1", buyer=friend("anna"))))
    bare.tell(OrderPaid(order("1", buyer=friend("ben"), updated=HOUR)))
    bare.tell(OrderPaid(order("2", buyer=friend("anna"), placed=DAY)))
    bare.tell(OrderPaid(order("3", buyer=friend("ben"), placed=DAY)))
    held = {row.conversion_id for row in bare.all(Reward) if row.state == "held"}
    assert {row.order_source_id for row in bare.all(Conversion) if row.id in held} == {"1", "2"}
    assert bare.violations() == {}
