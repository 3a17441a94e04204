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
    rules = stage.referhub("why", "#1001")["decisions"][0]["rules"]
    assert any("ALICE-8F2K" in rule["words"] for rule in rules)


def test_an_order_without_a_code_brings_nothing_and_says_why(stage: Scene) -> None:
    stage.advocate()
    stage.order(stage.friend(), code=None)
    stage.settle()
    stage.later("15d")
    stage.settle()
    assert stage.referhub("conversions", "list") == []
    assert stage.referhub("rewards", "list") == []
    (decision,) = stage.referhub("why", "#1001")["decisions"]
    assert decision["counts"] is False
    assert not decision["rules"][-1]["passed"]
    stage.assert_sound()


def test_a_delivery_that_comes_nine_times_has_one_effect(stage: Scene) -> None:
    """SH-19: one row per delivery, although orders/create and orders/paid share their event id."""
    bob = stage.friend()
    alice = stage.advocate()
    stage.order(bob)
    stage.settle()
    paid, created = (stage.desk.deliveries(topic=topic)[0] for topic in ("orders/paid", "orders/create"))
    assert paid["event_id"] == created["event_id"]
    attempts = stage.desk.send(paid["id"], times=8)
    assert {attempt["status"] for attempt in attempts} == {200}
    stage.settle()
    topics = [row["topic"] for row in stage.referhub("deliveries", "list")]
    assert topics.count("orders/paid") == topics.count("orders/create") == 1
    stage.later("15d")
    stage.settle()
    assert (stage.moves(alice), stage.moves(bob)) == (["10.00"], ["4.00"])
    stage.assert_sound()


def paid_deliveries(stage: Scene) -> int:
    """How many payments are on the table; echoes of our own fields may come at any time."""
    return [row["topic"] for row in stage.deliveries()].count("orders/paid")


def test_the_same_order_under_a_new_delivery_id_counts_once(stage: Scene) -> None:
    """F4: the delivery key is new, the order is not."""
    stage.advocate()
    stage.order(stage.friend())
    stage.settle()
    paid = stage.desk.deliveries(topic="orders/paid")[0]
    before = paid_deliveries(stage)
    told = stage.desk.forge(stage.webhook_url, "orders/paid", paid["body"], secret=stage.shop.client_secret)
    assert told["status"] == 200
    stage.drain()
    assert paid_deliveries(stage) == before + 1
    assert len(stage.referhub("conversions", "list")) == 1
    assert len(stage.referhub("rewards", "list")) == 2
    stage.assert_sound()


def test_a_forged_order_is_refused_and_leaves_no_trace(stage: Scene) -> None:
    """SH-15: signed with neither secret."""
    stage.advocate()
    stage.settle()
    before = paid_deliveries(stage)
    told = stage.desk.forge(stage.webhook_url, "orders/paid", {"id": 1, "name": "#6666"})
    assert told["status"] == 401
    stage.drain()
    assert paid_deliveries(stage) == before
    stage.referhub("why", "#6666", status=1)


def test_the_secret_before_the_last_rotation_is_still_accepted(stage: Scene) -> None:
    """SH-15, F18: old and new while both are configured, then only the new one."""
    secret = {"client-secret": "the-new-one"}
    stage.connect(**secret | {"previous-client-secret": stage.shop.client_secret})
    body = {"id": 1, "name": "#1"}

    def answered(signed_with: str) -> int:
        # The door remembers a connection for two seconds; a fresh one shows what holds from then on.
        with stage.another_door():
            status: int = stage.desk.forge(stage.webhook_url, "shop/update", body, secret=signed_with)["status"]
            return status

    assert answered("the-new-one") == 200
    assert answered(stage.shop.client_secret) == 200
    stage.connect(**secret)
    assert answered("the-new-one") == 200
    assert answered(stage.shop.client_secret) == 401


def test_nobody_earns_by_buying_with_the_own_code(stage: Scene) -> None:
    """SH-31: the order stands, no reward does."""
    alice = stage.advocate()
    stage.order(alice)
    stage.settle()
    stage.later("15d")
    stage.settle()
    assert stage.referhub("rewards", "list") == []
    assert stage.moves(alice) == []
    rules = stage.referhub("why", "#1001")["decisions"][0]["rules"]
    assert [rule["rule"] for rule in rules if not rule["passed"]] == ["self_referral"]
    stage.assert_sound()


def test_events_in_any_order_end_in_the_same_state(stage: Scene) -> None:
    """SH-20, F9: the refund and the payment are heard before the order; an older body changes nothing afterwards."""
    stage.advocate()
    stage.drain()
    stage.desk.hold()
    order = stage.order(stage.friend(), lines=[{"title": "Mug", "price": "40.00", "quantity": 2}])
    stage.desk.refund_order(order["id"], lines=[{"line": 0, "quantity": 1}])
    held = sorted((one["id"] for one in stage.desk.deliveries(state="held")), reverse=True)
    for delivery in held:
        stage.desk.release([delivery])
        stage.drain()
    (conversion,) = stage.referhub("conversions", "list")
    assert (conversion["base"]["text"], conversion["reversed"]["text"]) == ("EUR 80.00", "EUR 40.00")
    digest = stage.referhub("check")["report"]["digest"]
    for delivery in stage.referhub("deliveries", "list"):
        stage.referhub("deliveries", "replay", delivery["id"])
    stage.drain()
    assert stage.referhub("check")["report"]["digest"] == digest
    stage.assert_sound()


def test_a_live_hub_has_no_clock_to_turn(stage: Scene) -> None:
    stage.hub.is_sandbox = False
    told = stage.invoke("clock", "1d")
    assert told.exit_code == 1
    assert "sandbox" in told.output
