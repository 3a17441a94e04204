"""Signals: what a webhook shows of the buyer is told, of a till nothing, and of what the app may not see nothing."""

from typing import Any

from connectors.shopify.signals import from_admin_api, from_order
from referhub import Signal, SignalKind

HOME = {"address1": "Hafenstrasse 12", "address2": "2nd door", "zip": "10115", "city": "Berlin", "country_code": "DE"}
ORDER: dict[str, Any] = {
    "source_name": "web",
    "browser_ip": "198.51.100.23",
    "client_details": {"browser_ip": "198.51.100.23", "user_agent": "Mozilla/5.0", "session_hash": "changes"},
    "referring_site": "https://www.retailmenot.com/tea",
    "shipping_address": HOME,
    "billing_address": HOME,
}


def told(**changes: Any) -> dict[str, list[str]]:
    """The signals of that order, by kind."""
    found: dict[str, list[str]] = {}
    for signal in from_order({**ORDER, **changes}):
        found.setdefault(signal.kind, []).append(signal.value)
    return found


def test_what_the_order_shows_is_told_each_once() -> None:
    assert told() == {
        SignalKind.IP: ["198.51.100.23"],
        SignalKind.USER_AGENT: ["Mozilla/5.0"],
        SignalKind.CAME_FROM: ["https://www.retailmenot.com/tea"],
        SignalKind.ADDRESS: ["Hafenstrasse 12, 2nd door, 10115, Berlin, DE"],
        SignalKind.POSTCODE: ["DE 10115"],
    }


def test_two_addresses_are_both_told() -> None:
    elsewhere = HOME | {"address1": "Gartenweg 1"}
    assert len(told(billing_address=elsewhere)[SignalKind.ADDRESS]) == 2


def test_a_till_tells_nothing_of_who_buys_there() -> None:
    assert set(told(source_name="pos")) == {SignalKind.ADDRESS, SignalKind.POSTCODE}


def test_asking_tells_the_site_from_which_somebody_came_as_the_webhook_does() -> None:
    asked = {"sourceName": "web", "customerJourneySummary": {"lastVisit": {"referrerUrl": ORDER["referring_site"]}}}
    assert from_admin_api(asked) == (Signal(SignalKind.CAME_FROM, ORDER["referring_site"]),)
    assert set(from_admin_api(asked)) <= set(from_order(ORDER))
    assert from_admin_api({**asked, "sourceName": "pos"}) == ()
    for spoilt in (None, {}, {"lastVisit": None}, {"lastVisit": {"referrerUrl": 7}}):
        assert from_admin_api({"sourceName": "web", "customerJourneySummary": spoilt}) == ()


def test_what_the_app_may_not_see_is_nothing() -> None:
    hidden = {"city": "Berlin", "country_code": "DE"}
    assert from_order({"source_name": "web", "browser_ip": None, "client_details": None}) == ()
    assert SignalKind.ADDRESS not in told(shipping_address=hidden, billing_address=None)
    assert from_order({"client_details": "spoilt", "shipping_address": [], "source_name": 7}) == ()
