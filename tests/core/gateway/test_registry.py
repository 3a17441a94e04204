"""The registry: connectors are found by their entry points, and a wrong one is one sentence."""

from importlib.metadata import EntryPoint

import pytest
from click.testing import CliRunner

from core.commands import cli
from core.contract.errors import WrongSetting
from core.gateway import registry
from core.gateway.registry import connector_class, connector_keys
from tests.support.shop import ShopConnector, install_pretend_shops
from tests.support.verbs import office


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


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> str:
    """A stranger's package whose module is not there; its key."""
    point = EntryPoint("acme", "acme_referhub.connector:Acme", registry.GROUP)
    monkeypatch.setitem(registry._found(), "acme", point)
    return "acme"


def test_a_package_that_cannot_be_imported_is_one_sentence_with_the_cause(broken: str) -> None:
    with pytest.raises(WrongSetting) as told:
        connector_class(broken)
    assert str(told.value) == (
        "the connector 'acme' (acme_referhub.connector:Acme) cannot be loaded: "
        "ModuleNotFoundError: No module named 'acme_referhub'"
    )


def test_the_package_that_brought_a_broken_connector_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = registry._found()["demo"]
    point = EntryPoint("odd", "connectors.demo.connector:Nothing", registry.GROUP)._for(ours.dist)  # type: ignore[attr-defined]
    monkeypatch.setitem(registry._found(), "odd", point)
    with pytest.raises(WrongSetting, match=r"'odd' \(.* of the package referhub\) cannot be loaded: AttributeError"):
        connector_class("odd")


def test_a_broken_connector_stands_in_the_help_beside_the_others(broken: str) -> None:
    result = CliRunner().invoke(cli, ["connect", "--help"], obj=office(), catch_exceptions=False)
    said = " ".join(result.output.split())
    assert result.exit_code == 0
    assert "Connect Shopify" in said
    assert "cannot be loaded: ModuleNotFoundError: No module named 'acme_referhub'" in said


def test_connecting_a_broken_connector_is_refused_whatever_is_typed_after_it(broken: str) -> None:
    result = CliRunner().invoke(cli, ["connect", broken, "--token", "x"], obj=office(), catch_exceptions=False)
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert "cannot be loaded" in result.stderr


def test_a_connector_with_another_key_than_its_entry_point_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("other", "tests.support.shop:ShopConnector", registry.GROUP)
    monkeypatch.setitem(registry._found(), "other", point)
    with pytest.raises(WrongSetting, match=r"'other' .* the key 'pretend': give both the same name"):
        connector_class("other")


def test_a_connector_without_a_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("bare", "core.contract.connector:Connector", registry.GROUP)
    monkeypatch.setitem(registry._found(), "bare", point)
    with pytest.raises(WrongSetting, match="has no key and no label and no config_class"):
        connector_class("bare")
