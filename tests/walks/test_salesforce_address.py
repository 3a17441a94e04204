"""The secret address of outbound messages: unguessable, told by connecting, and rotated without losing a message."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.salesforce import OrgControl, SandboxOrg
from tests.support.live import Scene

CONNECT = ("connect", "salesforce", "--client-id", "sandbox-consumer-key", "--client-secret", "secret")


@pytest.fixture
def org() -> Iterator[OrgControl]:
    """An org that tells nobody yet."""
    with SandboxOrg(client_secret="secret") as running:
        yield OrgControl(running.base_url)


def connected(stage: Scene, org: OrgControl) -> dict[str, Any]:
    """What connecting (or connecting anew) says."""
    told: dict[str, Any] = stage.referhub(*CONNECT, "--currency", "EUR", "--domain", org.base_url)
    return told


def statuses(org: OrgControl, *urls: str) -> list[int]:
    """What each address answers to a message of this very org."""
    record = org.create_contact(LastName="Ana")["Id"]
    return [org.forge(url, object="Contact", record_id=record)["status"] for url in urls]


def answer_of(url: str) -> tuple[int, str, bytes]:
    """All that a stranger hears there."""
    answer = requests.post(url, b"<x/>", headers={"Content-Type": "text/xml"}, timeout=5)
    return answer.status_code, answer.headers["Content-Type"], answer.content


def test_connecting_anew_keeps_the_address(stage: Scene, org: OrgControl) -> None:
    first = connected(stage, org)
    assert len(first["webhook_url"].rpartition("/")[2]) >= 43
    assert connected(stage, org)["webhook_url"] == first["webhook_url"]


def test_the_old_address_works_until_its_time_and_any_other_is_not_found(stage: Scene, org: OrgControl) -> None:
    """SF-08."""
    old = connected(stage, org)["webhook_url"]
    rotated = stage.referhub("connections", "rotate", "salesforce", "--days", "2")
    new = rotated["webhook_url"]
    assert new != old
    address, _, token = new.rpartition("/")
    spoilt = [f"{address}/{one}" for one in (token[:-1], token.swapcase(), f"{token}x")] + [address]
    assert statuses(org, new, old) == [200, 200]
    assert statuses(org, *spoilt) == [404] * len(spoilt)
    # Whoever guesses does not hear which part was right.
    elsewhere = f"{address.rpartition('/')[0]}/{'0' * 32}/{token}"
    assert len({answer_of(url) for url in (*spoilt, elsewhere)}) == 1
    stage.later("2d")
    stage.later("1m")
    assert statuses(org, new, old) == [200, 404]


def test_a_source_with_a_secret_of_its_own_is_sent_there(stage: Scene) -> None:
    failed = stage.invoke("connections", "rotate", "shopify")
    assert failed.exit_code != 0
    assert "rotate it at the source" in failed.output
