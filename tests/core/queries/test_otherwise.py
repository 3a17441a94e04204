"""What would have changed the rewards of an order, read from what was decided at the time and judged once more."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.contract.events import OrderPaid
from core.contract.signals import Signal, SignalKind
from core.models import Assessment
from core.queries.why import why_order
from core.services.campaigns import create_campaign, publish
from core.services.judge_reward import void_reward
from core.services.review import decide_case
from core.services.second_person import Who
from tests.support.hub import DAY, HOUR, START, Scene, friend, order, scene, terms

BROWSER = (Signal(SignalKind.BROWSER, "cookie-1"),)
LARGE = {"field": "order.base", "at_least": "200.00"}


@pytest.fixture
def stage(sqlite_url: str) -> Iterator[Scene]:
    """EUR 15.00 for all rewards together; the friend's is for large orders alone. Two friends of Mira's have bought."""
    made = scene(sqlite_url).campaign(friend={"when": LARGE}, limits={"budget": "15.00"})
    made.advocate()
    own = replace(order("0900", code=None, buyer=friend("customer-mira"), placed=-DAY), signals=BROWSER)
    seen = replace(order(), signals=BROWSER)
    made.tell(OrderPaid(own), OrderPaid(seen), OrderPaid(order("1002", placed=HOUR, buyer=friend("carl"))))
    made.work()
    yield made
    made.hub.database.close()


def said(stage: Scene, source_id: str) -> list[tuple[str, str]]:
    """What would have become of the order's rewards, and with what."""
    with stage.hub.database.reading() as session:
        found = why_order(session, stage.order(source_id).id, stage.hub.vault.token_key)
    assert found is not None
    return [(one.then, "; ".join(one.words)) for one in found.campaigns[0].otherwise]


OF_THE_FRIEND = ("there would have been a reward for the friend", "the order's base had been at least 200.00")
ROOM = (
    "EUR 10.00 would have been promised to the advocate",
    "the campaign's budget had been EUR 5.00 more; EUR 10.00 of EUR 15.00 were promised",
)


def test_what_held_it_what_refused_it_and_what_was_asked_for_are_told(stage: Scene) -> None:
    held = ("its rewards would not have waited for a person", "the fraud rule “same device” had found nothing")
    assert said(stage, "1001") == [OF_THE_FRIEND, held]
    assert said(stage, "1002") == [OF_THE_FRIEND, ROOM]


def test_what_refused_it_is_told_as_it_stood_then(stage: Scene) -> None:
    """The budget is larger by now; that changes nothing about what would have been enough."""
    create_campaign(stage.hub, terms(friend={"when": LARGE}, limits={"budget": "500.00"}))
    publish(stage.hub, stage.slug, effective_at=START + HOUR)
    assert said(stage, "1002") == [OF_THE_FRIEND, ROOM]


def test_of_an_order_that_does_not_count_nothing_is_told(stage: Scene) -> None:
    assert said(stage, "0900") == []


def test_what_was_promised_and_is_void_since_was_refused_by_no_limit(stage: Scene) -> None:
    """There was no room for it to grow; it is void because somebody said so."""
    stage.tell(OrderPaid(replace(order(base="190.00", updated=HOUR), signals=BROWSER)))
    reward = stage.reward("1001")
    assert (reward.granted.minor, reward.state) == (10_00, "review")
    void_reward(stage.hub, reward.id, "they live together")
    assert [then for then, _ in said(stage, "1001") if "promised" in then] == []


def test_the_order_of_time_tells_when_rules_held_it_and_what_a_person_decided(stage: Scene) -> None:
    (case,) = stage.all(Assessment, state="open")
    stage.watch.forward(DAY)
    decide_case(stage.hub, case.id, "approve", "sisters", Who("operator:1", "Zoe"))
    with stage.hub.database.reading() as session:
        found = why_order(session, stage.order().id, stage.hub.vault.token_key)
    assert found is not None
    words = [one.words for one in found.moments]
    held = words.index("Fraud rules hold its rewards for a person: advocate and friend used the same browser")
    decided = next(at for at, said in enumerate(words) if said == "Zoe approved the reward: sisters")
    assert held < decided
