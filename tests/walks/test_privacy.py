"""From the shop's own word about a person to a hub that holds nothing of them, over HTTP (SH-56)."""

from sandbox.shopify import ShopControl
from tests.support.live import Scene


def told_to(stage: Scene) -> ShopControl:
    """The shop sends its privacy topics to the hub, too."""
    stage.desk.subscribe(stage.webhook_url, ["customers/data_request", "customers/redact", "shop/redact"])
    return stage.desk


def test_a_customer_who_asks_and_is_redacted_later_is_in_no_table_and_the_books_stay(stage: Scene) -> None:
    """SH-56."""
    desk = told_to(stage)
    stage.advocate()
    bob = stage.friend()
    stage.order(bob)
    stage.settle()
    desk.request_data(bob["id"])
    stage.settle()
    (asked,) = stage.referhub("people", "requests")
    told = stage.referhub("people", "export", asked["person_id"])
    assert [one["name"] for one in told["orders"]] == ["#1001"]
    before = stage.referhub("export", "digest")["digest"]
    for _ in range(2):
        desk.redact_customer(bob["id"])
        stage.settle()
    assert stage.referhub("people", "show", "bob@example.com", status=1)
    bodies = [stage.referhub("deliveries", "show", row["id"])["body"] for row in stage.referhub("deliveries", "list")]
    assert not any("bob@example.com" in body for body in bodies)
    assert stage.referhub("export", "digest")["digest"] == before
    stage.later("15d")
    stage.settle()
    assert stage.states()["advocate"] == "pushed"
    stage.assert_sound()
