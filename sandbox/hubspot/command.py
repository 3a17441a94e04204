"""The command that serves a sandbox HubSpot until it is told to end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import click

from sandbox.ground.serving import mistake, serve
from sandbox.hubspot.nouns import PLANS
from sandbox.hubspot.running import APP_ID, PORTAL_ID, SandboxPortal


@click.command(name="hubspot")
@click.option("--port", default=0, show_default=True, help="Port on loopback; 0 takes a free one.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the truth; without it, memory.",
)
@click.option(
    "--portal", "portals", multiple=True, type=int, default=(PORTAL_ID,), help="Portal id; may be given several times."
)
@click.option("--app-id", default=APP_ID, show_default=True, help="The app's id.")
@click.option("--client-id", default="sandbox-hubspot-client", show_default=True, help="The app's client id.")
@click.option("--client-secret", help="The app's secret: signs webhooks, opens the token endpoint. Default: random.")
@click.option("--access-token", help="A static token. Default: random.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Where an admin may be sent back to.")
@click.option("--webhook-url", "--hub-url", "webhook_url", help="The app's target address; it hears every event.")
@click.option("--with-kit", is_flag=True, help="The referral properties exist already.")
@click.option("--currency", default="EUR", show_default=True, help="The company's currency.")
@click.option("--time-zone", default="Europe/Berlin", show_default=True, help="The portal's time zone.")
@click.option(
    "--plan",
    default="pro",
    show_default=True,
    type=click.Choice(PLANS),
    help="The portal's subscription; association labels need pro or enterprise.",
)
@click.option(
    "--retry-scale",
    default=1.0,
    show_default=True,
    help="Shortens the 24 hours of webhook retries; 0 ends them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the line as JSON.")
def hubspot(as_json: bool, **options: Any) -> None:
    """Serve a sandbox HubSpot on loopback until SIGTERM or Ctrl-C."""
    try:
        running = SandboxPortal(**options)  # every option is one of its arguments
    except (ValueError, ZoneInfoNotFoundError, OSError) as error:
        raise mistake(error, options["port"]) from None
    serve(running, _line if as_json else _sentence)


def _line(portal: SandboxPortal) -> str:
    where = {
        "url": portal.base_url,
        "portals": portal.portal_ids,
        "app_id": portal.app_id,
        "client_id": portal.client_id,
        "client_secret": portal.client_secret,
        "access_tokens": [portal.token(number) for number in portal.portal_ids],
    }
    return json.dumps(where)


def _sentence(portal: SandboxPortal) -> str:
    secrets = f"app {portal.app_id}, client secret {portal.client_secret}, access token {portal.access_token}"
    return f"HubSpot portal {portal.portal_id} listens at {portal.base_url} ({secrets})"


if __name__ == "__main__":
    hubspot()
