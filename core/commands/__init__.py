"""The command line: `referhub …`, every verb with `--json`."""

import click

from core.commands import audit, backup, comparing, connecting, fields, history, marketing, people, privacy, running


@click.group()
def cli() -> None:
    """A self-hosted referral hub: orders in, rewards out, every step explained."""


for module in (running, comparing, connecting, fields, marketing, people, history, privacy, audit, backup):
    for command in module.COMMANDS:
        cli.add_command(command)
