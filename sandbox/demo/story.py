"""The story: two advocates, three orders and a won deal, a duplicate, a forgery, a refund, and a lost answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from importlib.resources import files

from sandbox.demo.comparison import compare
from sandbox.demo.crms import (
    a_won_deal,
    connect_the_crms,
    one_purchase_in_two_systems,
    shown_in_the_crms,
    the_crms_are_looked_at,
    what_the_sales_team_sees,
)
from sandbox.demo.processes import until
from sandbox.demo.stage import ALICE, AMIR, CLIENT_ID, CLIENT_SECRET, Answer, Stage

HOLD_DAYS = 15  # the campaign holds rewards for 14
# What an answer for people must not hold: names of rules and states as programs write them, and ids of rows.
MACHINE = re.compile(r"\b[a-z]+_[a-z_]+\b|\b[0-9a-f]{32}\b")
QUIET_MINUTES = 10  # so long this hub lets a lost answer rest before it looks


def connect_the_shop(stage: Stage) -> None:
    """Connect the shop, as an operator would"""
    credentials = ("--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET)
    made = stage.hub.run(
        *("connect", "shopify", "--shop", "demo.myshopify.com"),
        *credentials,
        *("--api-base", stage.shop.base_url),
    )
    stage.webhook_url = made["webhook_url"]
    stage.screen.line(f"{made['source']['name']} answers; its webhooks go to {made['webhook_url']}")
    stage.expect(made["findings"] == [] and not made["source"]["missing_rights"], "nothing is missing at the shop")


def offer_a_campaign(stage: Stage) -> None:
    """Make an offer: EUR 10.00 store credit for who recommends, a gift card of 5 % for the friend"""
    (stage.folder / "friends.toml").write_text(files(__package__).joinpath("friends.toml").read_text())
    stage.hub.run("campaigns", "create", "friends.toml")
    stage.hub.run("campaigns", "publish", "friends")


def add_two_advocates(stage: Stage) -> None:
    """Two customers of the shop begin to recommend it"""
    for name in ("Alice", "Amir", "Bob", "Carl", "Dana", "Frida"):
        stage.shop.create_customer(email=f"{name.lower()}@example.com", first_name=name)
    adding = ("advocates", "add", "friends", "--email")
    alice, amir = stage.hub.run_together(
        (*adding, "alice@example.com", "--name", "Alice", "--code", ALICE),
        (*adding, "amir@example.com", "--name", "Amir", "--code", AMIR),
    )
    stage.cart_attribute = amir["cart_attribute"]
    stage.screen.line(f"Alice passes on the code {alice['code']}, Amir the link {amir['link']}")


def three_orders(stage: Stage) -> None:
    """Three orders: Bob with Alice's code, Carl by himself, Dana by Amir's link"""
    customers = {each["first_name"]: each["id"] for each in stage.shop.truth()["customers"]}
    place = stage.shop.create_order
    taxes: Answer = {"taxes_included": True, "tax_rate": "0.19", "shipping": "4.90", "paid": True}
    bobs = [{"title": "Teapot", "price": "131.00", "quantity": 1}]
    code = {"code": ALICE.lower(), "amount": "12.00"}
    stage.orders["Bob"] = place(customer=customers["Bob"], lines=bobs, discount_codes=[code], **taxes)
    carls = [{"title": "Cup", "price": "59.50", "quantity": 1}]
    stage.orders["Carl"] = place(customer=customers["Carl"], lines=carls, **taxes)
    danas = [{"title": "Cup", "price": "59.50", "quantity": 2}]
    came = {"landing_site": f"/?ref={AMIR}", "note_attributes": {"_refhub": stage.cart_attribute}}
    stage.orders["Dana"] = place(customer=customers["Dana"], lines=danas, **came, **taxes)
    stage.expect(stage.shop.settle(), "the shop signed and sent its webhooks, and the hub acknowledged all of them")
    told = _orders_as_the_hub_sees_them(stage)
    for name in ("Bob", "Carl", "Dana"):
        stage.tell(f"{name}'s order", told[name])
    stage.expect(not told["Carl"]["rewards"], "nobody earns from Carl's order")


def _orders_as_the_hub_sees_them(stage: Stage) -> dict[str, Answer]:
    stage.hub.run_until("every delivery is read", _all_read, "deliveries", "list")
    asked = [("why", order["name"]) for order in stage.orders.values()]
    return dict(zip(stage.orders, stage.hub.run_together(*asked), strict=True))


def _all_read(rows: list[Answer]) -> bool:
    return bool(rows) and all(row["state"] != "stored" for row in rows)


def a_duplicate_and_a_forgery(stage: Stage) -> None:
    """The same webhook comes once more, and somebody forges one"""
    delivery = stage.shop.deliveries(topic="orders/paid")[0]
    repeated = stage.shop.send(delivery["id"])[0]
    body = {"id": 4711, "total_price": "9999.00", "email": "mallory@example.com"}
    forged = stage.shop.forge(stage.webhook_url, "orders/paid", body)
    paid = [row for row in stage.hub.run("deliveries", "list") if row["topic"] == "orders/paid"]
    stage.expect(repeated["status"] == 200, "the repeated webhook is acknowledged (200)")
    stage.expect(forged["status"] == 401, "the forged one is turned away before it is read (401)")
    words = f"{len(stage.orders)} orders, {len(paid)} deliveries of orders/paid: neither left a trace"
    stage.expect(len(paid) == len(stage.orders), words)


def a_partial_refund(stage: Stage) -> None:
    """Dana sends one of her two cups back"""
    order = stage.orders["Dana"]
    stage.shop.refund_order(order["id"], lines=[{"line": 0, "quantity": 1}])
    stage.expect(stage.shop.settle(), "the shop told the hub of the refund")
    told = stage.hub.run_until("the refund is counted", _is_reversed, "why", order["name"])
    for entry in told["rewards"]:
        reward = entry["reward"]
        words = f"{reward['granted']['text']} for the {reward['side']} became {reward['net']['text']}"
        stage.expect(reward["net"]["minor"] * 2 == reward["granted"]["minor"], words)


def _is_reversed(told: Answer) -> bool:
    return any(conversion["reversed"]["minor"] for conversion in told["conversions"])


def the_hold_ends(stage: Stage) -> None:
    """Fifteen days later the hold is over; and the shop's first answer gets lost on its way back"""
    stage.shop.fate("effect_then_drop", "storeCreditAccountCredit")
    stage.turn(HOLD_DAYS * 24 * 3600)
    stage.hub.run("clock", f"{HOLD_DAYS}d")
    with stage.screen.waiting("the rewards leave for the shop"):
        until("everybody has a reward at the shop", lambda: _rewards_at_the_shop(stage), lambda held: held == 5)
    for push in stage.hub.run_until("every answer but one is in", _all_but_one, "pushes", "list"):
        where = f"receipt {push['receipt']}" if push["receipt"] else "no answer came: given or not?"
        stage.screen.line(f"{push['order_name']} {push['amount']['text']} {push['state']}: {where}")
    stage.screen.line("Sending again could pay twice. So the hub waits, and then looks at the account.")


def the_hub_looks(stage: Stage) -> None:
    """Ten minutes later the hub looks the lost one up"""
    stage.turn((QUIET_MINUTES + 1) * 60)
    stage.hub.run("clock", f"{QUIET_MINUTES + 1}m")
    for push in stage.hub.run_until("the lost one is found", _all_confirmed, "pushes", "list"):
        receipt = push["receipt"]
        stage.expect(bool(receipt), f"{push['order_name']} {push['amount']['text']} {push['state']}: receipt {receipt}")
    calls = stage.shop.calls("storeCreditAccountCredit")
    stage.expect(len(calls) == 3, "three store credits, three requests: none was sent a second time")


def _rewards_at_the_shop(stage: Stage) -> int:
    truth = stage.shop.truth()
    return len(truth["store_credit_accounts"]) + len(truth["gift_cards"])


def _all_but_one(pushes: list[Answer]) -> bool:
    """One is unknown; if Alice is the one, her second reward has to wait until the first is clear."""
    states = Counter(push["state"] for push in pushes)
    return states["unknown"] == 1 and states["confirmed"] >= 4 and sum(states.values()) == len(pushes)


def _all_confirmed(pushes: list[Answer]) -> bool:
    return Counter(push["state"] for push in pushes) == {"confirmed": 6}


def every_order_says_why(stage: Stage) -> None:
    """Support is asked about every order, deal and lead: why does it count, or not?"""
    rows = stage.hub.run("orders", "list")
    with stage.screen.waiting("every one is answered"):
        answers = [stage.hub.ask("why", row["id"]) for row in rows]
    for told in answers:
        decided = {one["decided_by"] for one in told["campaigns"]}
        stage.expect(all(decided) and not MACHINE.search(told["answer"]), told["answer"])


def ledger_and_shop_are_compared(stage: Stage) -> None:
    """What the shop truly holds and the CRMs truly show, beside what the hub's ledger says"""
    stage.is_sound, promises = stage.hub.is_sound()
    ledger, rewards = stage.hub.export("ledger", "rewards")
    stage.lines = [*compare(ledger, rewards, stage.shop.truth()), *shown_in_the_crms(stage, rewards)]
    rows = [
        (each.holder, each.kind.replace("_", " "), *(f"{each.currency} {each.ledger}", f"{each.currency} {each.shop}"))
        for each in stage.lines
    ]
    marks = ["equal" if each.is_equal else "DIFFERENT" for each in stage.lines]
    cells = [(*row, mark) for row, mark in zip(rows, marks, strict=True)]
    stage.screen.table(("WHO", "WHAT", "LEDGER", "THERE", ""), cells, right=frozenset({2, 3}))
    say = stage.screen.good if stage.is_sound else stage.screen.bad
    say(f"{promises} promises about money were checked" + ("" if stage.is_sound else ", and not all hold"))


CHAPTERS: tuple[Callable[[Stage], None], ...] = (
    connect_the_shop,
    connect_the_crms,
    offer_a_campaign,
    add_two_advocates,
    the_crms_are_looked_at,
    three_orders,
    a_won_deal,
    one_purchase_in_two_systems,
    a_duplicate_and_a_forgery,
    a_partial_refund,
    the_hold_ends,
    the_hub_looks,
    what_the_sales_team_sees,
    every_order_says_why,
    ledger_and_shop_are_compared,
)


def tell(stage: Stage) -> bool:
    """The story from connecting to comparing; True if all agree and every promise holds."""
    for chapter in CHAPTERS:
        stage.screen.chapter(chapter.__doc__ or chapter.__name__)
        chapter(stage)
    return bool(stage.lines) and stage.is_sound and all(each.is_equal for each in stage.lines)
