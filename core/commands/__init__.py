"""The command line: `referhub …`, every verb with `--json`."""

import click

from core.commands import connecting, ledgering, marketing, running


@click.group()
def cli() -> None:
    """A self-hosted referral hub: orders in, rewards out, every step explained."""


for module in (running, connecting, marketing, ledgering):
    for command in module.COMMANDS:
        cli.add_command(command)
