"""The command `referhub demo`: opens the doors, tells the story, and keeps serving until Ctrl-C."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click

from sandbox.demo.failed import DemoFailed
from sandbox.demo.hub import HubCommands
from sandbox.demo.processes import START_SECONDS, Servers, free_port, hub_environment, signals_end_the_story, until
from sandbox.demo.screen import Screen
from sandbox.demo.stage import CLIENT_ID, CLIENT_SECRET, ORG_KEY, ORG_SECRET, PORTAL_SECRET, PORTAL_TOKEN, Stage
from sandbox.demo.story import QUIET_MINUTES, tell
from sandbox.hubspot.control import PortalControl
from sandbox.salesforce.control import OrgControl
from sandbox.shopify.control import ShopControl

KEPT = Path("data/demo")
MARK = "made-by-referhub-demo"
STAND_INS: dict[str, tuple[str, ...]] = {
    "shopify": ("--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET),
    "hubspot": ("--access-token", PORTAL_TOKEN, "--client-secret", PORTAL_SECRET),
    "salesforce": ("--client-id", ORG_KEY, "--client-secret", ORG_SECRET),
}


@click.command()
@click.option("--once", is_flag=True, help="End after the story: status 0 only if shop and ledger agree.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Port of the hub; without it a free one.")
@click.option("--json", "as_json", is_flag=True, help="Say nothing but the result, in JSON.")
def demo(once: bool, port: int, as_json: bool) -> None:
    """Play the whole story with real servers on this machine, and compare the shop with the ledger."""
    screen = Screen(silent=as_json)
    try:
        with signals_end_the_story(), _folder(once) as folder, Servers() as servers:
            is_equal = _play(folder, servers, port, screen, once=once, as_json=as_json)
    except DemoFailed as problem:
        click.echo(f"The demo failed: {problem}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        screen.line("Ended.")
        sys.exit(130 if once else 0)
    sys.exit(0 if is_equal else 1)


def _play(folder: Path, servers: Servers, port: int, screen: Screen, *, once: bool, as_json: bool) -> bool:
    began = time.monotonic()
    try:
        stage = _open_the_doors(folder, servers, port, screen)
        is_equal = tell(stage)
        _conclude(stage, is_equal, time.monotonic() - began, as_json=as_json)
        if not once:
            _keep_serving(stage, servers)
    except Exception:  # whatever it was: the servers' logs go away with the folder, so their ends are shown now
        for server in servers.running:
            click.echo(f"--- last lines of the {server.name}\n{server.last_words()}", err=True)
        raise
    return is_equal


def _open_the_doors(folder: Path, servers: Servers, port: int, screen: Screen) -> Stage:
    screen.title("referhub demo: from an order or a deal to a reward in the shop, shown in both CRMs")
    screen.chapter("Open the doors: a hub, a sandbox shop and two sandbox CRMs, four real servers")
    hub_port, *ports = free_port(port), free_port(), free_port(), free_port()
    environment = _settle(folder, hub_port)
    hub_url = f"http://127.0.0.1:{hub_port}"
    hub = servers.start("hub", ["serve"], folder, environment)
    screen.command("referhub serve")
    places: dict[str, str] = {}
    for (name, options), its_port in zip(STAND_INS.items(), ports, strict=True):
        words = ["sandbox", name, "--port", str(its_port), *options, "--retry-scale", "0.01"]
        servers.start(name, words, folder, environment)
        screen.command(f"referhub {' '.join(words)}")
        places[name] = f"http://127.0.0.1:{its_port}"
    with screen.waiting("all start"):
        until("the hub is ready", lambda: hub.answers(f"{hub_url}/readyz"), seconds=START_SECONDS)
        for server, url in zip(servers.running[1:], places.values(), strict=True):
            until(f"{server.name} answers", partial(server.answers, f"{url}/_sandbox/"), seconds=START_SECONDS)
    screen.line(f"hub {hub_url}   shop {places['shopify']}")
    screen.line(f"HubSpot {places['hubspot']}   Salesforce {places['salesforce']}   folder {folder}")
    return Stage(
        hub=HubCommands(folder, environment, screen),
        shop=ShopControl(places["shopify"]),
        portal=PortalControl(places["hubspot"]),
        org=OrgControl(places["salesforce"]),
        hub_url=hub_url,
        folder=folder,
        screen=screen,
    )


def _settle(folder: Path, hub_port: int) -> dict[str, str]:
    """The folder's own configuration, so that `referhub …` typed in the folder means this hub."""
    (folder / "config").mkdir()
    lines = ('environment = "sandbox"', f"port = {hub_port}", f"quiet_seconds = {QUIET_MINUTES * 60}")
    (folder / "config" / "referhub.toml").write_text("\n".join(lines) + "\n")
    return hub_environment()


@contextlib.contextmanager
def _folder(once: bool) -> Iterator[Path]:
    """A temporary folder that goes away, or `data/demo`, made anew."""
    if once:
        with tempfile.TemporaryDirectory(prefix="referhub-demo-") as made:
            yield Path(made)
        return
    if KEPT.exists() and not (KEPT / MARK).is_file():
        raise DemoFailed(f"{KEPT} is there and was not made by the demo: move it away first")
    shutil.rmtree(KEPT, ignore_errors=True)
    KEPT.mkdir(parents=True)
    (KEPT / MARK).touch()
    yield KEPT.resolve()


def _conclude(stage: Stage, is_equal: bool, seconds: float, *, as_json: bool) -> None:
    if as_json:
        lines = [
            {"holder": each.holder, "kind": each.kind, "currency": each.currency}
            | {"ledger": str(each.ledger), "shop": str(each.shop), "equal": each.is_equal}
            for each in stage.lines
        ]
        report = {"equal": is_equal, "sound": stage.is_sound, "holdings": lines, "hub": stage.hub_url}
        click.echo(json.dumps(report | {"shop": stage.shop.base_url, "seconds": round(seconds, 1)}, indent=2))
    stage.screen.line()
    if is_equal:
        stage.screen.good(f"Shop and CRMs hold and show exactly what the ledger says ({seconds:.0f} seconds).")
    else:
        stage.screen.bad("The shop, the CRMs and the ledger do not agree.")


def _keep_serving(stage: Stage, servers: Servers) -> None:
    screen, bob = stage.screen, stage.orders["Bob"]["name"]
    screen.chapter("Look around; Ctrl-C ends everything")
    screen.line(f"Dashboard              {stage.hub_url}/dashboard/")
    screen.line(f"The story of {bob}     {stage.hub_url}/dashboard/orders?q=%23{bob.removeprefix('#')}")
    screen.line(f"What the shop holds    {stage.shop.base_url}/_sandbox/truth")
    screen.line(f"What HubSpot shows     {stage.portal.base_url}/_sandbox/truth")
    screen.line(f"What Salesforce shows  {stage.org.base_url}/_sandbox/truth")
    screen.line(f"The command line       cd {KEPT} && {_referhub_from(KEPT)} rewards list")
    while all(server.answers(url) for server, url in zip(servers.running, _pulse(stage), strict=True)):
        time.sleep(2)
    raise DemoFailed("a server no longer answers")


def _pulse(stage: Stage) -> list[str]:
    stand_ins = (stage.shop.base_url, stage.portal.base_url, stage.org.base_url)
    return [f"{stage.hub_url}/healthz", *[f"{base_url}/_sandbox/" for base_url in stand_ins]]


def _referhub_from(folder: Path) -> str:
    """The command as it can be typed in that folder."""
    beside = Path(sys.executable).with_name("referhub")
    try:
        inside = beside.relative_to(Path.cwd())
    except ValueError:
        return str(beside) if beside.exists() else "referhub"
    return str(Path(*[".."] * len(folder.parts)) / inside)
