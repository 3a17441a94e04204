"""Codes: a site that collects codes is known under any of its pages, and a leaked code is one used from everywhere."""

import pytest

from core.rules.fraud.facts import Bought
from tests.core.rules.fraud.cases import HOUR, case, found, recommended


@pytest.mark.parametrize("page", ["https://www.retailmenot.com/view/tea", "http://mydealz.de", "retailmenot.com/x?y=1"])
def test_whoever_comes_from_a_site_that_collects_codes_is_told(page: str) -> None:
    assert found("coupon_site", case(recommended(came_from=page)))


@pytest.mark.parametrize(
    "page", ["https://www.instagram.com/", "https://notretailmenot.com/", "android-app://mail", ""]
)
def test_any_other_page_is_not(page: str) -> None:
    assert found("coupon_site", case(recommended(came_from=page))) is None


def test_terms_may_add_sites() -> None:
    told = case(recommended(came_from="https://codes.example/tea"))
    assert found("coupon_site", told) is None
    assert found("coupon_site", told, sites=("https://codes.example",))


def crowd(count: int, linked: int = 0, **told: object) -> list[Bought]:
    """So many uses of the code within the last hours, each from its own network."""
    return [
        recommended(f"{n}", f"p{n}", -HOUR, **{"ip": f"198.51.100.{n}", "came_by_link": n < linked, **told})
        for n in range(count)
    ]


def test_a_code_used_from_everywhere_and_hardly_by_its_link_has_leaked() -> None:
    order = recommended(ip="203.0.113.1")
    seen = found("leaked_code", case(order, *crowd(25)))
    assert seen
    assert "26 networks" in seen.words
    assert len(seen.orders) == 25
    assert found("leaked_code", case(order, *crowd(24))) is None
    assert found("leaked_code", case(order, *crowd(25, linked=1))) is None, "one in 26 came by the link"
    assert found("leaked_code", case(order, *crowd(25, linked=1)), link_percent=4)
    assert found("leaked_code", case(order, *crowd(40, ip="198.51.100.1"))) is None, "that is one network"
    assert found("leaked_code", case(order, *crowd(40, code_id="OTHER"))) is None
    assert found("leaked_code", case(order, *crowd(40)), hours=1) is None
