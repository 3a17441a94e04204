"""The command line: `referhub …`, every verb with `--json`."""

import click

from core.commands import (
    advocates,
    audit,
    backtest,
    backup,
    comparing,
    connecting,
    fields,
    fraud,
    history,
    leaderboard,
    marketing,
    merchants,
    objectives,
    operators,
    orders,
    pausing,
    people,
    privacy,
    proposals,
    rehearsal,
    running,
    terms,
    why,
)
from core.commands.late import LateGroup
from core.commands.office import Office


@click.group(cls=LateGroup)
@click.option(
    "--merchant", envvar="REFERHUB_MERCHANT", help="Whose hub it is about, by name or id; needless while there is one."
)
@click.pass_context
def cli(context: click.Context, merchant: str | None) -> None:
    """A self-hosted referral hub: orders in, rewards out, every step explained."""
    if isinstance(context.obj, Office):
        context.obj.merchant = merchant or ""


MODULES = (
    running,
    comparing,
    connecting,
    fields,
    fraud,
    marketing,
    pausing,
    terms,
    backtest,
    advocates,
    objectives,
    leaderboard,
    people,
    orders,
    history,
    why,
    merchants,
    operators,
    privacy,
    audit,
    backup,
    proposals,
    rehearsal,
)
for module in MODULES:
    for command in module.COMMANDS:
        cli.add_command(command)
