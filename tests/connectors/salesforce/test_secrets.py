"""No secret in any word that leaves the connector: not in errors, not in hints, not in logs."""

import logging
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from connectors.salesforce.connector import Salesforce
from referhub import AnswerLost, ConnectorError, HttpResponse, NotSent, Record
from tests.connectors.salesforce.support import (
    NOW,
    TOKEN,
    ScriptedHttp,
    answer,
    connector,
    errors,
    hint,
    keys,
    login,
    message,
    payload,
    signing,
)

ACCESS = "00D!the.access.token.of.this.test"
SECRET = "the-consumer-secret-of-this-test"
KEY = keys()[0].splitlines()[3]
SECRETS = (ACCESS, SECRET, KEY, TOKEN, "a.session.that.nobody.may.keep")
TROUBLES: list[HttpResponse | Exception] = [
    NotSent("no"),
    AnswerLost("no"),
    answer(b"<html>", 200),
    answer(b"<html>", 401),
    answer(b"[{", 200),
    answer(b"", 302, location=f"https://evil.example/?token={ACCESS}"),
    errors("INVALID_SESSION_ID", "Session expired", 401),
    errors("REQUEST_LIMIT_EXCEEDED", "TotalRequests", 403),
    errors("MALFORMED_QUERY", "unexpected token"),
    answer(b"", 500),
    answer([], 200),
    answer({}, 200),
]
WORK: list[Callable[[Salesforce], Any]] = [
    lambda one: one.ping(),
    lambda one: one.read(hint("Contact", "003SY0000000001YAA")),
    lambda one: one.poll(None, NOW),
    lambda one: one.write([Record("003SY0000000001YAA", {"Referral_Code__c": "A"})]),
    lambda one: one.write_in_bulk([Record("003SY0000000001YAA", {"Referral_Code__c": "A"})]),
    lambda one: one.show(["003SY0000000001YAA"], ["Referral_Code__c"]),
    lambda one: one.verify("006SY0000000001YAA"),
    lambda one: one.prepare("https://hub.example/hooks/1/x"),
]


def over(one: Salesforce, *answers: HttpResponse | Exception) -> Salesforce:
    """A connector with the same settings over this network; making the settings is what takes time."""
    return Salesforce(one.config, ScriptedHttp(*answers))


def told(work: Callable[[Salesforce], Any], one: Salesforce) -> str:
    try:
        return repr(work(one))
    except ConnectorError:
        return traceback.format_exc()


@pytest.mark.parametrize("flow", ["jwt", "client_credentials"])
def test_no_error_shows_a_secret(flow: str, caplog: pytest.LogCaptureFixture) -> None:
    """X-07"""
    caplog.set_level(logging.DEBUG)
    settings = signing() | {"client_secret": SECRET, "domain": "acme.my.salesforce.com", "login": flow}
    shown = ""
    one = connector(**settings)
    for trouble in TROUBLES if flow == "client_credentials" else TROUBLES[:5]:
        # A signature costs time, and only the login makes one.
        for work in WORK if flow == "client_credentials" else WORK[:1]:
            shown += told(work, over(one, login(ACCESS), *[trouble] * 60))
            shown += told(work, over(one, *[trouble] * 60))
    shown += repr(connector(**settings).config)
    assert len(shown) > 1000
    assert not [secret for secret in SECRETS if secret in shown + caplog.text]


def test_what_is_received_holds_neither_the_address_nor_a_session() -> None:
    """SF-13, X-07"""
    reception = connector(org_id="00DSY0000000001").receive(message(payload("closed-won.xml")))
    assert reception.deliveries
    assert not [secret for secret in SECRETS if secret in repr(reception)]
