"""A connector whose package is broken or gone: its connection waits for a person, and everybody else is served."""

from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest

from core.contract.errors import NeedsAttention
from core.gateway import registry
from core.models import Connection, Conversion
from core.services.campaigns import create_campaign, publish
from core.services.connections import connect, test_connection
from tests.support.hub import Scene, order, terms
from tests.support.shop import SHOPS, PretendShop


@pytest.fixture
def gone(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A second connection, whose connector can no longer be imported; a fresh process finds it so."""
    SHOPS["second"] = PretendShop("second")
    row, _, _ = connect(stage.hub, "plain", "The second shop", {"shop": "second"})
    monkeypatch.setitem(registry._found(), "plain", EntryPoint("plain", "gone_package:Plain", registry.GROUP))
    registry.connector_class.cache_clear()
    stage.hub._open.clear()
    yield row
    registry.connector_class.cache_clear()


def test_the_others_are_served_and_the_broken_one_says_what_to_do(stage: Scene, gone: Connection) -> None:
    stage.pay(order())
    assert len(stage.all(Conversion)) == 1
    assert stage.shop.total() == 1500
    broken = stage.one(Connection, id=gone.id)
    assert broken.status == "needs_attention"
    assert "'plain' (gone_package:Plain) cannot be loaded: ModuleNotFoundError" in broken.hint
    assert broken.hint.endswith("run `referhub connections test The second shop`")
    assert stage.one(Connection, id=stage.connection.id).status == "active"


def test_a_campaign_that_another_source_can_pay_is_still_published(stage: Scene, gone: Connection) -> None:
    create_campaign(stage.hub, terms(advocate={"percent": "20"}))
    assert publish(stage.hub, "friends")


def test_once_the_package_is_back_a_test_lets_the_connection_work_again(
    stage: Scene, gone: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NeedsAttention, match="cannot be loaded"):
        test_connection(stage.hub, gone.id)
    assert stage.one(Connection, id=gone.id).status == "needs_attention"
    back = EntryPoint("plain", "tests.support.shop:PlainConnector", registry.GROUP)
    monkeypatch.setitem(registry._found(), "plain", back)
    registry.connector_class.cache_clear()
    test_connection(stage.hub, gone.id)
    assert stage.one(Connection, id=gone.id).status == "active"
