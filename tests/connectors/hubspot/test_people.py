"""A contact is told as they are now: their addresses, what they were merged from, whether they are gone."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from referhub import (
    ContactErased,
    ContactForgotten,
    ContactReferred,
    ContactRestored,
    ContactSaved,
    ContactsMerged,
    DealWon,
    Event,
    Gone,
    IdentityClaim,
    IdentityKind,
    LeadQualified,
    Money,
    OrderKind,
)
from tests.connectors.hubspot.support import (
    NoNetwork,
    SmallPortal,
    connector,
    deal_told_by,
    delivery,
    event,
    only,
    payload,
    told_by,
)


def test_a_contact_is_known_by_its_id_all_its_addresses_and_its_phone(small: SmallPortal) -> None:
    small.contact("201", hs_additional_emails="Bob@Work.example; b@example.org;", phone="+49 30 1234567")
    told = only(told_by(small, event("contact.creation", propertyName="x")), ContactSaved)
    assert [(one.kind, one.value) for one in told.contact.identities] == [
        (IdentityKind.CONTACT, "201"),
        (IdentityKind.EMAIL, "bob@example.com"),
        (IdentityKind.EMAIL, "bob@work.example"),
        (IdentityKind.EMAIL, "b@example.org"),
        (IdentityKind.PHONE, "+49 30 1234567"),
    ]


def test_a_redacted_value_is_no_value(small: SmallPortal) -> None:
    """HS-20b."""
    small.contact("201", email="REDACTED", firstname="REDACTED", referred_by_code="REDACTED")
    told = only(told_by(small, event()), ContactSaved).contact
    assert [one.kind for one in told.identities] == [IdentityKind.CONTACT]
    assert told.name == "Baker"
    assert deal_told_by(small).order.evidence == ()


def test_a_code_that_was_written_on_a_contact_tells_their_deals_again(small: SmallPortal) -> None:
    told = told_by(small, event(propertyName="referred_by_code"))
    assert only(told, DealWon).order.source_id == "deal/301"
    # The contact, their deals' ids, the deals and those deals' contacts, of whom the only one is known already.
    assert len(small.asked) == 4


@pytest.mark.parametrize("hint", [event(propertyName="referred_by_code"), event("contact.polled")])
def test_a_code_that_is_no_longer_on_a_contact_is_news_for_their_deals(
    small: SmallPortal, hint: dict[str, Any]
) -> None:
    small.contact("201", referred_by_code=None)
    assert only(told_by(small, hint), DealWon).order.evidence == ()


def test_a_new_contact_without_a_code_costs_no_look_at_deals(small: SmallPortal) -> None:
    small.contact("201", referred_by_code=None)
    assert not [one for one in told_by(small, event("contact.creation")) if isinstance(one, DealWon)]
    assert len(small.asked) == 1


def test_another_property_of_the_contact_costs_no_look_at_their_deals(small: SmallPortal) -> None:
    told = told_by(small, event(propertyName="email"))
    assert [type(one) for one in told] == [ContactSaved]
    assert len(small.asked) == 1


def test_a_merge_makes_every_old_id_mean_the_new_contact(small: SmallPortal) -> None:
    """F57, HS-19."""
    small.contact("900")
    small.merge("contacts", ["201", "202", "150"], "900")
    told = told_by(small, event("contact.merge", 0, primaryObjectId=201, mergedObjectIds=[202], newObjectId=900))
    merged = [one for one in told if isinstance(one, ContactsMerged)]
    assert {one.kept.value for one in merged} == {"900"}
    assert [one.gone.value for one in merged] == ["150", "201", "202"]
    assert only(told, ContactSaved).contact.identities[0].value == "900"


def test_an_old_id_that_answers_with_another_record_was_merged(small: SmallPortal) -> None:
    """HS-19: the event itself was lost."""
    small.contact("900")
    small.merge("contacts", ["201"], "900")
    told = told_by(small, event("contact.deletion", 201))
    merged = only(told, ContactsMerged)
    assert (merged.kept.value, merged.gone.value) == ("900", "201")
    assert not [one for one in told if isinstance(one, ContactErased)]


def test_a_record_that_does_not_say_what_it_was_is_still_the_one_that_was_asked_for(small: SmallPortal) -> None:
    """HS-19."""
    small.contact("900")
    small.merge("contacts", ["201"], "900")
    find = small._find
    small._find = lambda kind, record_id: (
        (find(kind, record_id) or {})
        | {  # its properties without the former ids
            "properties": payload("contact")["properties"]
        }
    )
    merged = only(told_by(small, event()), ContactsMerged)
    assert (merged.kept.value, merged.gone.value) == ("900", "201")


def test_a_merge_whose_result_was_deleted_leaves_nobody(small: SmallPortal) -> None:
    told = told_by(small, event("contact.merge", 0, primaryObjectId=501, mergedObjectIds=[502], newObjectId=900))
    assert [one.identity.value for one in told if isinstance(one, ContactErased)] == ["501", "502", "900"]


def test_a_deleted_contact_is_erased_only_if_it_is_really_gone(small: SmallPortal) -> None:
    assert only(told_by(small, event("contact.deletion")), ContactSaved)
    small.archive("contacts", "201")
    assert only(told_by(small, event("contact.deletion")), ContactErased).identity.value == "201"
    assert only(told_by(small, event("contact.deletion", 999)), ContactErased).identity.value == "999"


def test_a_restored_contact_is_back(small: SmallPortal) -> None:
    told = told_by(small, event("contact.restore"))
    assert only(told, ContactRestored).contact.identities[0].value == "201"
    small.archive("contacts", "201")
    assert only(told_by(small, event("contact.restore")), ContactErased)


def test_a_privacy_deletion_needs_no_look_at_the_record() -> None:
    (told,) = connector(NoNetwork()).read(delivery(event("contact.privacyDeletion")))
    assert told == ContactForgotten(IdentityClaim(IdentityKind.CONTACT, "201"))


STAGES = {"qualified_stages": "salesqualifiedlead, opportunity"}


def test_a_referred_contact_at_a_qualified_stage_is_a_lead(small: SmallPortal) -> None:
    small.contact(
        "201",
        referred_by_code="ALICE-8F2K",
        lifecyclestage="opportunity",
        hs_lifecyclestage_salesqualifiedlead_date="2026-11-12T08:00:00Z",
        hs_lifecyclestage_opportunity_date="1795507200000",
    )
    order = only(told_by(small, event(propertyName="lifecyclestage"), **STAGES), LeadQualified).order
    assert (order.source_id, order.kind, order.base) == ("contact/201", OrderKind.LEAD, Money(0, "EUR"))
    assert (order.is_paid, order.cancelled_at) == (True, None)
    assert order.placed_at == datetime(2026, 11, 12, 8, tzinfo=UTC)
    assert order.evidence[0].value == "ALICE-8F2K"


def test_a_lead_that_falls_back_is_told_as_cancelled(small: SmallPortal) -> None:
    order = only(told_by(small, event(propertyName="lifecyclestage"), **STAGES), LeadQualified).order
    assert (order.is_paid, order.cancelled_at) == (False, order.updated_at)


def test_a_lead_nobody_referred_is_none_of_ours(small: SmallPortal) -> None:
    small.contact("202", lifecyclestage="opportunity")
    assert [type(one) for one in told_by(small, event(object_id=202), **STAGES)] == [ContactSaved]
    assert [type(one) for one in told_by(small, event(propertyName="lifecyclestage"))] == [ContactSaved]


COUNTED = STAGES | {"counts_contacts": "yes"}


def _counted(events: Sequence[Event]) -> dict[str, bool]:
    """What the events tell of contacts that count: whether each still stands."""
    told = [one.order for one in events if isinstance(one, (LeadQualified, ContactReferred))]
    return {order.source_id: order.is_paid and order.cancelled_at is None for order in told}


def test_contacts_that_became_one_count_once_under_their_oldest_id(small: SmallPortal) -> None:
    """HS-19: what was promised or paid for the elder goes on, and is not promised anew for the new id.

    What was paid for the younger stays paid, so it is not told as taken back.
    """
    small.contact("900", referred_by_code="ALICE-8F2K", lifecyclestage="opportunity")
    small.merge("contacts", ["99", "201"], "900")
    merged = event("contact.merge", 0, primaryObjectId=201, mergedObjectIds=[99], newObjectId=900)
    stands = {"contact/99": True, "referred/99": True, "contact/201": False, "referred/201": False}
    for hint in (merged, event("contact.polled", 900)):
        assert _counted(told_by(small, hint, **COUNTED)) == stands
        younger = [one.order for one in told_by(small, hint, **COUNTED) if isinstance(one, ContactReferred)][1]
        assert (younger.is_paid, younger.cancelled_at, younger.friend.identities) == (False, None, ())
    opened = connector(small, None, **COUNTED)
    theirs = {"referred/99": True, "contact/99": True, "referred/201": False, "contact/900": False}
    for name, is_theirs in theirs.items():
        assert isinstance(opened.verify(name), Gone) is not is_theirs


def test_a_contact_whose_code_was_taken_away_is_told_without_it(small: SmallPortal) -> None:
    small.contact("201", referred_by_code=None, lifecyclestage="opportunity")
    told = told_by(small, event(propertyName="referred_by_code"), **COUNTED)
    assert set(_counted(told)) == {"contact/201", "referred/201"}
    assert only(told, LeadQualified).order.evidence == only(told, ContactReferred).order.evidence == ()
