"""The registry: connectors are found by their entry points, and a wrong one is one sentence."""

from importlib.metadata import EntryPoint

import pytest

from core.contract.errors import WrongSetting
from core.gateway import registry
from core.gateway.registry import connector_class, connector_keys
from tests.support.shop import ShopConnector, install_pretend_shops


def test_our_own_connectors_come_through_the_same_door_as_strangers() -> None:
    install_pretend_shops()
    assert {"demo", "shopify", "pretend", "plain"} <= set(connector_keys())
    assert connector_class("pretend") is ShopConnector


@pytest.mark.parametrize("key", connector_keys())
def test_every_installed_connector_is_what_it_says(key: str) -> None:
    kind = connector_class(key)
    assert kind.key == key
    assert kind.label


def test_an_unknown_connector_is_named_with_those_there_are() -> None:
    with pytest.raises(WrongSetting, match=r"no connector 'shopfy': installed are .*shopify"):
        connector_class("shopfy")


def test_an_entry_point_that_is_no_connector_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("odd", "pathlib:Path", registry.GROUP)
    monkeypatch.setitem(registry._found(), "odd", point)
    with pytest.raises(WrongSetting, match=r"'odd' in referhub\.connectors is not a Connector"):
        connector_class("odd")
