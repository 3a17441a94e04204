"""Any order: the same news, told in any order and any number of times, leads to the same money."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.contract.events import (
    Contact,
    ContactsMerged,
    Event,
    Evidence,
    EvidenceKind,
    OrderCancelled,
    OrderPaid,
    OrderPlaced,
    OrderRefunded,
    Refund,
)
from core.contract.money import Money
from tests.support.databases import sqlite_url
from tests.support.hub import DAY, HOUR, START, Scene, customer, email, open_hub, order, scene

# Who may buy. Every address belongs to at most one living account: see docs/decisions/who-is-who.md.
ANNA, BEN = customer("anna"), customer("ben")
PEOPLE = {
    "anna": Contact(identities=(ANNA, email("anna@gmail.com"))),
    "anna, without her address": Contact(identities=(ANNA,)),
    "anna, as a guest": Contact(identities=(email("Anna+shop@gmail.com"),)),
    "anna's second account": Contact(identities=(customer("anna-2"), email("anna.two@example.com"))),
    "ben": Contact(identities=(BEN, email("ben@example.com"))),
    "ben, as a guest": Contact(identities=(email("ben@example.com"),)),
    "mira, the advocate": Contact(identities=(customer("customer-mira"),)),
    "nobody": Contact(),
}
SHOWN_AS = {
    "anna": ("anna", "anna, without her address", "anna, as a guest"),
    "ben": ("ben", "ben, as a guest", "anna"),  # an order may be given to another customer
}
MERGES = {
    "anna had two accounts": ContactsMerged(kept=ANNA, gone=customer("anna-2")),
    "ben is mira": ContactsMerged(kept=customer("customer-mira"), gone=BEN),
    "anna's second account is ben's": ContactsMerged(kept=BEN, gone=customer("anna-2")),
}
Fresh = Callable[[], AbstractContextManager[Scene]]
CODES = ("MIRA", "ZOE", "MIRA-AGAIN", "ZOE-AGAIN", "NOBODYS")
TELL: dict[str, Callable[..., Event]] = {"placed": OrderPlaced, "paid": OrderPaid, "cancelled": OrderCancelled}

deltas = st.integers(0, 40).map(lambda days: days * DAY)
amounts = st.sampled_from(("0.00", "20.00", "33.33", "100.00", "100.01", "250.00"))


@st.composite
def stories(draw: st.DrawFn) -> list[Event]:
    """Everything a shop might tell of up to four orders, each with its own life."""
    told: list[Event] = []
    for number in range(draw(st.integers(1, 4))):
        told += draw(lives(str(1001 + number)))
    told += [MERGES[name] for name in draw(st.sets(st.sampled_from(sorted(MERGES)), max_size=2))]
    return told


@st.composite
def lives(draw: st.DrawFn, source_id: str) -> list[Event]:
    """One order's tellings: placed, paid, edited, refunded, cancelled, unpaid again, given to somebody else."""
    who = draw(st.sampled_from(sorted(PEOPLE)))
    placed = draw(deltas)
    refunds = draw(st.lists(refunds_of(source_id), max_size=2, unique_by=lambda one: one.source_id))
    told: list[Event] = []
    is_paid = False
    for step in range(draw(st.integers(1, 3))):
        is_paid = draw(st.booleans()) or (is_paid and draw(st.booleans()))
        shown = draw(st.sampled_from(SHOWN_AS.get(who, (who,))))
        cancelled = draw(st.sampled_from((None, None, None, 5 * HOUR)))
        state = order(
            source_id,
            draw(amounts),
            code=None,
            buyer=PEOPLE[shown],
            placed=placed,
            updated=step * HOUR,
            cancelled=cancelled,
            is_paid=is_paid,
            is_test=draw(st.sampled_from((False, False, False, True))),
            evidence=[Evidence(EvidenceKind.CODE, code) for code in draw(st.sets(st.sampled_from(CODES), max_size=2))],
            refunds=[one for one in refunds if draw(st.booleans())],
        )
        told.append(TELL["cancelled" if cancelled else "paid" if is_paid else "placed"](state))
    told += [OrderRefunded(source_id, one) for one in refunds if draw(st.booleans())]
    return told


@st.composite
def refunds_of(draw: st.DrawFn, order_id: str) -> Refund:
    """A refund with its own id."""
    number = draw(st.integers(1, 2))
    amount = Money.parse(draw(amounts), "EUR")
    return Refund(source_id=f"{order_id}-r{number}", amount=amount, refunded_at=START + draw(deltas))


@pytest.fixture(scope="module")
def fresh(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """Scenes that begin alike: one campaign for first orders, one for all with last touch and tiers, and four codes."""
    folder, numbers = tmp_path_factory.mktemp("any-order"), count()
    template = folder / "template.db"
    shutil.copy(migrated_sqlite, template)
    first = scene(sqlite_url(template)).campaign()
    first.advocate("MIRA")
    first.advocate("ZOE", email="zoe@example.com")
    first.slug = "always"
    first.campaign(
        campaign={"slug": "always"},
        counts={"first_order_only": False, "minimum": "0"},
        attribution={"touch": "last"},
        advocate={
            "kind": "gift_card",
            "percent": "33.33",
            "at_most": "40.00",
            "tiers": [{"from": 2, "percent": "20"}],
            "milestones": [{"at": 2, "amount": "3.00"}],
        },
        friend=None,
    )
    first.advocate("MIRA-AGAIN", customer="customer-mira")
    first.advocate("ZOE-AGAIN", email="zoe@example.com")
    first.hub.database.close()

    @contextmanager
    def open_one() -> Iterator[Scene]:
        copy = folder / f"{next(numbers)}.db"
        shutil.copy(template, copy)
        one = replace(first, hub=open_hub(sqlite_url(copy), first.watch))
        yield one
        one.hub.database.close()

    return open_one


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(story=stories(), mixing=st.randoms(use_true_random=False))
def test_the_same_news_in_any_order_and_number_gives_the_same_money(
    fresh: Fresh, story: list[Event], mixing: Random
) -> None:
    """I3 and issue 2, point 12: conversions, rewards and ledger do not depend on how the news travelled."""
    with fresh() as straight, fresh() as mixed:
        for event in story:
            straight.tell(event)
            assert straight.violations() == {}
        for batch in batches([*story, *mixing.sample(story, len(story) // 2)], mixing):
            mixed.tell(*batch)
            assert mixed.violations() == {}
        assert mixed.facts() == straight.facts()
        assert mixed.digest() == straight.digest()


def batches(told: list[Event], mixing: Random) -> Iterator[Sequence[Event]]:
    """The news shuffled, in handfuls of one to three."""
    mixing.shuffle(told)
    while told:
        size = mixing.randint(1, 3)
        yield told[:size]
        told = told[size:]
