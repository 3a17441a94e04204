"""Convert: orders become conversions and rewards, decided from what is known, whenever it was heard."""

from core.contract.events import OrderPaid
from tests.support.hub import Scene, order


def test_an_order_with_a_code_counts_and_owes_both_sides(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    assert stage.conversion().state == "qualified"
    assert (stage.reward().granted_minor, stage.reward(side="friend").granted_minor) == (1000, 500)
    assert stage.states() == {("1001", "advocate"): "held", ("1001", "friend"): "held"}
    assert stage.balance("held") == 1500
    assert stage.violations() == {}


def test_a_reward_is_paid_once_its_hold_is_over(stage: Scene) -> None:
    stage.pay(order())
    assert stage.states() == {("1001", "advocate"): "pushed", ("1001", "friend"): "pushed"}
    assert stage.shop.total() == stage.balance("pushed") == 1500
    assert stage.violations() == {}
