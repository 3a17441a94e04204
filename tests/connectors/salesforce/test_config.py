"""What has to be filled in: mistakes are named when the org is connected, not when money is due."""

from dataclasses import asdict

import pytest

from connectors.salesforce.config import SalesforceConfig, loopback_origin, trusted_origin
from referhub import WrongSetting, config_from, settings_of
from tests.connectors.salesforce.support import NOW, config, keys, signing


def complaint(**settings: str) -> str:
    with pytest.raises(WrongSetting) as caught:
        config(**(signing() | settings))
    return str(caught.value)


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ({}, "https://login.salesforce.com"),
        ({"environment": "sandbox"}, "https://test.salesforce.com"),
        ({"domain": "acme.my.salesforce.com"}, "https://acme.my.salesforce.com"),
        ({"domain": "https://acme--uat.sandbox.my.salesforce.com/"}, "https://acme--uat.sandbox.my.salesforce.com"),
        ({"domain": "http://127.0.0.1:8123"}, "http://127.0.0.1:8123"),
    ],
)
def test_the_login_host_follows_the_environment(settings: dict[str, str], host: str) -> None:
    """SF-30"""
    assert config(**(signing() | settings)).login_host == host


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example",
        "http://acme.my.salesforce.com",
        "https://acme.my.salesforce.com.evil.example",
        "https://evilsalesforce.com",
        "https://salesforce.com@evil.example",
        "https://user:pass@acme.my.salesforce.com",
        "https://acme.my.salesforce.com:8443",
        "https://acme.my.salesforce.com/path",
        "https://acme.my.salesforce.com?q=1",
        "https://acme.my.salesforce.com#x",
        "https://acme.my.salesforce.com\\@evil.example",
        "https://-.salesforce.com",
        "https://[::1",
        "http://127.0.0.1.evil.example",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "",
    ],
)
def test_only_salesforce_and_this_computer_are_trusted(address: str) -> None:
    """SF-31"""
    assert trusted_origin(address) is None
    assert loopback_origin(address) is None


def test_a_login_with_a_password_is_refused_with_the_reason_and_the_end_date() -> None:
    """SF-32"""
    for settings in ({"login": "password"}, {"private_key": ""}):
        told = complaint(**settings)
        assert "Summer '27" in told
        assert "API 65" in told
        assert "External Client App" in told
        assert "fill in username and private_key, or client_secret and domain" in told


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"login": "soap"}, "login"),
        ({"login": "jwt", "username": ""}, "username"),
        ({"login": "client_credentials"}, "client_secret"),
        ({"private_key": "", "client_secret": "s"}, "domain"),
        ({"environment": "moon"}, "environment"),
        ({"environment": "custom"}, "domain"),
        ({"domain": "evil.example"}, "domain"),
        ({"api_version": "latest"}, "api_version"),
        ({"api_version": "59.0"}, "api_version"),
        ({"api_version": "66"}, "api_version"),
        ({"currency": "eur"}, "currency"),
        ({"private_key": "-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----"}, "private_key"),
        ({"private_key": keys()[1]}, "private_key"),
        ({"code_field": "Code__c FROM User"}, "code_field"),
        ({"opportunity_code_field": "a'b"}, "opportunity_code_field"),
        ({"objects": "Contact, Case"}, "objects"),
        ({"objects": " , "}, "objects"),
        ({"since": "yesterday"}, "since"),
        ({"previous_webhook_token_until": "soon"}, "previous_webhook_token_until"),
        ({"webhook_token": "easy-to-guess"}, "webhook_token"),
        ({"webhook_token": "x" * 30 + "/y"}, "webhook_token"),
        ({"previous_webhook_token": "old"}, "previous_webhook_token"),
        ({"bulk_above": "many"}, "bulk_above"),
        ({"bulk_above": "0"}, "bulk_above"),
    ],
)
def test_a_mistake_is_told_by_the_name_of_the_setting(settings: dict[str, str], named: str) -> None:
    assert named in complaint(**settings)


def test_no_complaint_repeats_a_secret() -> None:
    secret = "-----BEGIN PRIVATE KEY-----\nMIIsecretsecret\n-----END PRIVATE KEY-----"
    assert "MIIsecret" not in complaint(private_key=secret)
    assert "too-short" not in complaint(webhook_token="too-short")
    assert "hunter2" not in complaint(domain="https://user:hunter2@acme.my.salesforce.com")


def test_a_key_pasted_on_one_line_is_mended() -> None:
    pasted = signing() | {"private_key": keys()[0].replace("\n", "\\n")}
    assert config(**pasted).private_key.strip() == keys()[0].strip()


def test_settings_are_what_the_connect_form_asks_for() -> None:
    specs = {spec.name: spec for spec in settings_of(SalesforceConfig)}
    secrets = {name for name, spec in specs.items() if spec.is_secret}
    assert secrets == {"webhook_token", "private_key", "client_secret", "previous_webhook_token"}
    assert specs["webhook_token"].is_generated
    assert {name for name, spec in specs.items() if spec.is_required} == {"client_id", "currency"}
    made = config_from(
        SalesforceConfig, {"client_id": "k", "currency": "EUR", "username": "u", "private_key": keys()[0]}
    )
    assert made.api_version == "66.0"


def test_settings_survive_being_stored_and_opened_again() -> None:
    first = config(domain="acme.my.salesforce.com", since="2026-11-01", previous_webhook_token_until="2026-12-01")
    again = SalesforceConfig(**asdict(first))
    assert again == first
    assert again.since_at is not None
    assert again.since_at.isoformat() == "2026-11-01T00:00:00+00:00"


def test_tokens_of_the_address_are_the_ones_of_today() -> None:
    old = "the-token-before-0123456789"
    both = config(previous_webhook_token=old, previous_webhook_token_until="2026-12-01")
    assert both.tokens_at(NOW) == (both.webhook_token.encode(), old.encode())
    assert both.tokens_at(NOW.replace(month=12, day=2)) == (both.webhook_token.encode(),)
