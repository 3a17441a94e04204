"""Late: verbs whose code is loaded only once they are asked for, so that every other one starts sooner."""

from collections.abc import Mapping
from pkgutil import resolve_name

import click


class LateGroup(click.Group):
    """A group of which some verbs are known by name and place (`package.module:verb`) until they are wanted."""

    def __init__(self, *arguments: object, later: Mapping[str, str] | None = None, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]  # whatever click's own group takes
        self._places = dict(later or {})

    def add_later(self, name: str, place: str) -> None:
        """The verb is there; what it needs is imported when somebody types or lists it."""
        self._places[name] = place

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, whether or not they are loaded."""
        return sorted({*super().list_commands(ctx), *self._places})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb, loaded by now."""
        if place := self._places.pop(cmd_name, None):
            self.add_command(resolve_name(place), cmd_name)
        return super().get_command(ctx, cmd_name)
