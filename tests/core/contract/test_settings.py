"""Settings of a connection are filled in strictly."""

from dataclasses import dataclass

import pytest

from core.contract.errors import WrongSetting
from core.contract.settings import config_from, setting, settings_of


@dataclass(frozen=True)
class Settings:
    """Two settings that are needed, and one that is not."""

    shop: str = setting("The shop's name", label="Shop")
    api_token: str = setting("The token of the app", secret=True)
    version: str = setting("The version", default="2026-10")


def test_the_form_is_drawn_from_the_settings() -> None:
    shop, token, version = settings_of(Settings)
    assert (shop.name, shop.label, shop.is_required, shop.is_secret) == ("shop", "Shop", True, False)
    assert (token.label, token.help, token.is_secret) == ("api token", "The token of the app", True)
    assert not version.is_required


def test_settings_are_taken_as_given_and_empty_ones_fall_back() -> None:
    assert config_from(Settings, {"shop": "tea", "api_token": "t", "version": ""}) == Settings("tea", "t", "2026-10")


@pytest.mark.parametrize("values", [{"shop": "tea"}, {"shop": "tea", "api_token": ""}])
def test_a_missing_setting_is_named_with_what_it_is_for(values: dict[str, str]) -> None:
    with pytest.raises(WrongSetting, match=r"api_token is missing: The token of the app"):
        config_from(Settings, values)


def test_an_unknown_setting_is_named_with_those_that_exist() -> None:
    with pytest.raises(WrongSetting, match=r"unknown setting 'shopp': this connector knows shop, api_token, version"):
        config_from(Settings, {"shop": "tea", "api_token": "t", "shopp": "tea"})
