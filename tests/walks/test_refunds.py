"""When the friend sends the goods back: before the payout the reward shrinks, afterwards it is asked back."""

from decimal import Decimal

from tests.support.live import Scene

TWO_MUGS = [{"title": "Mug", "price": "40.00", "quantity": 2}]
ONE_OF_THEM = [{"line": 0, "quantity": 1}]


def test_a_partial_refund_before_the_payout_shrinks_both_rewards(stage: Scene) -> None:
    """SH-35: each refund takes its share once, however often it is told."""
    alice, bob = stage.advocate(), stage.friend()
    order = stage.order(bob, lines=TWO_MUGS)
    stage.settle()
    stage.desk.refund_order(order["id"], lines=ONE_OF_THEM)
    stage.settle()
    for delivery in stage.desk.deliveries(topic="refunds/create"):
        stage.desk.send(delivery["id"], times=3)
    stage.settle()
    stage.later("15d")
    stage.settle()
    assert (stage.moves(alice), stage.moves(bob)) == (["5.00"], ["2.00"])
    stage.assert_sound()


def test_a_full_refund_before_the_payout_leaves_nothing_to_pay(stage: Scene) -> None:
    alice, bob = stage.advocate(), stage.friend()
    order = stage.order(bob, lines=TWO_MUGS)
    stage.settle()
    stage.desk.refund_order(order["id"], lines=[{"line": 0, "quantity": 2}])
    stage.settle()
    assert stage.states() == {"advocate": "void", "friend": "void"}
    stage.later("15d")
    stage.settle()
    assert (stage.moves(alice), stage.moves(bob)) == ([], [])
    stage.assert_sound()


def test_a_cancellation_whose_webhook_was_lost_is_seen_before_paying(stage: Scene) -> None:
    """The order is read again at the source before its reward leaves the hold."""
    alice = stage.advocate()
    order = stage.order(stage.friend())
    stage.settle()
    stage.desk.hold()
    stage.desk.cancel_order(order["id"])
    stage.later("15d")
    stage.hub.timings = stage.never_polling
    stage.drain()
    assert stage.states() == {"advocate": "void", "friend": "void"}
    assert stage.moves(alice) == []
    stage.assert_sound()


def test_a_refund_after_the_payout_is_taken_back_once(stage: Scene) -> None:
    alice, bob = stage.advocate(), stage.friend()
    order = stage.order(bob, lines=TWO_MUGS)
    stage.settle()
    stage.later("15d")
    stage.settle()
    stage.desk.refund_order(order["id"], lines=ONE_OF_THEM)
    stage.settle()
    for delivery in stage.desk.deliveries(topic="refunds/create"):
        stage.desk.send(delivery["id"], times=3)
    stage.settle()
    assert (stage.moves(alice), stage.moves(bob)) == (["10.00", "-5.00"], ["4.00", "-2.00"])
    assert stage.states() == {"advocate": "pushed", "friend": "pushed"}
    stage.assert_sound()

    stage.desk.refund_order(order["id"], lines=ONE_OF_THEM)
    stage.settle()
    assert (stage.balance(alice), stage.balance(bob)) == (Decimal(0), Decimal(0))
    assert stage.states() == {"advocate": "clawed_back", "friend": "clawed_back"}
    stage.assert_sound()


def test_what_was_spent_already_is_set_off_against_the_next_reward(stage: Scene) -> None:
    """SH-48, F32: the account is debited to zero, the rest is carried, and nothing loops."""
    alice, bob = stage.advocate(), stage.friend()
    order = stage.order(bob, lines=TWO_MUGS)
    stage.settle()
    stage.later("15d")
    stage.settle()
    stage.desk.spend_credit(alice["id"], "7.00")
    stage.desk.refund_order(order["id"], lines=[{"line": 0, "quantity": 2}])
    stage.settle()
    assert stage.moves(alice) == ["10.00", "-7.00", "-3.00"]
    stage.assert_sound()

    debits = len(stage.desk.calls("storeCreditAccountDebit"))
    stage.later("2d")
    stage.settle()
    assert len(stage.desk.calls("storeCreditAccountDebit")) == debits

    stage.order(stage.friend("carol@example.com"))
    stage.settle()
    stage.later("15d")
    stage.settle()
    assert stage.moves(alice) == ["10.00", "-7.00", "-3.00", "3.00"]
    stage.assert_sound()


def test_a_debt_as_large_as_the_next_reward_leaves_nothing_to_send(stage: Scene) -> None:
    alice, bob = stage.advocate(), stage.friend()
    order = stage.order(bob, lines=TWO_MUGS)
    stage.settle()
    stage.later("15d")
    stage.settle()
    stage.desk.spend_credit(alice["id"], "10.00")
    stage.desk.refund_order(order["id"], lines=[{"line": 0, "quantity": 2}])
    stage.settle()
    second = stage.order(stage.friend("carol@example.com"), lines=TWO_MUGS)
    stage.settle()
    stage.later("15d")
    stage.settle()
    netted = [row for row in stage.referhub("rewards", "list") if row["state"] == "netted"]
    assert [row["side"] for row in netted] == ["advocate"]
    assert stage.moves(alice) == ["10.00", "-10.00"]
    stage.assert_sound()

    stage.desk.refund_order(second["id"], lines=[{"line": 0, "quantity": 2}])
    stage.settle()
    stage.order(stage.friend("dora@example.com"))
    stage.settle()
    stage.later("15d")
    stage.settle()
    assert stage.moves(alice) == ["10.00", "-10.00"], "the debt is still open, and is set off again"
    stage.assert_sound()
