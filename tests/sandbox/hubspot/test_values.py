"""Values: what each type takes, how it is kept and told, and what is refused."""

from __future__ import annotations

import pytest

from sandbox.hubspot import PortalControl
from tests.sandbox.hubspot.conftest import Api

NBSP, ZERO_WIDTH = "\u00a0", "\u200b"


@pytest.mark.parametrize(
    ("name", "written", "kept"),
    [
        ("referral_count", "3", "3"),
        ("referral_revenue", "1500.50", "1500.50"),
        ("referral_revenue", "-0.10", "-0.10"),
        ("referral_last_at", "1790000000000", "2026-09-21T14:13:20.000Z"),
        ("referral_last_at", "2026-09-21T16:13:20+02:00", "2026-09-21T14:13:20.000Z"),
        ("referral_last_at", "2026-09-21T14:13:20.5Z", "2026-09-21T14:13:20.500Z"),
        ("referral_last_at", "2026-09-21", "2026-09-21T00:00:00.000Z"),
        ("birthday", "1789948800000", "2026-09-21"),
        ("birthday", "2026-09-21", "2026-09-21"),
        ("lifecyclestage", "customer", "customer"),
        ("likes", "tea;cake", "tea;cake"),
        ("is_vip", "true", "true"),
        ("firstname", " Zoë ", " Zoë "),
        ("firstname", "=1+1", "=1+1"),
    ],
)
def test_a_good_value_is_kept(desk: PortalControl, api: Api, alice: int, name: str, written: str, kept: str) -> None:
    """HS-27, HS-39."""
    more(desk)
    assert api.update((alice, {name: written})).status_code == 200
    assert desk.contact(alice)[name] == kept


@pytest.mark.parametrize(
    ("name", "written", "code"),
    [
        ("referral_count", "1,5", "INVALID_INTEGER"),
        ("referral_count", "NaN", "INVALID_INTEGER"),
        ("referral_count", "1_000", "INVALID_INTEGER"),
        ("referral_count", "EUR 3", "INVALID_INTEGER"),
        ("referral_count", f"3{NBSP}", "INVALID_WHITESPACE"),
        ("referral_count", " 3", "INVALID_WHITESPACE"),
        ("referral_last_at", f"1790000000000{ZERO_WIDTH}", "INVALID_WHITESPACE"),
        ("referral_last_at", "yesterday", "INVALID_DATE"),
        ("referral_last_at", "2026-09-21T14:13:20", "INVALID_DATE"),
        ("referral_last_at", "9" * 30, "INVALID_DATE"),
        ("birthday", "1789948800001", "INVALID_DATE"),
        ("birthday", "2026-02-30", "INVALID_DATE"),
        ("lifecyclestage", "Customer", "INVALID_OPTION"),
        ("likes", "tea;coffee", "INVALID_OPTION"),
        ("is_vip", "yes", "INVALID_BOOLEAN"),
        ("email", "nobody", "INVALID_EMAIL"),
        ("createdate", "1790000000000", "READ_ONLY_VALUE"),
    ],
)
def test_a_bad_value_is_refused(desk: PortalControl, api: Api, alice: int, name: str, written: str, code: str) -> None:
    """HS-27."""
    more(desk)
    before = desk.contact(alice)
    answer = api.update((alice, {name: written}))
    assert answer.status_code == 400
    assert [each["code"] for each in answer.json()["errors"]] == [code]
    assert desk.contact(alice) == before


def more(desk: PortalControl) -> None:
    desk.add_property("birthday", type="date", field_type="date")
    desk.add_property("likes", type="enumeration", field_type="checkbox", options=["tea", "cake"])
    desk.add_property("is_vip", type="bool", field_type="booleancheckbox")


def test_times_are_told_in_milliseconds_by_webhooks(desk: PortalControl, alice: int) -> None:
    """HS-39: a date is its midnight UTC, wherever the portal is."""
    more(desk)
    desk.settings(time_zone="Pacific/Auckland")
    desk.update_contact(alice, birthday="2026-09-21", referral_last_at="2026-09-21T14:13:20Z")
    told = {each["body"]["propertyName"]: each["body"]["propertyValue"] for each in desk.events(objectId=alice)[-2:]}
    assert told == {"birthday": "1789948800000", "referral_last_at": "1790000000000"}
