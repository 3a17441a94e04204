"""A rehearsal's stage at work: its places are connected, news are heard, and time passes for all of it at once."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from core.contract.errors import WrongSetting
from core.gateway.ground import Stage
from core.gateway.hub import Hub
from core.services.connections import connect, webhook_url
from core.services.field_verbs import go_live, map_field
from core.services.turn_clock import turn_forward

Work = Callable[[Hub], int]


def connect_places(
    stage: Stage, about: Mapping[str, Mapping[str, str]], mapped: Mapping[str, Mapping[str, str | None]]
) -> None:
    """The stage's hub hears of every place, and its fields are written there: as live, but for the addresses."""
    for label, place in stage.places.items():
        row, _account, _findings = connect(stage.hub, place.kind, label, {**about[label], **place.settings})
        place.hear_at(webhook_url(stage.hub, row))
        _let_fields_be_written(stage.hub, label, mapped.get(label, {}))


def settle(stage: Stage, work: Work) -> None:
    """Everything that was told has been heard, and everything that is due is done."""
    for place in stage.places.values():
        place.settle()
    while work(stage.hub):
        for place in stage.places.values():
            place.settle()


def turn(stage: Stage, by: timedelta) -> None:
    """It is later, for the hub and at every place."""
    turn_forward(stage.hub, by)
    for place in stage.places.values():
        place.turn(by.total_seconds())


def _let_fields_be_written(hub: Hub, label: str, mapped: Mapping[str, str | None]) -> None:
    """Fields go where they go live; a source that takes none is left alone."""
    try:
        for ours, theirs in mapped.items():
            map_field(hub, label, ours, theirs)
        go_live(hub, label)
    except WrongSetting:
        return
