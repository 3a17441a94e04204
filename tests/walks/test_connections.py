"""When the line to the shop is down, off, or gone: nothing that arrives is lost, nothing is paid twice."""

import requests

from tests.support.live import Scene

DELETE = "mutation($id: ID!) { webhookSubscriptionDelete(id: $id) { userErrors { message } } }"


def connection(stage: Scene) -> dict[str, object]:
    (row,) = stage.referhub("connections", "list")
    return dict(row)


def test_an_order_whose_webhooks_were_all_lost_is_found_by_asking(stage: Scene) -> None:
    """SH-21: one cycle finds it, a second one changes nothing."""
    alice, bob = stage.advocate(), stage.friend()
    stage.settle()
    stage.desk.hold()
    stage.order(bob)
    for delivery in stage.desk.deliveries(state="held"):
        stage.desk.drop(delivery["id"])
    assert stage.referhub("conversions", "list") == []
    assert stage.referhub("reconcile")["changed"] is True
    assert len(stage.referhub("conversions", "list")) == 1
    assert stage.referhub("reconcile")["changed"] is False
    assert "Nothing had been lost." in stage.invoke("reconcile").output
    stage.later("15d")
    stage.settle()
    assert (stage.moves(alice), stage.moves(bob)) == (["10.00"], ["4.00"])
    stage.assert_sound()


def test_only_the_payment_arrives_and_that_is_enough(stage: Scene) -> None:
    """SH-21: orders/create is lost."""
    stage.advocate()
    stage.settle()
    stage.desk.hold()
    stage.order(stage.friend())
    paid = stage.desk.deliveries(topic="orders/paid")[0]
    stage.desk.release([paid["id"]])
    stage.drain()
    (conversion,) = stage.referhub("conversions", "list")
    assert conversion["state"] == "qualified"


def test_the_regular_poll_finds_what_was_lost_without_being_told(stage: Scene) -> None:
    stage.advocate()
    stage.settle()
    stage.desk.hold()
    stage.order(stage.friend())
    stage.later("16m")
    stage.drain()
    assert len(stage.referhub("conversions", "list")) == 1


def test_an_uninstall_pauses_everything_and_keeps_the_ledger(stage: Scene) -> None:
    """SH-53: nothing is sent to a shop that removed the app; a new installation goes on where it stopped."""
    alice = stage.advocate()
    stage.order(stage.friend())
    stage.settle()
    stage.desk.uninstall()
    stage.settle()
    assert connection(stage)["health"] == "removed"
    assert "removed" in stage.invoke("connections", "list").output
    ledger = stage.rows("ledger")
    stage.later("15d")
    calls = len(stage.desk.calls())
    stage.drain()
    assert len(stage.desk.calls()) == calls
    assert stage.rows("ledger") == ledger

    stage.desk.install()
    stage.connect()
    stage.settle()
    assert connection(stage)["health"] == "healthy"
    assert stage.moves(alice) == ["10.00"]
    stage.assert_sound()


def test_a_late_notice_of_an_uninstall_does_not_remove_the_new_installation(stage: Scene) -> None:
    stage.settle()
    stage.desk.hold()
    stage.desk.uninstall()
    stage.later("1h")
    stage.desk.install()
    stage.connect()
    stage.desk.release()
    stage.settle()
    assert any(row["topic"] == "app/uninstalled" for row in stage.referhub("deliveries", "list"))
    assert connection(stage)["health"] == "healthy"


def test_a_connection_that_is_off_keeps_what_arrives(stage: Scene) -> None:
    stage.advocate()
    stage.settle()
    stage.referhub("connections", "disable", "shopify")
    stage.order(stage.friend())
    stage.settle()
    topics = {row["topic"]: row["state"] for row in stage.referhub("deliveries", "list", "--state", "stored")}
    assert topics["orders/paid"] == "stored"
    assert stage.referhub("conversions", "list") == []
    stage.referhub("connections", "enable", "shopify")
    stage.drain()
    assert len(stage.referhub("conversions", "list")) == 1


def test_a_connection_that_is_off_pays_nothing(stage: Scene) -> None:
    alice = stage.advocate()
    stage.order(stage.friend())
    stage.settle()
    stage.referhub("connections", "disable", "shopify")
    stage.later("15d")
    stage.drain()
    assert stage.moves(alice) == []
    stage.referhub("connections", "enable", "shopify")
    stage.drain()
    assert stage.moves(alice) == ["10.00"]
    stage.assert_sound()


def test_a_frozen_shop_is_paused_and_resumes(stage: Scene) -> None:
    """SH-53, F45: no hot loop; the reward is paid once after a person has tested the connection."""
    alice = stage.advocate()
    stage.order(stage.friend())
    stage.settle()
    stage.later("15d")
    stage.desk.fate("402", match="storeCreditAccountCredit")
    stage.drain()
    row = connection(stage)
    assert row["health"] == "needs_attention"
    assert "frozen" in str(row["hint"])
    calls = len(stage.desk.calls())
    stage.drain()
    assert len(stage.desk.calls()) == calls
    stage.referhub("connections", "test", "shopify")
    stage.later("10m")
    stage.settle()
    assert stage.moves(alice) == ["10.00"]
    stage.assert_sound()


def test_a_shop_that_does_not_answer_is_never_called_complete(stage: Scene) -> None:
    """Asking is no news when nobody answered: the verb says so, and ends with status 1."""
    stage.desk.fate("503", match="orders", count=50)
    answer = stage.referhub("reconcile", status=1)
    assert [one["label"] for one in answer["unknown"]] == ["shopify"]
    said = stage.invoke("reconcile")
    assert said.exit_code == 1
    assert "Nothing had been lost" not in said.output
    assert "Nothing is known of what shopify lost: it did not answer" in said.output
    stage.desk.clear_fates()
    assert "Nothing had been lost." in stage.invoke("reconcile").output


def test_a_connection_that_is_off_is_not_called_complete_either(stage: Scene) -> None:
    stage.referhub("connections", "disable", "shopify")
    assert stage.referhub("reconcile", status=1)["unknown"][0]["problem"] == "it is switched off"
    said = stage.invoke("reconcile").output
    assert "shopify was not asked: it is switched off. What it lost is found once it is on again." in said


def subscribed(stage: Scene) -> list[str]:
    """The topics that the shop would tell, one for each subscription."""
    return sorted(row["topic"] for row in stage.desk.truth()["webhook_subscriptions"])


def test_subscriptions_that_the_shop_deleted_come_back_once_within_a_day(stage: Scene) -> None:
    """SH-54: after eight failed deliveries the vendor deletes them, and tells nobody."""
    before = subscribed(stage)
    assert before
    for row in stage.desk.truth()["webhook_subscriptions"]:
        ask = {"query": DELETE, "variables": {"id": row["gid"]}}
        address = f"{stage.shop.base_url}/admin/api/2026-10/graphql.json"
        requests.post(address, json=ask, headers={"X-Shopify-Access-Token": stage.shop.access_token}, timeout=10)
    assert subscribed(stage) == []
    stage.later("23h")
    stage.drain()
    assert subscribed(stage) == []
    stage.later("2h")
    stage.drain()
    assert subscribed(stage) == before
    stage.later("2d")
    stage.drain()
    assert subscribed(stage) == before
