"""The command line: `referhub …`, every verb with `--json`."""

import click

from core.commands import (
    audit,
    backup,
    comparing,
    connecting,
    fields,
    history,
    marketing,
    merchants,
    people,
    privacy,
    running,
)
from core.commands.office import Office


@click.group()
@click.option(
    "--merchant", envvar="REFERHUB_MERCHANT", help="Whose hub it is about, by name or id; needless while there is one."
)
@click.pass_context
def cli(context: click.Context, merchant: str | None) -> None:
    """A self-hosted referral hub: orders in, rewards out, every step explained."""
    if isinstance(context.obj, Office):
        context.obj.merchant = merchant or ""


for module in (running, comparing, connecting, fields, marketing, people, history, merchants, privacy, audit, backup):
    for command in module.COMMANDS:
        cli.add_command(command)
