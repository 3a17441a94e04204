"""Codes: one that was found in public, instead of being passed on."""

from datetime import timedelta

from core.contract.signals import SignalKind
from core.rules.fraud.facts import Case, Found, Settings
from core.rules.fraud.lists import COUPON_SITES


def coupon_site(case: Case, settings: Settings) -> Found | None:
    """The friend came from a page that collects codes."""
    came_from = case.order.of(SignalKind.CAME_FROM)
    for site in (*COUPON_SITES, *settings.lists.get("sites", ())):
        if (SignalKind.CAME_FROM.value, case.key(SignalKind.CAME_FROM, site)) in came_from:
            return Found(f"the friend came from {site}, where discount codes are collected")
    return None


def leaked_code(case: Case, settings: Settings) -> Found | None:
    """The code is used from everywhere at once, and hardly anybody came by the link."""
    span = timedelta(hours=settings["hours"])
    used = [
        one
        for one in case.orders
        if one.code_id and one.code_id == case.order.code_id and case.order.at - span < one.at <= case.order.at
    ]
    networks = frozenset().union(*(one.of(SignalKind.IP) for one in used)) if used else frozenset()
    linked = sum(one.came_by_link for one in used)
    if len(networks) <= settings["networks"] or linked * 100 >= len(used) * settings["link_percent"]:
        return None
    words = (
        f"the code was used from {len(networks)} networks within {settings['hours']} hours, {linked} times by its link"
    )
    return Found(words, tuple(sorted({one.order_id for one in used} - {case.order.order_id})))
