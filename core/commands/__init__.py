"""The command line: `referhub …`, every verb with `--json`."""

import click

from core.commands.late import LateGroup
from core.commands.office import Office

# Module of this folder → the verbs it brings.
VERBS = {
    "advocates": ["advocates"],
    "audit": ["audit"],
    "backup": ["backup", "restore"],
    "comparing": ["compare"],
    "connecting": ["connect", "connections"],
    "fields": ["fields"],
    "fraud": ["fraud"],
    "history": ["deliveries", "conversions", "rewards", "pushes"],
    "leaderboard": ["leaderboard", "milestones"],
    "marketing": ["campaigns"],
    "merchants": ["merchants"],
    "objectives": ["objectives"],
    "operators": ["operators"],
    "orders": ["orders"],
    "people": ["people"],
    "privacy": ["keys"],
    "proposals": ["proposals"],
    "rehearsal": ["rehearse", "rehearsals"],
    "running": ["init", "serve", "worker", "reconcile", "check", "export", "clock"],
    "why": ["why"],
}


@click.group(
    cls=LateGroup,
    later={name: f"core.commands.{module}:{name}" for module, names in VERBS.items() for name in names},
)
@click.option(
    "--merchant", envvar="REFERHUB_MERCHANT", help="Whose hub it is about, by name or id; needless while there is one."
)
@click.pass_context
def cli(context: click.Context, merchant: str | None) -> None:
    """A self-hosted referral hub: orders in, rewards out, every step explained."""
    if isinstance(context.obj, Office):
        context.obj.merchant = merchant or ""


@click.group(cls=LateGroup)
def sandbox() -> None:
    """Stand-ins for the outside world, for trying and testing."""


cli.add_command(sandbox)
