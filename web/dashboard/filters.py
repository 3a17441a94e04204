"""The words templates may use: values made readable, names opened with the hub's vault."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import g

from core.queries.listing import Place
from core.queries.people import Face
from core.queries.sealed import Sealed
from core.queries.why_words import act_words, evidence_words, reason_words, rule_words, side_words
from core.services.enroll import link_to
from web.accounts.visitor import current_visitor
from web.dashboard import shown
from web.dashboard.chart import counted
from web.dashboard.hub import Hub
from web.dashboard.wording import STATES, THINGS, spoken, wording


def of_templates(hub: Hub) -> dict[str, Any]:
    """The functions that every template of the dashboard finds by name."""
    return {
        "now": hub.clock(),
        "states": STATES,
        "wording": wording,
        "spoken": lambda word: shown.visible(spoken(word)),
        "whom": lambda side: shown.visible(side_words(side)),
        "rule_words": rule_words,
        "evidence_words": evidence_words,
        "reason_words": reason_words,
        "act_words": act_words,
        "thing": lambda kind: THINGS.get(kind, "Order"),
        "counted": counted,
        "turn": turn,
        "link_to": link_to,
        "visible": shown.visible,
        "typed": shown.typed,
        "short": shown.short,
        "sums": shown.sums,
        "signed": shown.signed,
        "short_ids": shown.short_ids,
        "account": lambda name: shown.visible(shown.account(name)),
        "size": shown.size,
        "full_time": shown.full_time,
        "moment_of": datetime.fromisoformat,
        "machine_time": shown.machine_time,
        "short_time": _short_time(hub),
        "person": _person(hub),
        "opened": _opened(hub),
    }


def _short_time(hub: Hub) -> Callable[[datetime], str]:
    return lambda at: shown.short_time(at, hub.clock())


def _person(hub: Hub) -> Callable[[Face | None], str]:
    return lambda face: (
        shown.visible(shown.short(shown.person(hub.vault, face))) if _sees_people() else shown.covered(face)
    )


def _opened(hub: Hub) -> Callable[[Sealed | None], str]:
    return lambda value: (
        shown.visible(shown.opened(hub.vault, value)) if _sees_people() or value is None else shown.COVERED
    )


def _sees_people() -> bool:
    """Nobody is shown in the clear before it is known who looks."""
    return "visitor" in g and current_visitor().sees_people


def turn(place: Place, kept: Mapping[str, str]) -> dict[str, str]:
    """The words of the address that lead to `place`, with the filters that are on."""
    return {name: value for name, value in kept.items() if value} | {"after" if place.is_newer else "before": place.id}
