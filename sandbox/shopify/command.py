"""The command that serves a sandbox shop until it is told to end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from sandbox.ground.serving import mistake, serve
from sandbox.shopify.registration import App
from sandbox.shopify.running import SandboxShop


@click.command(name="shopify")
@click.option("--port", default=0, show_default=True, help="Port on loopback; 0 takes a free one.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the shop's truth; without it, memory.",
)
@click.option("--domain", default="demo.myshopify.com", show_default=True, help="The shop's permanent domain.")
@click.option("--shop", "others", multiple=True, help="One more shop, such as north.myshopify.com; repeatable.")
@click.option(
    "--app",
    "app_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A shopify.app.toml: that app is in the app store, and no shop has installed it yet.",
)
@click.option("--app-address", default="", help="Takes the place of scheme and host of every address in --app.")
@click.option("--client-id", help="The app's client id. Default: the file's, or sandbox-client.")
@click.option("--client-secret", help="The app's secret: signs webhooks, opens the token endpoint. Default: random.")
@click.option("--access-token", help="An Admin API token without end. Default: random.")
@click.option("--currency", default="EUR", show_default=True, help="The shop's currency.")
@click.option("--webhook-url", help="An address that hears every topic.")
@click.option(
    "--retry-scale",
    default=1.0,
    show_default=True,
    help="Shortens the four hours of webhook retries; 0 ends them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the line as JSON.")
def shopify(as_json: bool, app_file: Path | None, app_address: str, **options: Any) -> None:
    """Serve a sandbox Shopify shop on loopback until SIGTERM or Ctrl-C."""
    try:
        app = App.from_toml(app_file, app_address) if app_file else None
        running = SandboxShop(app=app, **options)  # every other option is one of its arguments
    except KeyError as missing:
        raise click.ClickException(f"{app_file} says nothing of {missing.args[0]}") from None
    except (ValueError, OSError) as error:
        raise mistake(error, options["port"]) from None
    serve(running, _line if as_json else _sentence)


def _line(shop: SandboxShop) -> str:
    where = {
        "url": shop.base_url,
        "domain": shop.domain,
        "client_id": shop.client_id,
        "client_secret": shop.client_secret,
        "access_token": shop.access_token,
        "shops": {domain: shop.address(domain) for domain in shop.town.shops},
        "app_page": shop.app_page if shop.town.app.is_in_store else None,
    }
    return json.dumps(where)


def _sentence(shop: SandboxShop) -> str:
    if shop.town.app.is_in_store:
        return f"Install {shop.town.app.name} from {shop.app_page} (client secret {shop.client_secret})"
    secrets = f"client secret {shop.client_secret}, access token {shop.access_token}"
    return f"{shop.domain} listens at {shop.base_url} ({secrets})"


if __name__ == "__main__":
    shopify()
