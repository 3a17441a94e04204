"""A small town buys in a hub: the hub gathers, judges and stops as the rules do when they are measured on paper."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.contract.events import Contact, Evidence, EvidenceKind, IdentityClaim, IdentityKind, Order, OrderPaid
from core.contract.money import Money
from core.contract.signals import Signal, SignalKind
from core.models import Assessment, Code, Conversion, StoredOrder
from core.services.enroll import enroll
from core.services.trusting import trust
from sandbox.population import ARCHETYPES, Human, Sale, Town, settle
from tests.support.databases import copy_sqlite
from tests.support.hub import Scene, Watch, scene

KINDS = frozenset(SignalKind)
# Where only first orders count nobody recommends in a circle: who closes it has bought before.
LABELS = ("plain", "couple", "masked_mail", "expatriate", "respelt_mail", "second_mailbox", "serial_mails", "throwaway")


@pytest.fixture
def town() -> Town:
    """Some of every kind."""
    return settle(50, 3, {name: ARCHETYPES[name] for name in LABELS})


@pytest.fixture
def hub(town: Town, migrated_sqlite: Any, tmp_path: Path) -> Iterator[Scene]:
    """The town has bought there, and everything that counted was judged."""
    watch = Watch(max(sale.at for sale in town.sales))
    one = scene(copy_sqlite(migrated_sqlite, tmp_path), watch=watch).campaign()
    humans = {human.key: human for human in town.humans}
    for key in dict.fromkeys(sale.advocate for sale in town.sales if sale.advocate):
        place = {"customer": key, "connection": "The shop", "email": humans[key].mail}
        advocate = enroll(one.hub, "friends", **place, code=f"code-{key}")
        if humans[key].is_trusted:
            trust(one.hub, advocate.person_id, "known", actor="Zoe")
    one.tell(*(OrderPaid(told(sale, humans[sale.human])) for sale in town.sales))
    one.work()
    yield one
    one.hub.database.close()


def told(sale: Sale, human: Human) -> Order:
    """The sale as a shop tells it: an account, an address, and what was seen."""
    claims = (IdentityClaim(IdentityKind.CUSTOMER, human.key), IdentityClaim(IdentityKind.EMAIL, human.mail))
    evidence = (Evidence(EvidenceKind.CODE, f"code-{sale.advocate}"),) if sale.advocate else ()
    return Order(
        source_id=sale.key,
        name=sale.key,
        base=Money.parse("100.00", "EUR"),
        friend=Contact(identities=claims, name=human.name),
        is_paid=True,
        is_test=False,
        placed_at=sale.at,
        updated_at=sale.at,
        evidence=evidence,
        signals=tuple(Signal(SignalKind(kind), value) for kind, value in sale.traces.items() if kind in KINDS),
    )


def outcomes(hub: Scene) -> dict[str, str]:
    """What the hub made of each order that counted."""
    query = select(StoredOrder.source_id, Assessment.outcome).join(Conversion, Conversion.order_id == StoredOrder.id)
    with hub.hub.database.reading() as session:
        rows = session.execute(query.join(Assessment, Assessment.conversion_id == Conversion.id)).all()
    return {str(source_id): str(outcome) for source_id, outcome in rows}


def test_cheats_are_stopped_nobody_honest_is_blocked_and_the_books_are_right(hub: Scene, town: Town) -> None:
    found, labels = outcomes(hub), {sale.key: sale.label for sale in town.sales}
    cheats = {key: outcome for key, outcome in found.items() if ARCHETYPES[labels[key]].is_cheat}
    honest = {key: outcome for key, outcome in found.items() if key not in cheats}
    assert len(cheats) >= 8
    assert len(honest) >= 15
    assert {labels[key] for key in cheats} == {name for name in LABELS if ARCHETYPES[name].is_cheat}
    assert sum(outcome in ("held", "blocked") for outcome in cheats.values()) >= 0.9 * len(cheats)
    assert {labels[key] for key, outcome in found.items() if outcome == "blocked"} == {"respelt_mail"}
    assert sum(outcome == "held" for outcome in honest.values()) <= 0.1 * len(honest)
    assert hub.violations() == {}
    assert len(hub.all(Code)) == len({sale.advocate for sale in town.sales if sale.advocate}), "no code was exchanged"
