"""The composition root: the only place that knows everyone, and decides nothing."""

import errno
import gc
import logging
import os
import sys
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Flask

from config.settings import Settings, WrongSettings, load_settings
from core.clock import system_clock
from core.commands import cli
from core.commands.office import Office
from core.database import Database, WeakDurability
from core.dispatch.embedded import EmbeddedDispatcher
from core.gateway.hub import Hub, Timings
from core.gateway.vault import SealBroken, Vault, load_keys
from core.migrations import migrate_database, require_hub
from core.services.connections import abilities_of
from core.services.field_verbs import retry, show_places
from core.services.inbox import Inbox
from core.services.install import finish_install
from core.services.receive import Receiver
from core.services.turn_clock import SandboxClock
from sandbox.demo import demo
from sandbox.hubspot.command import hubspot as sandbox_hubspot
from sandbox.salesforce.command import salesforce as sandbox_salesforce
from sandbox.shopify.command import shopify as sandbox_shopify
from web.accounts.visiting import neighbour
from web.api.health import create_health
from web.dashboard import create_dashboard
from web.dashboard.access import Gate, People
from web.dashboard.forms import Forms
from web.dashboard.sources import Sources
from webhooks.routes import WebhookDoor
from webhooks.server import Server, end_on_signals

WRONG_CONFIGURATION = 78  # EX_CONFIG of sysexits.h


def create_hub(settings: Settings) -> Hub:
    """A hub on a migrated, durable database. Raises `WeakDurability` or `SealBroken`."""
    if settings.database_url.startswith("sqlite:///"):
        os.makedirs(os.path.dirname(settings.database_url.removeprefix("sqlite:///")) or ".", exist_ok=True)
    database = Database(settings.database_url, pool_size=settings.threads)
    database.require_durability()
    migrate_database(database)
    return Hub(
        database=database,
        vault=Vault(load_keys(settings.secret_key_file)),
        clock=SandboxClock(database) if settings.is_sandbox else system_clock,
        base_url=settings.base_url or f"http://{settings.host}:{settings.port}",
        is_sandbox=settings.is_sandbox,
        timings=replace(
            Timings(),
            quiet=timedelta(seconds=settings.quiet_seconds),
            poll_every=settings.poll_every,
            check_every=timedelta(minutes=settings.check_minutes),
        ),
        switched_off=settings.switched_off,
    )


def open_hub(settings: Settings) -> Hub:
    """The hub that is there already. Raises `NoHub` where there is none, and makes nothing."""
    require_hub(settings.database_url)
    return create_hub(settings)


def create_app(settings: Settings | None = None, hub: Hub | None = None, inbox: Inbox | None = None) -> Flask:
    """The web application: the people's pages in Flask, and the machines' door in front of it."""
    settings = settings or load_settings()
    hub = hub or create_hub(settings)
    app = Flask(__name__)
    app.register_blueprint(create_health(hub.database))
    app.register_blueprint(
        create_dashboard(
            hub,
            entrance=_entrance(settings, hub),
            sources=_sources,
        )
    )
    receiver = Receiver(hub, inbox or Inbox(hub))
    app.wsgi_app = WebhookDoor(receiver, hub.clock, app.wsgi_app)  # type: ignore[method-assign]
    return app


def _entrance(settings: Settings, hub: Hub) -> Gate:
    return Gate(
        trusted_hosts=_trusted_hosts(settings, hub),
        is_for_neighbours=settings.is_sandbox and settings.is_loopback_only,
        people=People(neighbour=partial(neighbour, hub)),
        forms=Forms(hub.vault.lookup("the dashboard's forms").encode(), hub.clock),
    )


def _sources(hub: Hub) -> Sources:
    return Sources(
        finish_install=partial(finish_install, hub),
        abilities=abilities_of,
        fields=partial(show_places, hub),
        retry=partial(retry, hub),
    )


def _trusted_hosts(settings: Settings, hub: Hub) -> frozenset[str]:
    public = hub.base_url.partition("://")[2].partition("/")[0].rpartition(":")[0] or hub.base_url.partition("://")[2]
    return frozenset({*settings.trusted_hosts, "127.0.0.1", "localhost", "[::1]", public})


def serve(settings: Settings, hub: Hub) -> None:
    """Serve pages and webhooks, and clear the table, until the process is asked to end."""
    end_on_signals()
    inbox = Inbox(hub)
    dispatcher = EmbeddedDispatcher(hub)
    server = _listening(settings, create_app(settings, hub, inbox))
    here = f"http://{settings.host}:{server.port}"
    if not settings.base_url:
        hub.base_url = here
    if settings.worker:
        hub.wake = dispatcher.wake
        dispatcher.start()
    public = f", known to the world as {hub.base_url}" if settings.base_url else ""
    print(f"referhub listens on {here}{public} (dashboard: {hub.base_url}/dashboard/)", flush=True)
    # What is loaded by now stays for ever: the cyclic collector need not look through it again and again.
    gc.collect()
    gc.freeze()
    try:
        server.run()
    finally:
        server.close()
        inbox.close()
        dispatcher.stop()


def _listening(settings: Settings, app: Flask) -> Server:
    """The server, already listening. Raises `OSError` in words when the port cannot be had."""
    try:
        return Server(app, host=settings.host, port=settings.port, threads=settings.threads)
    except OSError as problem:
        if problem.errno != errno.EADDRINUSE:
            raise
        raise OSError(f"port {settings.port} is taken: stop what listens there, or set REFERHUB_PORT") from None


def wsgi() -> Any:
    """The application for another WSGI server; the draining is left to `referhub worker`."""
    return create_app()


def main(arguments: list[str] | None = None) -> int:
    """The `referhub` command line; the exit status is returned."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    office = Office(load_settings=load_settings, create_hub=create_hub, open_hub=open_hub, serve=serve)
    cli.add_command(demo)
    for stand_in in (sandbox_shopify, sandbox_hubspot, sandbox_salesforce):
        cli.commands["sandbox"].add_command(stand_in)  # type: ignore[attr-defined]
    try:
        cli.main(arguments, prog_name="referhub", obj=office)  # ends the process itself
    except (WrongSettings, WeakDurability, SealBroken) as problem:
        print(problem, file=sys.stderr)
        return WRONG_CONFIGURATION


if __name__ == "__main__":
    sys.exit(main())
