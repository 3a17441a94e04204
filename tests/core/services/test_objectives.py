"""Goals are set for a campaign, set anew and dropped; what cannot be is refused with what to write."""

from datetime import UTC, datetime

import pytest

from core.models import AuditEntry, Objective
from core.rules.objectives import Measure
from core.services.connections import NotFound
from core.services.objectives import BadObjective, Wish, drop_objective, set_objective
from tests.support.hub import DAY, START, Scene

LAST = "2026-12-31"


def wish(measure: str = "customers", target: str = "100", **changes: str) -> Wish:
    return Wish(Measure(measure), target, **{"by": LAST, **changes})


@pytest.mark.parametrize(
    ("measure", "target", "kept", "currency"),
    [
        ("customers", "100", 100, ""),
        ("revenue", "5000.00", 500_000, "EUR"),
        ("new_share", "12.5", 1250, ""),
        ("cost_per_new", "8", 800, "EUR"),
    ],
)
def test_a_goal_is_kept_in_its_own_unit(stage: Scene, measure: str, target: str, kept: int, currency: str) -> None:
    set_objective(stage.hub, "friends", wish(measure, target))
    row = stage.one(Objective)
    assert (row.measure, row.target, row.currency) == (measure, kept, currency)
    assert row.due_at == datetime(2027, 1, 1, tzinfo=UTC), "its last day counts whole"
    assert row.starts_at == START - 400 * DAY, "since the campaign began"
    assert stage.one(AuditEntry, verb="set_objective").subject == "campaign:friends"


def test_a_goal_that_is_set_again_takes_the_place_of_the_first(stage: Scene) -> None:
    set_objective(stage.hub, "friends", wish())
    set_objective(stage.hub, "friends", wish(target="200", since="2026-02-01"))
    set_objective(stage.hub, "friends", wish("revenue", "1"))
    rows = {row.measure: row for row in stage.all(Objective)}
    assert {name: row.target for name, row in rows.items()} == {"customers": 200, "revenue": 100}
    assert rows["customers"].starts_at == datetime(2026, 2, 1, tzinfo=UTC)


def test_a_goal_is_dropped_once(stage: Scene) -> None:
    set_objective(stage.hub, "friends", wish("revenue", "10"))
    drop_objective(stage.hub, "friends", Measure.REVENUE)
    assert stage.all(Objective) == []
    assert stage.one(AuditEntry, verb="drop_objective").detail == "revenue"
    with pytest.raises(NotFound, match="friends has no such objective"):
        drop_objective(stage.hub, "friends", Measure.REVENUE)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (wish(target="0"), "write how many customers, such as 100"),
        (wish(target="10.5"), "write how many customers"),
        (wish(target="1e9"), "write how many customers"),
        (wish("new_share", "0"), "write a percentage from 0.01 to 100"),
        (wish("new_share", "100.01"), "write a percentage from 0.01 to 100"),
        (wish("revenue", "0.00"), "write an amount in EUR, such as 10.00"),
        (wish("revenue", "10.005"), "write an amount in EUR"),
        (wish("revenue", "-5"), "write an amount in EUR"),
        (wish("revenue", "lots"), "write an amount in EUR"),
        (wish("revenue", "5", currency="USD"), "friends does not count USD: write EUR"),
        (wish(currency="EUR"), "customers is not counted in money: leave out --currency"),
        (wish(by="soon"), "--by: 'soon' is no day; write it like 2027-01-31"),
        (wish(by="2026-02-28"), "that day is over"),
        (wish(since="01.02.2026"), "--from: '01.02.2026' is no day"),
        (wish(since="2027-01-01"), "the period would end before it begins, on 2027-01-01"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_write(stage: Scene, wanted: Wish, words: str) -> None:
    with pytest.raises(BadObjective) as refused:
        set_objective(stage.hub, "friends", wanted)
    assert words in str(refused.value)
    assert stage.all(Objective) == []


def test_today_may_be_the_last_day(stage: Scene) -> None:
    set_objective(stage.hub, "friends", wish(by=f"{START:%Y-%m-%d}"))
    assert stage.one(Objective).due_at > START


def test_a_campaign_that_is_not_there_has_no_goals(stage: Scene) -> None:
    with pytest.raises(NotFound, match="there is no campaign 'nobody'"):
        set_objective(stage.hub, "nobody", wish())
