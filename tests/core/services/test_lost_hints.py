"""Lost hints: whatever is lost, repeated or told in another order, one look at everything leads to the same money."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.contract.events import (
    Contact,
    ContactSaved,
    ContactsMerged,
    DealReopened,
    DealWon,
    Event,
    Evidence,
    EvidenceKind,
    IdentityClaim,
    IdentityKind,
    LeadQualified,
    Order,
    OrderCancelled,
    OrderKind,
    OrderPaid,
    OrderPlaced,
)
from tests.support.databases import sqlite_url
from tests.support.hub import DAY, HOUR, Scene, contact, customer, email, open_hub, order, scene

SOURCES = ("shop", "crm", "other")
LOST = 0.3
LEAD = IdentityClaim(IdentityKind.LEAD, "lead-anna")
# How each source knows the same two people; in the CRM Anna has two contacts, and was a lead before.
WHO = {
    "shop": {"anna": customer("anna"), "ben": customer("ben")},
    "crm": {"anna": contact("c-anna"), "ben": contact("c-ben"), "anna's second": contact("c-anna-2"), "lead": LEAD},
    "other": {"anna": contact("77"), "ben": contact("78")},
}
MERGES: tuple[tuple[str, Event], ...] = (
    ("crm", ContactsMerged(kept=contact("c-anna"), gone=contact("c-anna-2"))),
    ("crm", ContactsMerged(kept=contact("c-anna"), gone=LEAD)),
    ("shop", ContactsMerged(kept=customer("customer-mira"), gone=customer("ben"))),
)
News = tuple[str, Event]


@dataclass(frozen=True)
class History:
    """What happened, as it was told; and how everything stands in the end, as a poll finds it."""

    told: tuple[News, ...]
    standing: tuple[News, ...]


def known(source: str, who: str) -> Contact:
    """A person as that source describes them. Every address belongs to one account of a source at most."""
    name = {"ben": "ben", "anna's second": "anna.two"}.get(who, "anna")
    return Contact(identities=(WHO[source][who], email(f"{name}@example.com")))


def event(told: Order) -> Event:
    """What a state means."""
    if told.kind is OrderKind.LEAD:
        return LeadQualified(told)
    if told.kind is OrderKind.DEAL:
        return DealWon(told) if told.is_paid else DealReopened(told)
    return OrderCancelled(told) if told.cancelled_at else OrderPaid(told) if told.is_paid else OrderPlaced(told)


@st.composite
def lives(draw: st.DrawFn, number: int) -> list[News]:
    """One record at one source with up to three states; the last one is how it stands."""
    source = draw(st.sampled_from(SOURCES))
    who = draw(st.sampled_from(sorted(WHO[source])))
    kind = (
        OrderKind.ORDER if source == "shop" else draw(st.sampled_from((OrderKind.DEAL, OrderKind.DEAL, OrderKind.LEAD)))
    )
    placed = draw(st.integers(0, 5)) * DAY
    codes = draw(st.sets(st.sampled_from(("MIRA", "ZOE", "NOBODYS")), max_size=2))
    references = draw(st.sets(st.sampled_from(("#1", "#2", "3")), max_size=1)) if source != "shop" else set()
    states: list[News] = []
    for step in range(draw(st.integers(1, 3))):
        base = "0.00" if kind is OrderKind.LEAD else draw(st.sampled_from(("50.00", "100.00")))
        told = order(
            f"{source}-{number}",
            base,
            code=None,
            buyer=known(source, who),
            placed=placed,
            updated=step * HOUR,
            cancelled=HOUR if kind is not OrderKind.DEAL and draw(st.sampled_from((False, False, True))) else None,
            is_paid=kind is OrderKind.LEAD or draw(st.sampled_from((True, True, False))),
            evidence=_evidence(kind, codes),
        )
        states.append((source, event(replace(told, kind=kind, name=f"#{number}", references=tuple(references)))))
        if kind is OrderKind.DEAL:  # somebody corrects the field
            codes = draw(st.sampled_from((codes, set())))
    return states


def _evidence(kind: OrderKind, codes: set[str]) -> list[Evidence]:
    what = EvidenceKind.CODE if kind is OrderKind.ORDER else EvidenceKind.CONTACT_FIELD
    return [Evidence(what, code) for code in sorted(codes)]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Up to six records of two people in three systems, perhaps with merges and changed contacts."""
    records = [draw(lives(number)) for number in range(1, draw(st.integers(2, 6)) + 1)]
    merges = draw(st.sets(st.sampled_from(MERGES), max_size=2))
    contacts = [("crm", ContactSaved(known("crm", "anna"))), ("other", ContactSaved(known("other", "ben")))]
    told = [news for states in records for news in states]
    standing = [states[-1] for states in records]
    rest: list[News] = [*sorted(merges, key=str), *contacts]
    return History((*told, *rest), (*standing, *rest))


@pytest.fixture(scope="module")
def beginnings(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> "Beginnings":
    """Scenes that begin alike: a shop and two CRMs, two advocates, a campaign that counts everything."""
    folder = tmp_path_factory.mktemp("lost-hints")
    template = folder / "template.db"
    shutil.copy(migrated_sqlite, template)
    shop = scene(sqlite_url(template)).campaign(counts={"kinds": ["order", "deal", "lead"]})
    shop.advocate("MIRA")
    shop.advocate("ZOE", email="zoe@example.com")
    scenes = {"shop": shop, "crm": shop.beside("The CRM"), "other": shop.beside("The other CRM")}
    shop.hub.database.close()
    return Beginnings(folder, template, scenes, count())


@dataclass(frozen=True)
class Beginnings:
    """Where to begin, as often as wanted."""

    folder: Path
    template: Path
    scenes: dict[str, Scene]
    numbers: "count[int]"

    @contextmanager
    def anew(self) -> Iterator[dict[str, Scene]]:
        """All sources over one fresh hub."""
        copy = self.folder / f"{next(self.numbers)}.db"
        shutil.copy(self.template, copy)
        hub = open_hub(sqlite_url(copy), self.scenes["shop"].watch)
        yield {name: replace(one, hub=hub) for name, one in self.scenes.items()}
        hub.database.close()
        copy.unlink()


def tell(scenes: dict[str, Scene], news: Sequence[News]) -> None:
    """Each piece of news is told by its source."""
    for source, told in news:
        scenes[source].tell(told)


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(history=histories(), chance=st.randoms(use_true_random=False))
def test_lost_repeated_and_shuffled_hints_and_one_poll_lead_to_the_same_money(
    beginnings: Beginnings, history: History, chance: Random
) -> None:
    """X-01: over three sources with orders, deals, leads, one purchase in several of them, and merges."""
    heard = [news for news in history.told if chance.random() > LOST]
    heard += chance.sample(heard, len(heard) // 2)
    chance.shuffle(heard)
    polled = list(history.standing)
    chance.shuffle(polled)
    with beginnings.anew() as straight, beginnings.anew() as mixed:
        tell(straight, history.told)
        tell(mixed, [*heard, *polled])
        assert mixed["shop"].facts() == straight["shop"].facts()
        assert mixed["shop"].digest() == straight["shop"].digest()
        assert straight["shop"].violations() == mixed["shop"].violations() == {}


def test_the_histories_are_rich_enough_to_prove_anything(beginnings: Beginnings) -> None:
    """One purchase in three systems, a lead who became a contact, and a merge: told, it earns and repeats."""
    anna, crm = known("shop", "anna"), known("crm", "anna's second")
    told = order("shop-1", code="MIRA", buyer=anna)
    won = replace(told, source_id="crm-1", kind=OrderKind.DEAL, friend=crm, evidence=(), references=(told.name,))
    lead = replace(told, source_id="crm-2", kind=OrderKind.LEAD, friend=known("crm", "lead"))
    with beginnings.anew() as scenes:
        tell(scenes, [("crm", DealWon(won)), ("crm", LeadQualified(lead)), ("shop", OrderPaid(told)), *MERGES[:2]])
        facts = scenes["shop"].facts()
        assert [row[0] for row in facts["conversions"]] == ["crm-2", "shop-1"]
        assert facts["duplicates"] == [["crm-1", "shop-1"]]
