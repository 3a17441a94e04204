"""What a person decides at the keyboard: who brought an order, and a reward for no order; and what `why` tells."""

import json

from tests.support.live import CODE, Scene


def test_who_brought_an_order_is_decided_and_a_reward_is_given_by_hand(stage: Scene) -> None:
    alice, zoe = stage.advocate(), stage.advocate("zoe@example.com", "ZOE")
    stage.order(stage.friend())
    stage.settle()
    stage.later("15d")
    stage.settle()
    assert stage.balance(alice) == 10
    _is_decided(stage)
    stage.settle()
    assert (stage.balance(alice), stage.balance(zoe)) == (0, 10)
    _is_given(stage)
    stage.settle()
    assert stage.balance(zoe) == 15
    stage.assert_sound()
    _is_told(stage)


def _is_decided(stage: Scene) -> None:
    (row,) = stage.referhub("orders", "list", "--state", "counted")
    refused = stage.referhub("orders", "reattribute", "#1001", "--to", "NOBODYS", "--because", "x", status=1)
    assert refused["error"] == ["nobody has the code 'NOBODYS': `referhub advocates list` shows them all"]
    answer = stage.referhub("orders", "reattribute", "#1001", "--to", "ZOE", "--because", "Bob says it was Zoe")
    assert answer["state"] == "code"
    assert f"counts in {row['campaign']}" in stage.invoke("orders", "list").stdout


def _is_given(stage: Scene) -> None:
    told = ("--campaign", "friends", "--to", "zoe@example.com", "--amount", "5.00", "--key", "ticket 7")
    first = stage.referhub("rewards", "grant", *told, "--because", "a late parcel")
    again = stage.referhub("rewards", "grant", *told, "--because", "sent twice")
    assert first == again == {"id": first["id"], "state": "held"}
    said = stage.invoke("why", first["id"]).stdout
    assert said.startswith("EUR 5.00 as store credit for somebody, by hand: held until")


def _is_told(stage: Scene) -> None:
    """The whole story, from the word of the operator to the shop's own receipts."""
    said = stage.invoke("why", "1001").stdout
    assert "Friends bring friends: counts, decided by: what an operator decided" in said
    assert "  It would not have counted if its base had been less than EUR 20.00." in said
    assert "decided who brought it: to ZOE: Bob says it was Zoe" in said
    told = stage.referhub("why", "1001")
    assert told["about"] == "order"
    moved = [(one["gives"], one["amount"]["text"]) for one in told["receipts"] if one["side"] == "advocate"]
    assert moved == [(True, "EUR 10.00"), (False, "EUR 10.00"), (True, "EUR 10.00")]
    assert all(one["receipt"] in said for one in told["receipts"])
    _is_told_of_all_else(stage, told)


def _is_told_of_all_else(stage: Scene, told: dict[str, object]) -> None:
    receipt = json.loads(json.dumps(told))["receipts"][0]["receipt"]
    delivery = stage.referhub("deliveries", "list")[0]["id"]
    sought = {CODE: "code", "alice@example.com": "person", receipt: "reward", delivery: "delivery"}
    assert {said: stage.referhub("why", said)["about"] for said in sought} == sought
    assert "It belongs to zoe@example.com." in stage.invoke("why", "ZOE").stdout
    assert "Order #1001 counts in Friends bring friends" in stage.invoke("why", "zoe@example.com").stdout
    (problem,) = stage.referhub("why", "what?", status=1)["error"]
    assert problem.startswith("nothing here is called 'what?': give the name or id of an order")
