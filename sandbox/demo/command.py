"""The command `referhub demo`."""

import click


@click.command()
@click.option("--once", is_flag=True, help="End when the story is told.")
def demo(once: bool) -> None:
    """Play the whole story with real parts on this machine."""
    raise SystemExit("the demo is being written")
