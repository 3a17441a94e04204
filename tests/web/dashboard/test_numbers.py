"""Every number on a page equals the database's own."""

import re
from datetime import timedelta
from html import unescape

from flask.testing import FlaskClient
from sqlalchemy import select, text

from core.models import Conversion, Reward
from tests.support.dashboard import LookedAtHub

TAG = re.compile(r"<[^>]+>")


def _words(page: str) -> str:
    """What a person reads, without the markup."""
    return re.sub(r"\s+", " ", unescape(TAG.sub(" ", page)))


def _one(hub: LookedAtHub, question: str) -> int:
    with hub.database.reading() as session:
        return int(session.scalar(text(question)) or 0)


def _money(minor: int) -> str:
    return f"EUR {minor // 100}.{minor % 100:02d}"


def test_the_overview_says_what_the_tables_say(hub: LookedAtHub, client: FlaskClient, ids: dict[str, str]) -> None:
    page = _words(client.get("/dashboard/").text)
    net = "select sum(granted_minor - reversed_minor) from rewards where state in"
    owed = _one(hub, f"{net} ('held', 'review', 'due', 'pushing')")
    given = _one(hub, f"{net} ('pushed', 'netted', 'clawed_back')")
    counting = _one(hub, "select count(*) from conversions where state in ('pending', 'qualified')")
    orders = _one(hub, "select count(*) from orders")
    waiting = _one(hub, "select count(*) from deliveries where state = 'stored'")
    assert f"Orders that count {counting} of {orders} orders heard" in page
    assert f"Still owed {_money(owed)} promised" in page
    assert f"Pushed {_money(given)} after" in page
    assert f"Deliveries waiting {waiting} oldest since" in page


def test_rewards_by_state_are_counted_and_summed(hub: LookedAtHub, client: FlaskClient, ids: dict[str, str]) -> None:
    page = _words(client.get("/dashboard/").text)
    for state, words in {"held": "on hold", "due": "due", "pushed": "pushed", "review": "in review"}.items():
        count = _one(hub, f"select count(*) from rewards where state = '{state}'")
        net = _one(hub, f"select sum(granted_minor - reversed_minor) from rewards where state = '{state}'")
        assert f"{words} {count} {_money(net)}" in page


def test_what_waits_stands_on_top_and_leads_to_where_it_is_settled(client: FlaskClient, ids: dict[str, str]) -> None:
    page = client.get("/dashboard/").text
    words = _words(page)
    for told in (
        "Waiting for you Tea shop Tokyo The access token was revoked",
        "1 push without a certain outcome",
        "1 reward in review",
        "1 delivery could not be read",
    ):
        assert told in words, told
    for path in ("connections", "pushes?state=parked", "rewards?state=review", "deliveries?state=unreadable"):
        assert f'<a class="btn btn-sm text-nowrap mt-2 mt-sm-0" href="/dashboard/{path}">' in page, path


def test_a_late_connection_says_how_much_waits_and_since_when(hub: LookedAtHub, client: FlaskClient) -> None:
    with hub.story() as story:
        shop = story.connection(story.merchant())
        for minutes in (6, 7):
            story.delivery(shop, state="stored", received_at=story.now - timedelta(minutes=minutes))
    page = client.get("/dashboard/").text
    assert "Tea shop is late 2 deliveries wait to be read, the oldest since 2026-11-24 12:23 UTC." in _words(page)
    assert f"/dashboard/deliveries?state=stored&amp;connection={shop.id}" in page


def test_the_tabs_count_what_lies_behind_them(hub: LookedAtHub, client: FlaskClient, ids: dict[str, str]) -> None:
    page = _words(client.get("/dashboard/deliveries").text)
    total = _one(hub, "select count(*) from deliveries")
    ignored = _one(hub, "select count(*) from deliveries where state = 'ignored'")
    assert f"All {total} Waiting 1" in page
    assert f"Not for us {ignored}" in page


def test_a_filtered_list_shows_only_that_state_and_can_be_turned_with_it(
    client: FlaskClient, ids: dict[str, str]
) -> None:
    first = client.get("/dashboard/deliveries?state=read").text
    assert "not for us</span>" not in first
    assert first.count('href="/dashboard/deliveries/') == 21
    everything = client.get("/dashboard/deliveries").text
    older = re.search(r'rel="next" href="([^"]+)"', everything)
    assert older is not None
    second = client.get(unescape(older[1])).text
    assert everything.count('href="/dashboard/deliveries/') == 25
    assert second.count('href="/dashboard/deliveries/') == 33 - 25
    assert 'rel="prev"' in second


def test_a_filter_survives_turning_the_page(hub: LookedAtHub, client: FlaskClient) -> None:
    with hub.story() as story:
        shop = story.connection(story.merchant())
        for number in range(60):
            story.delivery(shop, state=("read", "ignored")[number % 2])
    page = client.get(f"/dashboard/deliveries?state=ignored&connection={shop.id}").text
    older = re.search(r'rel="next" href="([^"]+)"', page)
    assert older is not None
    second = client.get(unescape(older[1])).text
    assert second.count("not for us</span>") == 5
    assert "read</span>" not in second


def test_the_order_page_tells_the_whole_story(client: FlaskClient, ids: dict[str, str]) -> None:
    page = _words(client.get(f"/dashboard/orders/{ids['order']}").text)
    for part in (
        "Order #1001",
        "Counts at most EUR 80.00",
        "Friend Jonas Lindqvist",
        "Evidence: the referral link of the landing page MIRA-10",
        "terms version 3",
        "met: the friend's first order",
        "EUR 10.00 EUR 7.50",
        "transaction/9001",
        "the shop has no gift cards on its plan",
        "Pushed (stopped) 1 of 2",
        "Hold ends 18 Nov, 12:30 Released 23 Nov, 12:30 Pushed 23 Nov, 12:31",
        "EUR 20.00 of the base no longer counts",
    ):
        assert part in page, part


def test_the_reward_page_shows_pushes_and_ledger(client: FlaskClient, ids: dict[str, str]) -> None:
    page = _words(client.get(f"/dashboard/rewards/{ids['given']}").text)
    for part in ("EUR 7.50 as store credit", "Granted EUR 10.00", "Taken back EUR 2.50", "Stands EUR 7.50"):
        assert part in page, part
    assert "Receipt transaction/9001 · EUR 7.50 moved" in page
    assert "4 pushed 23 Nov, 12:30 due pushed −EUR 7.50 EUR 7.50" in page


def test_a_delivery_shows_its_opened_body(client: FlaskClient, ids: dict[str, str]) -> None:
    page = unescape(client.get(f"/dashboard/deliveries/{ids['delivery']}").text)
    assert '"total_price": "80.00",\n' in page
    assert "jonas@example.com" in page


def test_parked_pushes_come_first_and_say_what_to_do(client: FlaskClient, ids: dict[str, str]) -> None:
    page = _words(client.get("/dashboard/pushes").text)
    assert "the shop cannot tell which is ours" in page
    assert "referhub pushes resolve" in page
    assert "confirmed transaction/9001" not in page


def test_an_advocate_links_to_their_page_and_from_there_to_their_rewards(
    client: FlaskClient, ids: dict[str, str]
) -> None:
    page = client.get("/dashboard/advocates").text
    words = _words(page)
    assert "MIRA-10 Bring a friend https://tea.example/welcome?ref=MIRA-10" in words
    assert "AHMED-OLD Bring a friend 0" in words.replace("Friends ", "")  # a link that leads nowhere is not shown
    theirs = re.search(r'href="(/dashboard/people/[0-9a-f]{32})"><bdi>Mira Okafor', page)
    assert theirs is not None
    link = re.search(r'href="(/dashboard/rewards\?person=[0-9a-f]{32})">All of them', client.get(theirs[1]).text)
    assert link is not None
    rewards = client.get(link[1]).text
    assert "Only the rewards of Mira Okafor ." in _words(rewards)
    assert "Yuki Tanaka" not in rewards


def test_a_campaign_shows_its_terms_and_what_is_left_of_its_budget(client: FlaskClient, ids: dict[str, str]) -> None:
    page = client.get("/dashboard/campaigns").text
    words = _words(page)
    assert "Promised EUR 342.50 of EUR 500.00 Budget left EUR 157.50" in words
    assert '<progress class="d-block mt-1" max="50000" value="34250"' in page
    assert "Terms version 3, in force since 5 Sep, 12:30 campaign.destination" in words
    assert "Terms version 4, a draft" in words
    assert "hold.days 14 limits.budget" in words
    assert "hold.days 30 now 14 limits.budget 500.00 To publish" in words


def test_the_search_goes_straight_to_the_only_order_of_that_name(client: FlaskClient, ids: dict[str, str]) -> None:
    answer = client.get("/dashboard/orders?q=1001")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/dashboard/orders/{ids['order']}")
    assert "No order goes by that name" in client.get("/dashboard/orders?q=9999").text


def test_all_orders_can_be_read_with_the_reason_why_one_does_not_count(
    hub: LookedAtHub, client: FlaskClient, ids: dict[str, str]
) -> None:
    overview = client.get("/dashboard/").text
    total = _one(hub, "select count(*) from orders")
    counted = _one(hub, "select count(distinct order_id) from conversions where state in ('pending', 'qualified')")
    assert f'href="/dashboard/orders">{total} orders</a> heard' in overview
    page = _words(client.get("/dashboard/orders").text)
    assert f"All {total} Count {counted} Do not count {total - counted}" in page
    assert "#1001 Tea shop" in page
    others = _words(client.get("/dashboard/orders?state=not_counted").text)
    assert "does not count no evidence names an advocate of this campaign" in others
    assert "#1001" not in others.partition("Do not count")[2]
    assert "#1002" not in client.get("/dashboard/orders?state=counted").text


def test_the_orders_are_turned_with_their_filter(hub: LookedAtHub, client: FlaskClient) -> None:
    from core.contract.money import Money

    with hub.story() as story:
        shop = story.connection(story.merchant())
        for number in range(30):
            story.order(shop, f"#{100 + number}", Money(100, "EUR"))
    first = client.get("/dashboard/orders?state=not_counted").text
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older is not None
    assert "state=not_counted" in older[1]
    second = client.get(unescape(older[1])).text
    assert first.count("<bdi>#1") == 25
    assert second.count("<bdi>#1") == 5


def test_an_id_that_is_an_address_is_shown_as_its_number(hub: LookedAtHub, client: FlaskClient) -> None:
    from core.contract.money import Money

    gid = "gid://shop/Order/7000000000001"
    with hub.story() as story:
        order = story.order(story.connection(story.merchant()), "#7", Money(100, "EUR"), source_id=gid)
        story.refund(order, Money(50, "EUR"), story.now).source_id = "gid://shop/Refund/42"
    page = client.get(f"/dashboard/orders/{order.id}").text
    assert f'<bdi title="{gid}">7000000000001</bdi>' in page
    assert "Refund 42" in _words(page)
    assert "EUR 0.50 of the base was refunded (refund 42)" in _words(page)
    assert "gid://" not in _words(page)


def test_a_connection_called_like_its_connector_is_named_once(hub: LookedAtHub, client: FlaskClient) -> None:
    with hub.story() as story:
        shop = story.connection(story.merchant(), "shopify", account={}, source_id="tea-house.myshopify.com")
        story.delivery(shop)
    assert "shopify healthy" in _words(client.get("/dashboard/").text)
    assert "shopify shopify" not in _words(client.get("/dashboard/").text)
    assert "shopify tea-house.myshopify.com healthy" in _words(client.get("/dashboard/connections").text)


def test_letters_pasted_along_do_not_hide_an_order(client: FlaskClient, ids: dict[str, str]) -> None:
    answer = client.get("/dashboard/orders", query_string={"q": "\u200b #1001\u202c\0 "})
    assert answer.headers["Location"] == f"/dashboard/orders/{ids['order']}"


def test_the_search_lists_orders_that_share_a_name(hub: LookedAtHub, client: FlaskClient) -> None:
    from core.contract.money import Money

    with hub.story() as story:
        merchant = story.merchant()
        for label in ("Berlin", "Tokyo"):
            story.order(story.connection(merchant, label), "#7", Money(100, "EUR"))
    page = _words(client.get("/dashboard/orders?q=7").text)
    assert "2 orders called 7" in page
    assert "Berlin" in page
    assert "Tokyo" in page


def test_an_empty_hub_says_what_to_do_next_and_shows_no_zeros(client: FlaskClient) -> None:
    page = _words(client.get("/dashboard/").text)
    assert "Welcome. Four steps to the first reward" in page
    assert "referhub connect shopify" in page
    assert "Still owed" not in page


def test_times_are_utc_for_people_and_machines(client: FlaskClient, ids: dict[str, str]) -> None:
    page = client.get(f"/dashboard/orders/{ids['order']}").text
    assert (
        '<time class="number" datetime="2026-11-04T12:30:00Z" title="2026-11-04 12:30:00 UTC">4 Nov, 12:30</time>'
        in page
    )


def test_an_order_and_its_reward_say_how_much_more_a_limit_would_have_had_to_allow(
    hub: LookedAtHub, client: FlaskClient, ids: dict[str, str]
) -> None:
    with hub.database.transaction() as session:
        reward = session.scalars(select(Reward).where(Reward.state == "void")).first()
        assert reward is not None
        reward.refused_by = [{"name": "budget:EUR", "takes": 1000, "ceiling": 50_000, "used": 49_500}]
        order_id, reward_id = session.get_one(Conversion, reward.conversion_id).order_id, reward.id
    told = (
        "EUR 10.00 would have been promised to the advocate if "
        "the campaign's budget had been EUR 5.00 more; EUR 495.00 of EUR 500.00 were promised"
    )
    for path in (f"orders/{order_id}", f"rewards/{reward_id}"):
        assert told in _words(client.get(f"/dashboard/{path}").text), path
