"""A connection that cannot work is refused with the name of the setting, before anything is sent."""

from datetime import UTC, datetime

import pytest

from connectors.hubspot.connector import HubSpot
from referhub import WrongSetting, abilities, config_from, settings_of
from tests.connectors.hubspot.support import SECRET, TOKEN, config


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"access_token": "", "client_id": ""}, "access_token"),
        ({"api_version": "v3"}, "api_version"),
        ({"api_base": "https://api.hubapi.com.evil.example"}, "api_base"),
        ({"api_base": "https://evil.example"}, "api_base"),
        ({"api_base": "http://api.hubapi.com"}, "api_base"),
        ({"api_base": "http://10.0.0.5:8000"}, "api_base"),
        ({"api_base": "ftp://127.0.0.1"}, "api_base"),
        ({"api_base": "https://user:pw@api.hubapi.com"}, "api_base"),
        ({"api_base": "http://127.0.0.1:port"}, "api_base"),
        ({"public_url": "http://hub.example"}, "public_url"),
        ({"public_url": "hub.example"}, "public_url"),
        ({"app_id": "app-1"}, "app_id"),
        ({"portal_id": "12 34"}, "portal_id"),
        ({"referred_by_property": "Referred by"}, "referred_by_property"),
        ({"deal_code_property": "code;drop"}, "deal_code_property"),
        ({"deal_reference_property": "{x}"}, "deal_reference_property"),
        ({"qualified_stages": "lead, Sales Qualified"}, "qualified_stages"),
        ({"association_label": "maybe"}, "association_label"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-02-30"}, "since"),
    ],
)
def test_a_setting_that_cannot_work_is_named(settings: dict[str, str], words: str) -> None:
    with pytest.raises(WrongSetting, match=words) as refusal:
        config(**settings)
    assert SECRET not in str(refusal.value)
    assert TOKEN not in str(refusal.value)
    assert "pw" not in str(refusal.value)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("", "https://api.hubapi.com"),
        ("https://api.hubapi.com/", "https://api.hubapi.com"),
        ("http://127.0.0.1:8003/", "http://127.0.0.1:8003"),
        ("http://localhost:8003", "http://localhost:8003"),
        ("http://[::1]:8003", "http://[::1]:8003"),
    ],
)
def test_the_token_goes_to_hubspot_or_to_this_computer(given: str, used: str) -> None:
    assert config(api_base=given).api_base == used


def test_lists_and_days_are_read_as_they_are_written() -> None:
    given = config(qualified_stages=" opportunity,salesqualifiedlead , ", since="2026-11-01", association_label="yes")
    assert given.stages == {"opportunity", "salesqualifiedlead"}
    assert given.since_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert given.shows_associations
    plain = config()
    assert (plain.stages, plain.since_at, plain.shows_associations) == (frozenset(), None, False)


def test_the_connect_form_hides_what_is_secret_and_asks_for_one_thing_only() -> None:
    specs = settings_of(HubSpot.config_class)
    assert {spec.name for spec in specs if spec.is_secret} == {
        "client_secret",
        "access_token",
        "previous_client_secret",
    }
    assert [spec.name for spec in specs if spec.is_required] == ["client_secret"]
    assert config_from(HubSpot.config_class, {"client_secret": "s", "client_id": "c"}).client_id == "c"


def test_it_reads_and_writes_and_pushes_no_money() -> None:
    assert HubSpot.reward_kinds == frozenset()
    assert set(abilities(HubSpot)) >= {
        "reads_many",
        "polls",
        "verifies",
        "locates",
        "writes",
        "shows",
        "checks_fields",
        "meters",
        "installs",
        "prepares",
    }
    assert "pushes" not in abilities(HubSpot)
