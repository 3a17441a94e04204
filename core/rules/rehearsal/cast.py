"""The cast: made-up people who recommend, buy and send back, as a table of what each of them does."""

from collections.abc import Iterator

from core.contract.events import OrderKind
from core.rules.rehearsal.role import (
    AnswerGetsLost,
    Buys,
    Expects,
    Mail,
    Moment,
    Need,
    Recommends,
    Role,
    SendsBack,
    Step,
)

STRANGERS = 3
FRIENDS_AT_THE_LIMIT = 2
LOYAL_FRIENDS = 3


def _strangers(count: int, code_of: str) -> Iterator[Step]:
    return (Buys(f"Stranger {number}", code_of) for number in range(1, count + 1))


def _pairs(count: int) -> Iterator[Step]:
    """Friends of as many advocates, so that only what concerns all of them together can stop anything."""
    for number in range(1, count + 1):
        yield Recommends(f"Advocate {number}")
        yield Buys(f"Friend {number}", f"Advocate {number}")


ANN, BEN = Recommends("Ann"), Buys("Ben", "Ann")
CAST: tuple[Role, ...] = (
    Role("honest-friend", "An honest friend", "Ann recommends, and Ben buys with her code", Expects.PAID, (ANN, BEN)),
    Role(
        "loyal-advocate",
        "A loyal advocate",
        f"Ann brings {LOYAL_FRIENDS} friends, one after the other",
        Expects.PAID,
        (ANN, *_strangers(LOYAL_FRIENDS, "Ann")),
        (Need.BUYING, Need.STEPS),
    ),
    Role(
        "sent-back",
        "Sent back before the payout",
        "Ben buys with Ann's code and sends everything back while the rewards are held",
        Expects.TAKEN_BACK,
        (ANN, BEN, SendsBack("Ben", 2, Moment.MEANWHILE)),
        (Need.BUYING, Need.TAKING_BACK, Need.HOLD),
    ),
    Role(
        "half-sent-back",
        "Half of it sent back before the payout",
        "Ben buys two pieces with Ann's code and sends one back while the rewards are held",
        Expects.HALF,
        (ANN, BEN, SendsBack("Ben", 1, Moment.MEANWHILE)),
        (Need.ORDERS, Need.HOLD),
    ),
    Role(
        "sent-back-late",
        "Sent back after the payout",
        "Ben buys with Ann's code, both are rewarded, and then Ben sends everything back",
        Expects.TAKEN_BACK,
        (ANN, BEN, SendsBack("Ben", 2, Moment.AFTERWARDS)),
        (Need.BUYING, Need.TAKING_BACK),
    ),
    Role(
        "half-sent-back-late",
        "Half of it sent back after the payout",
        "Ben buys two pieces with Ann's code, both are rewarded, and then Ben sends one back",
        Expects.HALF,
        (ANN, BEN, SendsBack("Ben", 1, Moment.AFTERWARDS)),
        (Need.ORDERS,),
    ),
    Role(
        "self-referrer",
        "Somebody who refers himself",
        "Sam buys with his own code, under a second e-mail address and a second account",
        Expects.NOTHING,
        (Recommends("Sam"), Buys("Sam again", "Sam")),
        emails={"Sam": "sam.rehearses@gmail.com", "Sam again": "samrehearses+offer@gmail.com"},
    ),
    Role(
        "known-customer",
        "A customer who is none of the new ones",
        "Kim buys by herself, and once more with Ann's code",
        Expects.FIRST_ONLY,
        (ANN, Buys("Kim"), Buys("Kim", "Ann", moment=Moment.MEANWHILE)),
        (Need.ORDERS,),
    ),
    Role(
        "unpaid",
        "An order that is never paid",
        "Ben orders with Ann's code and does not pay",
        Expects.NOTHING,
        (ANN, Buys("Ben", "Ann", is_paid=False)),
        (Need.BUYING, Need.PAYING),
    ),
    Role(
        "too-small",
        "An order below the minimum",
        "Ben buys with Ann's code, for less than the minimum",
        Expects.NOTHING,
        (ANN, Buys("Ben", "Ann", is_too_small=True)),
        (Need.BUYING, Need.MINIMUM),
    ),
    Role(
        "left-out",
        "Something that the conditions leave out",
        "Ben buys with Ann's code what does not fulfil the conditions",
        Expects.NOTHING,
        (ANN, Buys("Ben", "Ann", is_left_out=True)),
        (Need.BUYING, Need.MISSING),
    ),
    Role(
        "two-advocates",
        "A friend of two advocates",
        "Ann and Amir both recommend the shop to Ben, who uses Ann's code first and Amir's later",
        Expects.ONE_ADVOCATE,
        (ANN, Recommends("Amir"), BEN, Buys("Ben", "Amir", moment=Moment.MEANWHILE)),
        (Need.ORDERS,),
    ),
    Role(
        "late-news",
        "News that comes late",
        "Ben buys with Ann's code, and the shop's webhook arrives only later",
        Expects.PAID,
        (ANN, Buys("Ben", "Ann", mail=Mail.LATE)),
        (Need.ORDERS,),
    ),
    Role(
        "repeated-news",
        "News that comes three times",
        "Ben buys with Ann's code, and the shop sends each webhook three times",
        Expects.PAID,
        (ANN, Buys("Ben", "Ann", mail=Mail.REPEATED)),
        (Need.ORDERS,),
    ),
    Role(
        "lost-answer",
        "An answer that gets lost",
        "Ben buys with Ann's code; the shop gives a reward, and its answer never arrives",
        Expects.PAID,
        (ANN, BEN, AnswerGetsLost()),
    ),
    Role(
        "ring",
        "A ring",
        "Ria recommends to Rob, Rob to Roy, and Roy to Ria",
        Expects.WATCHED,
        (
            *(Recommends(who) for who in ("Ria", "Rob", "Roy")),
            *(Buys("Rob", "Ria"), Buys("Roy", "Rob"), Buys("Ria", "Roy")),
        ),
    ),
    Role(
        "leaked-code",
        "A leaked code",
        f"Lea's code is on a coupon site: {STRANGERS} strangers buy with it within an hour",
        Expects.WATCHED,
        (Recommends("Lea"), *_strangers(STRANGERS, "Lea")),
    ),
    Role(
        "at-the-cap",
        "An advocate at the cap",
        f"Ann brings {FRIENDS_AT_THE_LIMIT} friends",
        Expects.STOPPED,
        (ANN, *_strangers(FRIENDS_AT_THE_LIMIT, "Ann")),
        (Need.BUYING, Need.CAP),
    ),
    Role(
        "at-the-budget",
        "The end of the budget",
        f"{FRIENDS_AT_THE_LIMIT} advocates bring a friend each, until the budget is used up",
        Expects.STOPPED,
        tuple(_pairs(FRIENDS_AT_THE_LIMIT)),
        (Need.BUYING, Need.BUDGET),
    ),
    Role(
        "a-deal",
        "A won deal",
        "Ben was referred by Ann and buys from sales: the deal is won",
        Expects.PAID,
        (ANN, Buys("Ben", "Ann", kind=OrderKind.DEAL)),
        (Need.DEALS,),
    ),
    Role(
        "deal-and-order",
        "A deal and its order",
        "Ben's order with Ann's code is entered into the CRM as a won deal, too",
        Expects.PAID,
        (ANN, BEN, Buys("Ben", "Ann", kind=OrderKind.DEAL)),
        (Need.ORDERS, Need.DEALS),
    ),
    Role(
        "a-lead",
        "A qualified lead",
        "Ben was referred by Ann, and sales say that he is worth selling to",
        Expects.PAID,
        (ANN, Buys("Ben", "Ann", kind=OrderKind.LEAD)),
        (Need.LEADS,),
    ),
    Role(
        "unqualified",
        "A lead that is never qualified",
        "Ben was referred by Ann, and sales never say that he is worth selling to",
        Expects.NOTHING,
        (ANN, Buys("Ben", "Ann", kind=OrderKind.LEAD, is_paid=False)),
        (Need.LEADS,),
    ),
    Role(
        "a-contact",
        "A new contact",
        "Ben becomes a contact, and Ann's code stands on him",
        Expects.PAID,
        (ANN, Buys("Ben", "Ann", kind=OrderKind.CONTACT)),
        (Need.CONTACTS,),
    ),
)
