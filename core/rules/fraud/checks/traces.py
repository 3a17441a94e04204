"""Traces: advocate and friend used the same browser, card, address or network, or a whole crowd did."""

from datetime import timedelta

from core.contract.signals import SignalKind
from core.rules.fraud.facts import Bought, Case, Found, Settings


def same_address(case: Case, _: Settings) -> Found | None:
    """One street address, down to the door, on both sides."""
    return _shared(case, SignalKind.ADDRESS, "gave the same street address")


def same_payment(case: Case, _: Settings) -> Found | None:
    """One card or account paid on both sides."""
    return _shared(case, SignalKind.PAYMENT, "paid with the same card or account")


def same_device(case: Case, settings: Settings) -> Found | None:
    """One browser on both sides, not too long apart."""
    return _shared(case, SignalKind.BROWSER, "used the same browser", timedelta(days=settings["days"]))


def same_network(case: Case, settings: Settings) -> Found | None:
    """One internet address and one kind of browser on both sides, at nearly the same time."""
    near = timedelta(hours=settings["hours"])
    network, agent = case.order.of(SignalKind.IP), case.order.of(SignalKind.USER_AGENT)
    seen = [
        one.order_id
        for one in case.of_advocate()
        if one is not case.order and _apart(one, case.order) <= near and network & one.signs and agent & one.signs
    ]
    words = "advocate and friend bought from the same internet address with the same kind of browser"
    return Found(words, tuple(seen)) if seen else None


def busy_network(case: Case, settings: Settings) -> Found | None:
    """Several recommended orders came from this order's internet address, this one after the others."""
    allowed = {(SignalKind.IP.value, case.key(SignalKind.IP, one)) for one in settings.lists.get("allowed", ())}
    networks = case.order.of(SignalKind.IP) - allowed
    since = case.order.at - timedelta(days=settings["days"])
    seen = [one for one in case.orders if one.advocate_id and since < one.at <= case.order.at and networks & one.signs]
    if len({one.order_id for one in seen}) <= settings["orders"]:
        return None
    words = f"{len(seen)} recommended orders came from one internet address within {settings['days']} days"
    return Found(words, _others(seen, case))


def one_door(case: Case, settings: Settings) -> Found | None:
    """Several friends of one advocate have orders sent to one street address, and do not share its internet address.

    Families, offices and dormitories share both.
    """
    doors, since = case.order.of(SignalKind.ADDRESS), case.order.at - timedelta(days=settings["days"])
    seen = [one for one in case.brought() if since < one.at <= case.order.at and doors & one.signs]
    friends, networks = ({one.person_id for one in seen}, frozenset().union(*(one.of(SignalKind.IP) for one in seen)))
    if min(len(friends), len(networks)) <= settings["friends"]:
        return None
    words = f"{len(friends)} friends of this advocate, from {len(networks)} internet addresses, gave one street address"
    return Found(words, _others(seen, case))


def _shared(case: Case, kind: str, what: str, near: timedelta | None = None) -> Found | None:
    signs = case.order.of(kind)
    seen = [
        one
        for one in case.of_advocate()
        if one is not case.order and signs & one.signs and (near is None or _apart(one, case.order) <= near)
    ]
    return Found(f"advocate and friend {what}", _others(seen, case)) if seen else None


def _others(seen: list[Bought], case: Case) -> tuple[str, ...]:
    return tuple(sorted({one.order_id for one in seen} - {case.order.order_id}))


def _apart(one: Bought, other: Bought) -> timedelta:
    return abs(one.at - other.at)
