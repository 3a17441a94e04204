"""Verbs that change something: afterwards it is so, and the answer says so."""

import json

from core.rules.switches import Lock, Place, Switches
from tests.support.live import CODE, TERMS, Scene


def test_init_says_where_the_database_is(stage: Scene) -> None:
    answer = stage.referhub("init")
    assert answer["database"] == stage.database_url
    assert answer["durability"]["synchronous"] == "2"


def test_init_never_shows_the_databases_password(stage: Scene) -> None:
    url = stage.hub.database.engine.url.set(drivername="postgresql", username="hub", password="hush", host="db")
    stage.hub.database.engine.url = url
    for said in (stage.invoke("init").output, stage.invoke("init", "--json").output):
        assert "hub:***@db" in said
        assert "hush" not in said


def test_a_campaign_is_created_from_a_file_and_published_from_a_day_on(stage: Scene) -> None:
    file = stage.folder / "spring.json"
    file.write_text(json.dumps(TERMS | {"campaign": {"slug": "spring", "name": "Spring"}}))
    assert stage.referhub("campaigns", "create", str(file))["version"] == 1
    (draft,) = stage.referhub("campaigns", "show", "spring")["versions"]
    assert draft["effective_at"] is None
    stage.referhub("campaigns", "publish", "spring", "--from", "2026-03-01T12:00")
    (published,) = stage.referhub("campaigns", "show", "spring")["versions"]
    assert published["effective_at"] == "2026-03-01T12:00:00Z"
    assert {row["slug"]: row["state"] for row in stage.referhub("campaigns", "list")}["spring"] == "published"


def test_an_advocate_who_is_added_twice_keeps_the_code(stage: Scene) -> None:
    first = stage.referhub("advocates", "add", "friends", "--email", "mia@example.com")
    again = stage.referhub("advocates", "add", "friends", "--email", "MIA@example.com", "--name", "Mia")
    assert again["code"] == first["code"]
    assert first["link"].endswith(f"?ref={first['code']}")
    (row,) = stage.referhub("advocates", "list")
    assert row["person"]["name"] == "Mia"


def test_who_is_who_is_decided_by_a_person_and_remembered(stage: Scene) -> None:
    mia = stage.referhub("advocates", "add", "friends", "--email", "mia@example.com", "--code", "MIA")["person_id"]
    zoe = stage.referhub("advocates", "add", "friends", "--email", "zoe@example.com", "--code", "ZOE")["person_id"]
    stage.referhub("people", "keep-apart", "MIA", "zoe@example.com", "--because", "sisters")
    (pair,) = stage.referhub("people", "review", "--state", "kept_apart")
    assert {pair["one"]["id"], pair["other"]["id"]} == {mia, zoe}
    assert "mia@example.com [MIA]" in stage.invoke("people", "review", "--state", "all").stdout
    assert stage.referhub("people", "review") == []
    assert stage.referhub("people", "merge", "MIA", "ZOE", "--because", "one woman after all") == {"id": mia}
    shown = stage.referhub("people", "show", "zoe@example.com")
    assert (shown["row"]["id"], shown["row"]["codes"], shown["merged"]) == (mia, ["MIA", "ZOE"], [zoe])
    assert [act["detail"] for act in shown["acts"] if act["verb"] == "merge_people"] == ["one woman after all"]
    (address,) = [one["id"] for one in shown["row"]["known_as"] if one["address"] == "zoe@example.com"]
    made = stage.referhub("people", "split", address, "--code", "ZOE", "--because", "no, sisters")["id"]
    assert {row["id"]: row["codes"] for row in stage.referhub("people", "list")} == {mia: ["MIA"], made: ["ZOE"]}
    assert "was split from" in stage.invoke("people", "show", "ZOE").stdout


def test_what_an_order_brought_is_measured_and_who_brought_it_is_named_once_they_agreed(stage: Scene) -> None:
    stage.advocate()
    stage.order(stage.friend())
    stage.settle()
    _is_measured(stage)
    _is_named(stage)


def _is_measured(stage: Scene) -> None:
    goal = ("objectives", "set", "friends", "--by", "2099-12-31", "--measure")
    stage.referhub(*goal, "customers", "--target", "4")
    revenue = stage.referhub(*goal, "revenue", "--target", "1000.00", "--from", "2020-01-01")
    assert revenue["words"].startswith("EUR 80.00 of EUR 1000.00 so far; at this pace EUR ")
    rows = {row["measure"]: row for row in stage.referhub("objectives", "list")}
    assert {name: row["so_far"]["top"] for name, row in rows.items()} == {"customers": 1, "revenue": 8000}
    assert rows["customers"]["definition"] in stage.invoke("objectives", "show", "friends").stdout
    for measure in rows:
        stage.referhub("objectives", "drop", "friends", "--measure", measure)
    refused = stage.referhub("objectives", "drop", "friends", "--measure", "revenue", status=1)
    assert refused == {"error": ["friends has no such objective: `referhub objectives list` shows all"]}


def _is_named(stage: Scene) -> None:
    stage.referhub("advocates", "add", "friends", "--email", "alice@example.com", "--name", "Alice")
    assert "not named" in stage.invoke("leaderboard", "--by", "revenue").stdout
    said = stage.referhub("people", "consent", CODE, "--given", "--because", "she agreed by mail")
    assert "may be shown by name, said 20" in stage.invoke("people", "show", CODE).stdout
    (place,) = stage.referhub("leaderboard", "--campaign", "friends", "--from", "2020-01-01")["places"]
    assert (place["rank"], place["person"]["name"], place["advocate_id"]) == (1, "Alice", said["person"])
    stage.referhub("people", "consent", CODE, "--withdrawn", "--because", "she changed her mind")
    assert "Alice" not in stage.invoke("leaderboard").stdout
    assert "said 20" not in stage.invoke("people", "show", CODE).stdout


def test_connecting_again_keeps_the_connection(stage: Scene) -> None:
    before = stage.connection_id
    assert stage.connect() == before
    assert len(stage.referhub("connections", "list")) == 1


def test_another_kind_of_source_is_connected_with_its_own_settings(stage: Scene) -> None:
    credits_url = f"{stage.shop.base_url}/_sandbox/"  # any address that answers will do
    made = stage.referhub("connect", "demo", "--secret", "hush", "--credits-url", credits_url, "--label", "webshop")
    assert made["connector"] == "demo"
    assert "pushes" in made["abilities"]
    labels = {row["label"] for row in stage.referhub("connections", "list")}
    assert labels == {"shopify", "webshop"}


def test_a_connection_is_switched_off_and_on(stage: Scene) -> None:
    assert stage.referhub("connections", "disable", "shopify")["enabled"] is False
    assert "off: by cli:" in stage.invoke("connections", "list").stdout
    stage.advocate()
    stage.order(stage.friend())
    stage.settle()
    assert stage.referhub("conversions", "list") == []
    assert stage.referhub("connections", "enable", "shopify")["enabled"] is True
    stage.settle()
    assert len(stage.referhub("conversions", "list")) == 1


def test_a_switch_that_cannot_win_says_so(stage: Scene) -> None:
    by = "environment variable REFERHUB_CONNECTIONS__SHOPIFY__ENABLED"
    stage.hub.switches = Switches((Place({}, {"shopify": Lock(False, by)}),))
    assert f"off: by {by}" in stage.invoke("connections", "list").stdout
    told = stage.referhub("connections", "enable", "shopify")
    assert (told["enabled"], told["is_on"], told["locked_by"]) == (True, False, by)
    said = stage.invoke("connections", "enable", "shopify").stdout
    assert said.startswith(f"shopify is to be on. It stays off: {by} says so")
    assert "as environment variable" in stage.invoke("connections", "disable", "shopify").stdout
    stage.hub.switches = Switches((Place({"shopify": Lock(True, by)}),))
    assert stage.referhub("connections", "list")[0]["health"] != "disabled"
    assert "It stays on" in stage.invoke("connections", "disable", "shopify").stdout


def test_the_list_says_when_a_source_was_last_heard_and_asked(stage: Scene) -> None:
    heading, row = stage.invoke("connections", "list").stdout.splitlines()
    assert row[heading.index("LAST HEARD") :].startswith("never")
    stage.order(stage.friend())
    stage.settle()
    heading, row = stage.invoke("connections", "list").stdout.splitlines()
    last = stage.referhub("connections", "list")[0]["last_delivery_at"]
    assert row[heading.index("LAST HEARD") :].startswith(last[:16].replace("T", " "))


def test_a_worker_does_what_is_due_and_ends(stage: Scene) -> None:
    stage.advocate()
    stage.order(stage.friend())
    assert stage.desk.settle(30)
    assert stage.referhub("worker", "--until-idle")["done"] > 0
    assert stage.desk.settle(30)  # the shop echoes the fields that were written
    stage.referhub("worker", "--until-idle")
    assert stage.referhub("worker", "--until-idle")["done"] == 0


def test_reconcile_finds_the_order_whose_webhooks_were_lost(stage: Scene) -> None:
    stage.advocate()
    friend = stage.friend()
    stage.settle()
    stage.desk.hold()
    stage.order(friend)
    for delivery in stage.desk.deliveries(state="held"):
        stage.desk.drop(delivery["id"])
    found = stage.referhub("reconcile", "--connection", "shopify")
    assert found["changed"] is True
    assert stage.states() == {"advocate": "held", "friend": "held"}
    assert stage.referhub("reconcile")["changed"] is False


def test_a_replayed_delivery_changes_no_money(stage: Scene) -> None:
    stage.advocate()
    stage.order(stage.friend())
    stage.settle()
    before = stage.referhub("export", "digest")
    (paid,) = (row for row in stage.referhub("deliveries", "list") if row["topic"] == "orders/paid")
    assert stage.referhub("deliveries", "replay", paid["id"])["state"] == "stored"
    stage.settle()
    assert stage.referhub("deliveries", "show", paid["id"])["row"]["state"] == "read"
    assert stage.referhub("export", "digest") == before


def test_a_held_reward_is_voided_with_a_reason(stage: Scene) -> None:
    stage.advocate()
    stage.order(stage.friend())
    stage.settle()
    (theirs,) = (row for row in stage.referhub("rewards", "list") if row["side"] == "friend")
    assert stage.referhub("rewards", "void", theirs["id"], "--because", "asked for it")["state"] == "void"
    stage.later("15d")
    stage.settle()
    assert stage.states() == {"advocate": "pushed", "friend": "void"}
    stage.assert_sound()


def test_a_rejected_reward_is_tried_again(stage: Scene) -> None:
    stage.advocate()
    stage.order(stage.friend())
    stage.settle()
    stage.desk.fate("user_errors", "storeCreditAccountCredit", count=2, code="CREDIT_LIMIT_EXCEEDED")
    stage.later("15d")
    stage.settle()
    assert stage.states() == {"advocate": "rejected", "friend": "rejected"}
    for row in stage.referhub("rewards", "list"):
        stage.referhub("rewards", "approve", row["id"], "--because", "the limit was raised")
    stage.settle()
    assert stage.states() == {"advocate": "pushed", "friend": "pushed"}
    stage.assert_sound()


def test_a_parked_push_is_decided_by_a_person(stage: Scene) -> None:
    # A credit that does not expire carries no mark of ours, so an answer that got lost needs a person.
    stage.campaign(advocate={"kind": "store_credit", "amount": "10.00"}, friend=None)
    alice = stage.advocate(code=CODE)
    stage.order(stage.friend())
    stage.settle()
    stage.desk.fate("drop_before_effect", "storeCreditAccountCredit")
    stage.later("15d")
    stage.settle()
    for _ in range(3):
        stage.later("5m")
        stage.settle()
    (push,) = stage.referhub("pushes", "list", "--state", "parked")
    stage.referhub("pushes", "resolve", push["id"], "--not-given", "--because", "her account is empty")
    stage.settle()
    assert stage.moves(alice) == ["10.00"]
    assert [row["state"] for row in stage.referhub("pushes", "list")] == ["confirmed"]


def test_a_campaign_rests_goes_on_and_says_how_long_its_budget_lasts(stage: Scene) -> None:
    assert stage.referhub("campaigns", "pause", "friends", "--because", "stock is low")["until"] is None
    assert "is paused already" in stage.invoke("campaigns", "pause", "friends", "--because", "again").stderr
    assert stage.referhub("campaigns", "resume", "friends", "--because", "stock is back")["until"]
    assert "is not paused" in stage.invoke("campaigns", "resume", "friends", "--because", "again").stderr
    (told,) = stage.referhub("campaigns", "forecast", "friends")["currencies"]
    assert told["currency"] == "EUR"
    assert told["words"] in stage.invoke("campaigns", "forecast", "friends").stdout
