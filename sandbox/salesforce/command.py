"""The command that serves a sandbox Salesforce org until it is told to end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from sandbox.ground.serving import mistake, serve
from sandbox.salesforce.org import FEATURES
from sandbox.salesforce.running import SandboxOrg


@click.command(name="salesforce")
@click.option("--port", default=0, show_default=True, help="Port on loopback; 0 takes a free one.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the org's truth; without it, memory.",
)
@click.option("--hub-url", help="An address that hears of every object by outbound message.")
@click.option("--username", default="referhub@acme.example", show_default=True, help="The integration user.")
@click.option("--client-id", default="sandbox-consumer-key", show_default=True, help="The app's consumer key.")
@click.option("--client-secret", help="The app's consumer secret. Default: random.")
@click.option(
    "--certificate",
    "certificate_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="File with the app's certificate or public key (PEM), for signed assertions.",
)
@click.option("--feature", "features", multiple=True, type=click.Choice(FEATURES), help="Switched on; repeatable.")
@click.option("--kit/--no-kit", "with_kit", default=True, show_default=True, help="Whether the referral fields exist.")
@click.option(
    "--retry-scale",
    default=1.0,
    show_default=True,
    help="Shortens the gaps between retries of a message; 0 ends them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the line as JSON.")
def salesforce(as_json: bool, certificate_file: Path | None, **options: Any) -> None:
    """Serve a sandbox Salesforce org on loopback until SIGTERM or Ctrl-C."""
    certificate = certificate_file.read_text(encoding="utf-8") if certificate_file else None
    try:
        running = SandboxOrg(certificate=certificate, **options)  # every option is one of its arguments
    except (ValueError, OSError) as error:
        raise mistake(error, options["port"]) from None
    serve(running, _line if as_json else _sentence)


def _line(org: SandboxOrg) -> str:
    where = {
        "url": org.base_url,
        "org_id": org.org_id,
        "username": org.username,
        "client_id": org.client_id,
        "client_secret": org.client_secret,
    }
    return json.dumps(where)


def _sentence(org: SandboxOrg) -> str:
    return (
        f"org {org.org_id} listens at {org.base_url} "
        f"(user {org.username}, consumer key {org.client_id}, consumer secret {org.client_secret})"
    )


if __name__ == "__main__":
    salesforce()
