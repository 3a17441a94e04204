"""The office: what the command line is given by the composition root, and how it speaks."""

import functools
import json
import os
import pwd
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

import click

from core.contract.errors import ConnectorError, Mendable
from core.gateway.ground import Ground
from core.gateway.hub import Hub
from core.queries.plain import plain
from core.queries.sealed import Sealed
from core.rules.states import IllegalChange
from core.rules.terms import BadTerms
from core.services.merchants import scope_of

P = ParamSpec("P")
R = TypeVar("R")
# What a person can mend by typing something else; everything else is a bug and shows its traceback.
MENDABLE = (Mendable, ConnectorError, IllegalChange, OSError)


# What a text tells somebody to type, unless it is about the whole house.
OF_THE_HOUSE = "serve|worker|init|backup|restore|keys|merchants|sandbox|demo|clock"
HINT = re.compile(rf"(`|Next: )referhub (?!(?:{OF_THE_HOUSE})\b|--)")


@dataclass
class Office:
    """Opens the hub only when a verb needs it, so that `--help` works without a database."""

    load_settings: Callable[..., Any]
    create_hub: Callable[[Any], Hub]
    open_hub: Callable[[Any], Hub]
    serve: Callable[[Any, Hub], None]
    make_ground: Callable[[Any], Ground] | None = None
    settle: Callable[[int, int], Any] | None = None
    as_json: bool = False
    may_begin: bool = False
    is_machine: bool = False
    merchant: str = ""
    _hub: Hub | None = None
    _scoped: Hub | None = None
    _settings: Any = None

    @property
    def settings(self) -> Any:
        """The settings, loaded once."""
        if self._settings is None:
            self._settings = self.load_settings()
        return self._settings

    @property
    def ground(self) -> Ground:
        """What rehearsals stand on."""
        assert self.make_ground is not None  # whoever puts the house together brings it
        return self.make_ground(self.settings)

    def town(self, people: int, seed: int) -> Any:
        """A made-up town of so many people, to measure fraud rules on."""
        assert self.settle is not None  # as above
        return self.settle(people, seed)

    @property
    def house(self) -> Hub:
        """The whole house's hub, for the few verbs that are about no single merchant; opened once.

        Begun where there is none only if the verb may. Raises `NoHub` otherwise.
        """
        if self._hub is None:
            hub = (self.create_hub if self.may_begin else self.open_hub)(self.settings)
            self._hub = hub if self.is_machine else hub.acting(cli_actor())
        return self._hub

    @property
    def hub(self) -> Hub:
        """The hub within the merchant who is meant: the one named, or the only one.

        Raises `NoHub`, or `WhichMerchant` where there are several and none was named.
        """
        if self._scoped is None or self._scoped.merchant_id is None:  # nobody is there yet: this verb may change that
            self._scoped = scope_of(self.house, self.merchant)
        return self._scoped

    @property
    def named_or_house(self) -> Hub:
        """The hub within the merchant who was named; the whole house's where none was."""
        return self.hub if self.merchant else self.house

    def say(self, words: str) -> None:
        """A line for people; nothing when the answer is JSON."""
        if not self.as_json:
            click.echo(words)

    def answer(self, value: Any, words: str | Iterable[str] = ()) -> None:
        """The answer: the whole value as JSON, or these words."""
        if self.as_json:
            click.echo(json.dumps(plain(value, self.house.vault.open), ensure_ascii=False, indent=2))
        else:
            for line in [words] if isinstance(words, str) else words:
                click.echo(self.hinting(line))

    def hinting(self, line: str) -> str:
        """The line, whose hints name the merchant if whoever types has to."""
        if not self.merchant:
            return line
        return HINT.sub(lambda found: f"{found[1]}referhub --merchant {shlex.quote(self.merchant)} ", line)

    def opened(self, value: Sealed) -> str:
        """A personal value in the clear, for the operator's eyes."""
        return self.house.vault.open(value.value, value.context).decode(errors="replace")

    def table(self, rows: Sequence[Any], columns: Mapping[str, Callable[[Any], object]], empty: str) -> None:
        """The rows as a table for people, or as a JSON list."""
        if self.as_json:
            self.answer(list(rows))
            return
        if not rows:
            click.echo(self.hinting(empty))
            return
        cells = [list(columns), *[[str(show(row)) for show in columns.values()] for row in rows]]
        widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
        for line in cells:
            click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def counted(count: int, noun: str) -> str:
    """`1 record`, `2 records`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def cli_actor() -> str:
    """Who types: as the operating system knows them, not as a variable says."""
    try:
        return f"cli:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"cli:{os.getuid()}"


def verb(function: Callable[P, R]) -> Callable[..., R]:
    """A command with `--json`; what a person can mend is one sentence and exit status 1."""

    @click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
    @click.pass_context
    @functools.wraps(function)
    def run(context: click.Context, /, *args: Any, as_json: bool, **kwargs: Any) -> R:
        office: Office = context.obj
        office.as_json = as_json
        try:
            return function(office, *args, **kwargs)  # type: ignore[arg-type]
        except BrokenPipeError:  # the reader of a pipe has seen enough (`| head`): click ends without a word
            raise
        except MENDABLE as problem:
            _complain(office, problem)
            raise SystemExit(1) from None

    return run


def beginning(function: Callable[P, R]) -> Callable[..., R]:
    """A verb that begins a hub where there is none; every other verb in the wrong folder must not."""

    @functools.wraps(function)
    def run(office: Office, /, *args: Any, **kwargs: Any) -> R:
        office.may_begin = True
        return function(office, *args, **kwargs)  # type: ignore[arg-type]

    return verb(run)


def _complain(office: Office, problem: Exception) -> None:
    lines = problem.problems if isinstance(problem, BadTerms) else [str(problem)]
    if office.as_json:
        click.echo(json.dumps({"error": lines}))
    for line in lines:
        print(office.hinting(line), file=sys.stderr)
