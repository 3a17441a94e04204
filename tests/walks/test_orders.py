"""From the order to the credit: what a shop owner sees when all goes well, and when somebody tries a trick."""

from tests.support.live import Scene


def test_a_referred_order_becomes_credit_for_both_after_the_hold(stage: Scene) -> None:
    """SH-38: receipts and balances stand on both sides, and another run sends nothing."""
    alice, bob = stage.advocate(), stage.friend()
    stage.order(bob)
    stage.settle()
    assert stage.states() == {"advocate": "held", "friend": "held"}
    assert not stage.desk.calls("storeCreditAccountCredit")

    stage.later("15d")
    stage.drain()
    assert stage.states() == {"advocate": "pushed", "friend": "pushed"}
    assert stage.moves(alice) == ["10.00"]
    assert stage.moves(bob) == ["4.00"]
    stage.assert_sound()

    stage.later("1d")
    stage.drain()
    assert len(stage.desk.calls("storeCreditAccountCredit")) == 2
    told = [moment["words"] for moment in stage.referhub("why", "#1001")["decisions"][0]["rules"]]
    assert any("ALICE-8F2K" in words for words in told)
