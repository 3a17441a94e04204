"""Campaigns: drafts promise nothing, versions change nothing earned, and what nobody can pay is refused."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from core.contract.events import OrderPaid
from core.models import Allowance, AuditEntry, Campaign, Connection, Conversion, StoredTerms
from core.rules.terms import BadTerms
from core.services.campaigns import create_campaign, publish
from core.services.connections import NotFound
from core.services.enroll import enroll
from tests.support.hub import DAY, HOUR, START, Scene, friend, order, scene, terms


def test_a_draft_promises_nothing(bare: Scene) -> None:
    create_campaign(bare.hub, terms())
    bare.advocate()
    bare.tell(OrderPaid(order(placed=DAY)))
    assert bare.one(Campaign).state == "draft"
    assert bare.all(Conversion) == []


def test_terms_that_cannot_be_kept_are_not_stored(bare: Scene) -> None:
    with pytest.raises(BadTerms, match=r"hold\.days"):
        create_campaign(bare.hub, terms(hold={"days": -1}))
    assert bare.all(Campaign) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"friend": {"kind": "points"}},
            r"friend\.kind: no connected source can pay points; .*gift_card, store_credit",
        ),
        ({"counts": {"currency": "USD"}}, r"counts\.currency: no connected source sells in USD; write EUR"),
        ({"campaign": {"ends_at": "2025-01-01"}}, r"campaign\.ends_at: 2025-01-01 is over"),
        (
            {"counts": {"when": {"all": [{"field": "order.a", "is": "x"}, {"field": "order.a", "is_not": "x"}]}}},
            r"counts\.when: .* can never be true; change one of them",
        ),
    ],
)
def test_what_cannot_work_is_not_published(bare: Scene, changes: dict[str, dict[str, Any]], words: str) -> None:
    create_campaign(bare.hub, terms(**changes))
    with pytest.raises(BadTerms, match=words):
        publish(bare.hub, "friends")
    assert bare.one(Campaign).state == "draft"
    assert bare.one(StoredTerms).effective_at is None


def test_only_what_the_connected_connector_pays_counts(database_url: str) -> None:
    plain = scene(database_url, connector="plain")
    create_campaign(plain.hub, terms(friend={"kind": "gift_card"}))
    with pytest.raises(BadTerms, match="gift_card"):
        publish(plain.hub, "friends")
    plain.hub.database.close()


def test_a_field_that_no_connected_source_tells_is_not_asked_for(database_url: str) -> None:
    demo = scene(database_url)
    with demo.hub.database.transaction() as session:
        session.execute(update(Connection).values(connector="demo"))
    create_campaign(demo.hub, terms(counts={"when": {"field": "order.country", "is": "DE"}}))
    with pytest.raises(BadTerms, match=r"counts\.when: no connected source tells order\.country; known are"):
        publish(demo.hub, "friends")
    demo.hub.database.close()


def test_the_counter_exists_before_the_first_reward(bare: Scene) -> None:
    """F26: a row that does not exist yet cannot be locked."""
    create_campaign(bare.hub, terms(limits={"budget": "100.00"}))
    publish(bare.hub, "friends")
    row = bare.one(Allowance, name="budget:EUR")
    assert (row.ceiling, row.used) == (10_000, 0)


def test_a_new_version_holds_from_its_time_and_changes_nothing_earned(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    _, version = create_campaign(stage.hub, terms(advocate={"percent": "50"}))
    assert version.version == 2
    publish(stage.hub, "friends", effective_at=START + DAY)
    stage.tell(OrderPaid(order(base="200.00", updated=2 * DAY)))
    stage.tell(OrderPaid(order("1002", placed=DAY - timedelta(seconds=1), buyer=friend("ben"))))
    stage.tell(OrderPaid(order("1003", placed=DAY, buyer=friend("carl"))))
    granted = {order_id: stage.reward(order_id).granted_minor for order_id in ("1001", "1002", "1003")}
    assert granted == {"1001": 2000, "1002": 1000, "1003": 5000}
    assert stage.violations() == {}


def test_publishing_again_does_not_move_the_time(stage: Scene) -> None:
    _, first = publish(stage.hub, "friends")
    stage.watch.forward(HOUR)
    _, again = publish(stage.hub, "friends")
    assert first.effective_at == again.effective_at == START - 400 * DAY


def test_an_unknown_campaign_is_told_with_those_there_are(stage: Scene) -> None:
    with pytest.raises(NotFound, match="no campaign 'foes': there are friends"):
        publish(stage.hub, "foes")


def test_every_act_is_in_the_audit_trail(stage: Scene) -> None:
    acts = [(entry.verb, entry.detail) for entry in stage.all(AuditEntry, subject="campaign:friends")]
    assert [verb for verb, _ in acts] == ["create_terms", "publish"]
    assert acts[0][1] == "version 1"


def test_an_order_can_count_in_two_campaigns_for_two_advocates(stage: Scene) -> None:
    create_campaign(stage.hub, terms(campaign={"slug": "tea"}, friend=None))
    publish(stage.hub, "tea", effective_at=START - DAY)
    enroll(stage.hub, "tea", email="zoe@example.com", code="ZOE")
    from core.contract.events import Evidence, EvidenceKind

    stage.tell(OrderPaid(order(evidence=[Evidence(EvidenceKind.LANDING_REF, "ZOE")])))
    assert {row[1]: row[2] for row in stage.facts()["conversions"]} == {"friends": "MIRA", "tea": "ZOE"}
    assert set(stage.order().reasons) == {"friends", "tea"}
    assert stage.violations() == {}


def test_orders_that_came_before_the_campaign_was_published_count_once_it_holds_for_them(bare: Scene) -> None:
    """I3: whether the order or the operator came first makes no difference."""
    create_campaign(bare.hub, terms())
    bare.advocate()
    bare.tell(OrderPaid(order()), OrderPaid(order("1002", placed=-2 * DAY, buyer=friend("ben"))))
    publish(bare.hub, "friends", effective_at=START - DAY)
    assert bare.one(Conversion).order_source_id == "1001"
    assert bare.violations() == {}


def test_an_order_of_the_very_second_of_publishing_counts(bare: Scene) -> None:
    """Shops stamp whole seconds, so the campaign begins with its second and not in the middle of it."""
    create_campaign(bare.hub, terms())
    bare.watch.at = START + timedelta(microseconds=700_000)
    _, version = publish(bare.hub, terms()["campaign"]["slug"])
    assert version.effective_at == START


def test_a_draft_gets_its_time_once(bare: Scene) -> None:
    create_campaign(bare.hub, terms())
    publish(bare.hub, "friends", effective_at=START)
    assert bare.one(StoredTerms).effective_at == START
