"""Trusting: whom an operator trusts may be fast; merges and splits give nobody a trust that nobody meant."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import select

from core.contract.events import ContactsMerged, OrderPaid
from core.models import AuditEntry, Code, Identity, TrustedAdvocate
from core.services.judge_people import person_named, split_person
from core.services.trusting import trust
from tests.support.hub import HOUR, Scene, customer, friend, order, scene


@pytest.fixture
def stage(sqlite_url: str) -> Iterator[Scene]:
    """MIRA recommends a shop, on the database that is quickly made."""
    built = scene(sqlite_url).campaign()
    built.advocate()
    with closing(built.hub.database):
        yield built


def acts(stage: Scene) -> set[str]:
    """What stands in the audit trail."""
    return {row.verb for row in stage.all(AuditEntry)}


def trusted(stage: Scene, code: str = "MIRA") -> Scene:
    """Somebody said that this advocate may be fast."""
    trust(stage.hub, person_named(stage.hub, code), "a teacher with many pupils", actor="Zoe")
    return stage


def whom(stage: Scene) -> set[str]:
    """Whom somebody trusts."""
    with stage.hub.database.reading() as session:
        return set(session.scalars(select(TrustedAdvocate.person_id)))


def is_measured_mildly(stage: Scene) -> bool:
    """True when Mira's seventh order of one day waits for nobody."""
    stage.tell(*(OrderPaid(order(f"{n}", buyer=friend(f"p{n}"), placed=n * HOUR)) for n in range(7)))
    stage.work()
    return set(stage.states().values()) == {"held"}


def test_whoever_is_trusted_may_be_fast(stage: Scene) -> None:
    assert is_measured_mildly(trusted(stage))
    trust(stage.hub, person_named(stage.hub, "MIRA"), "no more", actor="Zoe", is_trusted=False)
    assert whom(stage) == set()
    assert {"trust", "distrust"} <= acts(stage)


@pytest.mark.parametrize("first", ["anna", "customer-mira"])
def test_trust_goes_on_with_the_human_when_a_customer_turns_out_to_be_the_advocate(stage: Scene, first: str) -> None:
    """Whichever of the two accounts is the elder one."""
    other = {"anna": "customer-mira", "customer-mira": "anna"}[first]
    stage.tell(OrderPaid(order("0800", code=None, buyer=friend("anna"))))
    trusted(stage).tell(ContactsMerged(kept=customer(first), gone=customer(other)))
    assert whom(stage) == {person_named(stage.hub, "MIRA")}
    assert is_measured_mildly(stage)


@pytest.mark.parametrize("said_of", ["MIRA", "ZOE"])
def test_trust_ends_when_the_advocate_becomes_one_with_another_whom_nobody_trusted(stage: Scene, said_of: str) -> None:
    stage.advocate("ZOE")
    trusted(stage, said_of).tell(ContactsMerged(kept=customer("customer-mira"), gone=customer("customer-zoe")))
    assert whom(stage) == set()
    assert "distrust" in acts(stage)
    assert not is_measured_mildly(stage)


def test_two_trusted_advocates_who_become_one_stay_trusted(stage: Scene) -> None:
    stage.advocate("ZOE")
    trusted(trusted(stage), "ZOE")
    stage.tell(ContactsMerged(kept=customer("customer-mira"), gone=customer("customer-zoe")))
    assert whom(stage) == {person_named(stage.hub, "MIRA")}


@pytest.mark.parametrize("codes", [[], ["MIRA"]])
def test_a_split_leaves_trust_with_the_codes_and_ends_it_where_these_are_parted(stage: Scene, codes: list[str]) -> None:
    stage.tell(OrderPaid(order("0800", code=None, buyer=friend("anna"))))
    stage.tell(ContactsMerged(kept=customer("customer-mira"), gone=customer("anna")))
    mira = stage.one(Code, text="MIRA").advocate_id
    (identity,) = [row.id for row in trusted(stage).all(Identity, person_id=mira) if row.lookup == "anna"]
    split_person(stage.hub, [identity], codes, "a typing error")
    assert whom(stage) == (set() if codes else {mira})
