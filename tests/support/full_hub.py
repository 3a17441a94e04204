"""A hub in the middle of its life, for looking at screens: every state occurs, and somebody is needed."""

from datetime import timedelta
from typing import Any

from core.contract.money import Money
from core.models import Campaign, Code, Connection, Conversion, Person
from tests.support.full_offers import OFFER, tell_offers
from tests.support.story import DAY, Story

NAMES = ("Mira Okafor", "Jonas Lindqvist", "Yuki Tanaka", "Zoë Brontë-Ferreira", "Ahmed El-Sayed", "Li Wei")
MINUTE = timedelta(minutes=1)
MET = [
    {"rule": "evidence.code", "passed": True, "words": "the discount code MIRA-10 names the code MIRA-10"},
    {"rule": "referral", "passed": True, "words": "the code MIRA-10 brought this friend"},
    {"rule": "self_referral", "passed": True, "words": "the buyer and the advocate are different people"},
    {"rule": "minimum", "passed": True, "words": "the order's base is EUR 80.00, the minimum EUR 30.00"},
    {"rule": "first_order", "passed": True, "words": "the friend's first order"},
]
NOBODY = [
    {"rule": "referral", "passed": False, "words": "no evidence names an advocate of this campaign"},
]
BODY = b'{"id":5500001,"name":"#1001","total_price":"80.00","customer":{"email":"jonas@example.com"}}'


def tell(story: Story) -> dict[str, Any]:
    """Everything is written; the rows that tests ask for are returned by name."""
    merchant = story.merchant()
    campaign = story.campaign(merchant, body=OFFER)
    story.terms(campaign, 4, None, OFFER | {"hold": {"days": 30}})
    story.budget(campaign, 50_000, 34_250)
    shop = story.connection(merchant, last_push_at=story.now - DAY, last_poll_at=story.now - 9 * MINUTE)
    second = story.connection(
        merchant,
        label="Tea shop Tokyo",
        source_id=f"tea-tokyo{story.suffix}.myshopify.com",
        status="needs_attention",
        hint="The access token was revoked: open the shop's admin, install the app again.",
    )
    people = [story.person(merchant, name, f"{name.split()[0].lower()}@example.com") for name in NAMES]
    codes = [
        story.code(people[0], campaign, "MIRA-10"),
        story.code(people[2], campaign, "YUKI-TEA"),
        story.code(people[4], campaign, "AHMED-OLD", is_active=False),
    ]
    story.collision(people[0], people[2], second)
    story.collision(people[1], people[4], second, "kept_apart")
    crm = _crm(story, merchant, people)
    hero = _hero(story, shop, campaign, codes[0], people[1])
    _unreferred(story, shop, campaign)
    _many(story, shop, codes, merchant)
    _parked(story, shop, codes[1], people[3])
    _in_review(story, shop, codes[1], people[5])
    _inbox(story, shop, second)
    offers = tell_offers(story, campaign, people)
    story.fact("last_check_at", (story.now - 4 * MINUTE).isoformat())
    story.fact("pushing_stopped", "")
    return {
        "merchant": merchant,
        "campaign": campaign,
        "shop": shop,
        "second": second,
        "crm": crm,
        "advocate": people[0],
        "friend": people[1],
        "code": codes[0],
        **hero,
        **offers,
    }


def _crm(story: Story, merchant: Any, people: list[Person]) -> Connection:
    """A CRM that pays nothing: one field is off, two records are parked, and a stranger knocked at its door."""
    crm = story.connection(
        merchant,
        "Sales CRM",
        connector="crm",
        source_id=f"portal-4711{story.suffix}",
        account={"name": "Acme", "missing_rights": ["crm.objects.deals.read"], "warnings": ["The plan has no leads."]},
        usage={"used": 61_200, "limit": 100_000, "words": "below 10 % only what pays is asked"},
        last_poll_at=story.now - 3 * MINUTE,
        last_write_at=story.now - 2 * MINUTE,
        refused_count=3,
        refused_at=story.now - 40 * MINUTE,
        refused_reason="the signature is not ours",
    )
    story.field_sync(
        crm,
        problems={"referral_revenue": "make it a number field"},
        drift={
            "looked_at": 4,
            "differing": 1,
            "healed": 1,
            "after": "",
            "begun_at": (story.now - DAY).isoformat(),
            "ended_at": (story.now - DAY + MINUTE).isoformat(),
            "fields": {},
        },
    )
    parked = ("a validation rule says no: pick a region", "two systems write this record against each other")
    for person, reason in zip(people, (*parked, "", "", "", ""), strict=True):
        story.synced_record(
            crm,
            person,
            is_parked=bool(reason),
            reason=reason or None,
            written={} if reason else {"fields": {"referral_code": "", "referral_count": "0"}, "tags": []},
            written_at=None if reason else story.now,
        )
    story.write_run(crm, started_at=story.now - 2 * MINUTE, written=4, refused=2, calls=2)
    return crm


def _hero(story: Story, shop: Connection, campaign: Campaign, code: Code, friend: Person) -> dict[str, Any]:
    """Order #1001: heard, counted, partly refunded, verified, one reward given and one refused."""
    placed = story.now - 20 * DAY
    delivery = story.delivery(shop, body=BODY, received_at=placed + MINUTE, read_at=placed + 2 * MINUTE)
    order = story.order(
        shop,
        "#1001",
        Money(8000, "EUR"),
        friend_id=friend.id,
        placed_at=placed,
        delivery_id=delivery.id,
        channel="online store",
        evidence=[{"kind": "code", "value": "mira-10"}, {"kind": "landing_ref", "value": "MIRA-10"}],
        reasons={campaign.slug: MET},
    )
    story.refund(order, Money(2000, "EUR"), placed + 3 * DAY)
    conversion = story.conversion(
        order,
        code,
        friend,
        converted_at=placed + 2 * MINUTE,
        verified_at=placed + 14 * DAY,
        reversed_minor=2000,
        reasons=MET,
    )
    story.reversal(conversion, "refund-0001", 2000, placed + 3 * DAY)
    given = story.reward(conversion, code.advocate_id, state="pushed", reversed_minor=250, recipient="customer/77")
    refused = story.reward(
        conversion,
        friend.id,
        "friend",
        500,
        kind="gift_card",
        state="rejected",
        reason="the shop has no gift cards on its plan",
        reversed_minor=125,
    )
    push = story.push(
        given,
        amount_minor=750,
        remote_id="transaction/9001",
        moved_minor=750,
        confirmed_at=story.now - DAY + MINUTE,
        story=[
            {"at": (story.now - DAY).isoformat(), "words": "sent to the shop"},
            {"at": (story.now - DAY + MINUTE).isoformat(), "words": "the shop confirmed transaction/9001"},
        ],
    )
    story.posting("grant", given, "programme", "held", 1000)
    story.posting("adjust", given, "held", "programme", 250)
    story.posting("release", given, "held", "due", 750)
    story.posting("push", given, "due", "pushed", 750)
    story.act(f"reward:{refused.id}", "looked at", detail="plan upgrade asked for")
    return {
        "order": order,
        "delivery": delivery,
        "conversion": conversion,
        "given": given,
        "refused": refused,
        "push": push,
    }


def _unreferred(story: Story, shop: Connection, campaign: Campaign) -> None:
    story.order(shop, "#1002", Money(4500, "EUR"), placed_at=story.now - 18 * DAY, reasons={campaign.slug: NOBODY})


def _counted(story: Story, shop: Connection, code: Code, friend: Person, name: str, days: int) -> Conversion:
    placed = story.now - days * DAY
    order = story.order(
        shop,
        name,
        Money(6400, "EUR"),
        friend_id=friend.id,
        placed_at=placed,
        updated_at=placed,
        evidence=[{"kind": "code", "value": code.text}],
    )
    return story.conversion(order, code, friend, reasons=MET)


def _many(story: Story, shop: Connection, codes: list[Code], merchant: Any) -> None:
    states = ("held", "held", "due", "pushed", "void", "clawed_back", "pushing", "netted")
    for number in range(14):
        friend = story.person(merchant, None, f"friend{number}@example.com")
        days = 27 - (number * number) % 27
        conversion = _counted(story, shop, codes[number % 2], friend, f"#{1100 + number}", days)
        state = states[number % len(states)]
        taken = 1000 if state == "clawed_back" else 0
        story.reward(conversion, codes[number % 2].advocate_id, state=state, reversed_minor=taken)
        story.reward(conversion, friend.id, "friend", 500, state="held")


def _parked(story: Story, shop: Connection, code: Code, friend: Person) -> None:
    reward = story.reward(_counted(story, shop, code, friend, "#1003", 17), code.advocate_id, state="pushing")
    words = (
        "intended",
        "sent; no answer came within 30 seconds",
        "two credits of EUR 10.00 stand in the account: the shop cannot tell which is ours",
    )
    story.push(
        reward,
        "parked",
        recipient="gid://shopify/Customer/7700112233",
        story=[
            {"at": (story.now - DAY + number * MINUTE).isoformat(), "words": told} for number, told in enumerate(words)
        ],
    )


def _in_review(story: Story, shop: Connection, code: Code, friend: Person) -> None:
    conversion = _counted(story, shop, code, friend, "#1004", 5)
    story.reward(
        conversion,
        code.advocate_id,
        state="review",
        reason="five rewards in an hour go to one account",
        due_at=story.now,
    )


def _inbox(story: Story, shop: Connection, second: Connection) -> None:
    story.delivery(
        second,
        "orders/updated",
        state="stored",
        received_at=story.now - 12 * MINUTE,
        due_at=story.now,
        key="b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
    )
    story.delivery(
        shop,
        "orders/create",
        b"<html>maintenance</html>",
        state="unreadable",
        reason="the body is not JSON",
        received_at=story.now - 50 * MINUTE,
    )
    for number in range(30):
        story.delivery(
            shop,
            "orders/updated" if number % 3 else "customers/update",
            state="read" if number % 3 else "ignored",
            received_at=story.now - (31 - number) * MINUTE,
            read_at=story.now - (31 - number) * MINUTE,
        )
