"""Without a password the served dashboard is for this machine's own browser; who comes by a proxy stays out."""

import pytest

from tests.doors.knocking import Door

PROXY_HEADERS = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "Via", "X-Real-IP")


def test_this_machines_own_browser_gets_in(door: Door) -> None:
    assert door.post({}, b"", path="/dashboard/", method="GET") == 200


@pytest.mark.parametrize("name", PROXY_HEADERS)
def test_a_proxy_that_rewrites_the_host_does_not_open_the_dashboard(door: Door, name: str) -> None:
    for value in ("203.0.113.7", "https", ""):
        assert door.post({name: value}, b"", path="/dashboard/", method="GET") == 403
