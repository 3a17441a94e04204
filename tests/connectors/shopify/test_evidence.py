"""Traces of a referral: kept as found, dropped when they cannot be a code at all."""

from typing import Any

import pytest

from referhub import Evidence, EvidenceKind
from tests.connectors.shopify.support import connector, delivery, payload


def evidence(**values: Any) -> tuple[Evidence, ...]:
    bare = {"discount_codes": [], "note_attributes": [], "landing_site": None, "landing_site_ref": None}
    (event,) = connector().read(delivery("orders/paid", payload("order_paid") | bare | values))
    found: tuple[Evidence, ...] = event.order.evidence  # type: ignore[union-attr]
    return found


def test_all_traces_of_an_order_come_strongest_first() -> None:
    (event,) = connector().read(delivery("orders/paid", payload("order_paid")))
    assert event.order.evidence == (  # type: ignore[union-attr]
        Evidence(EvidenceKind.CODE, "Friend-7KQ2M9XA"),
        Evidence(EvidenceKind.SIGNED_ATTRIBUTE, "v1.ALICE-8F2K.01JABCDEF.0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
        Evidence(EvidenceKind.LANDING_REF, "ALICE-8F2K"),
    )


def test_two_codes_keep_their_order() -> None:
    """SH-28"""
    found = evidence(discount_codes=[{"code": "bob-1"}, {"code": "ALICE-2"}, {"code": "bob-1"}])
    assert found == (Evidence(EvidenceKind.CODE, "bob-1"), Evidence(EvidenceKind.CODE, "ALICE-2"))


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        17,
        [],
        {"a": 1},
        "x" * 1024,
        "'; DROP TABLE orders;--",
        "<script>alert(1)</script>",
        "v1.ALICE 8F2K.x.y",
        "ALICE\n8F2K",
        "ÄLICE",
    ],
)
def test_what_cannot_be_a_token_leaves_no_trace(value: object) -> None:
    """SH-29"""
    assert evidence(note_attributes=[{"name": "_refhub", "value": value}]) == ()
    assert evidence(discount_codes=[{"code": value}]) == ()
    assert evidence(landing_site_ref=value) == ()


def test_duplicate_attributes_are_all_kept_and_forged_ones_are_told_for_the_core_to_judge() -> None:
    """SH-29: the connector does not hold the key; it passes the token on as found."""
    pairs = [
        {"name": "_refhub", "value": "v1.ALICE-8F2K.a.forged"},
        {"name": "_refhub", "value": " v1.BOB-1.b.forged "},
        {"name": "_REFHUB", "value": "v1.EVE.c.d"},
        {"name": None, "value": "v1.EVE.c.d"},
        "not an object",
    ]
    assert [item.value for item in evidence(note_attributes=pairs)] == [
        "v1.ALICE-8F2K.a.forged",
        "v1.BOB-1.b.forged",
    ]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/?ref=ALICE-8F2K", "ALICE-8F2K"),
        ("/?a=1&ref=ALICE-8F2K&b=2#x", "ALICE-8F2K"),
        ("https://shop.example/p?ref=%20ALICE-8F2K%20", "ALICE-8F2K"),
        ("/?ref=first&ref=second", "first"),
        ("/?" + "&".join(f"a{i}=1" for i in range(200)) + "&ref=LAST", "LAST"),
        ("/?xref=NO", None),
        ("/ref=NO", None),
        ("/?ref=", None),
        ("http://[::1?ref=ALICE-8F2K", "ALICE-8F2K"),
        ("/?ref=%FF%FE", None),
        ("/?a=?ref=NO", None),
        ("/?ref=NO&x=" + "y" * 5000, None),
        (42, None),
        (None, None),
    ],
)
def test_the_landing_page_tells_its_ref(address: object, expected: str | None) -> None:
    """SH-30"""
    found = [item.value for item in evidence(landing_site=address)]
    assert found == ([expected] if expected else [])


def test_the_same_ref_told_twice_is_one_trace() -> None:
    found = evidence(landing_site="/?ref=ALICE-8F2K", landing_site_ref="ALICE-8F2K")
    assert found == (Evidence(EvidenceKind.LANDING_REF, "ALICE-8F2K"),)


def test_a_flood_of_codes_is_cut_off() -> None:
    assert len(evidence(discount_codes=[{"code": f"C{i}"} for i in range(500)])) == 20
