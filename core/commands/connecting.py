"""Commands about connections: connect, and connections list, enable, disable, test, rotate, disconnect."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import click

from core.commands.office import Office, beginning, verb
from core.contract.errors import WrongSetting
from core.contract.parts import abilities
from core.contract.settings import settings_of
from core.gateway.registry import connector_class, connector_keys
from core.queries.connections import connections as list_connections
from core.services import connections as verbs
from core.services.disconnect import disconnect as leave
from core.services.install import begin_install, return_address


class ConnectGroup(click.Group):
    """One command per installed connector, its options drawn from the connector's own settings."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The connectors' keys."""
        return connector_keys()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command that connects this kind of source."""
        return _connect_command(cmd_name) if cmd_name in connector_keys() else None


@click.group(cls=ConnectGroup)
def connect() -> None:
    """Connect a source, or connect it anew with fresh credentials."""


def _connect_command(key: str) -> click.Command:
    try:
        kind = connector_class(key)
    except WrongSetting as problem:
        return _unusable(key, problem)
    command: click.Command = click.command(key, help=f"Connect {kind.label}.")(beginning(_connector(key)))
    command.params = [
        click.Option(["--label"], default=key, show_default=True, help="Your name for this connection."),
        *[
            click.Option(
                [f"--{spec.name.replace('_', '-')}"],
                help=spec.help,
                required=spec.is_required,
                envvar=f"REFERHUB_CONNECT_{spec.name.upper()}" if spec.is_secret else None,
                show_envvar=True,
            )
            for spec in settings_of(kind.config_class)
        ],
        *command.params,
    ]
    return command


def _unusable(key: str, problem: WrongSetting) -> click.Command:
    """Stands among the others in the help, and says what is wrong whatever is typed after it."""

    def run(office: Office, **_typed: object) -> None:
        raise problem

    words = str(problem)
    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.command(key, help=words, short_help=words, context_settings=anything)(verb(run))


def _connector(key: str) -> Callable[..., None]:
    def run(office: Office, label: str, **values: str | None) -> None:
        given = {name: value for name, value in values.items() if value}
        address = begin_install(office.hub, key, label, given)
        if address:
            _send_to(office, key, address)
            return
        row, account, findings = verbs.connect(office.hub, key, label, given)
        answer: dict[str, Any] = {
            "id": row.id,
            "connector": key,
            "label": label,
            "source": account,
            "webhook_url": verbs.webhook_url(office.hub, row),
            "findings": findings,
            "abilities": abilities(connector_class(key)),
        }
        missing = [f"Missing right: {right}" for right in account.missing_rights]
        office.answer(
            answer,
            [
                f"Connected to {account.name} ({account.source_id}) as {label!r}.",
                f"Webhooks go to {answer['webhook_url']}",
                # A connector may find the same thing while it asks and while it prepares.
                *dict.fromkeys([*missing, *account.warnings, *findings]),
            ],
        )

    return run


def _send_to(office: Office, key: str, address: str) -> None:
    """Tells where an admin agrees; the dashboard, which must be running, is where they come back to."""
    back = return_address(office.hub)
    label = connector_class(key).label
    where = "in a browser that is signed in to the dashboard as an admin"
    lines = [
        f"An admin of {label} has to agree: open this address within ten minutes, {where}.",
        address,
        f"They come back to {back}, which has to be registered at {label} as a redirect URL.",
    ]
    office.answer({"authorize_url": address, "redirect_uri": back}, lines)


@click.group()
def connections() -> None:
    """The connected sources and how they are."""


@connections.command("list")
@verb
def list_all(office: Office) -> None:
    """All connections with their health."""
    with office.hub.database.reading() as session:
        rows = list_connections(session, office.hub.now(), office.hub.switches)
    columns = {
        "LABEL": lambda row: row.label,
        "CONNECTOR": lambda row: row.connector,
        "STATUS": lambda row: f"off: {row.off_by}" if row.health == "disabled" else row.health,
        "BACKLOG": lambda row: row.backlog,
        "LAST HEARD": lambda row: _time(row.last_delivery_at),
        "LAST ASKED": lambda row: _time(row.last_poll_at),
        "HINT": lambda row: row.hint or "",
        "ID": lambda row: row.id,
    }
    office.table(rows, columns, "No source is connected yet: `referhub connect shopify --help` shows how.")


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "never"


@connections.command()
@click.argument("name")
@verb
def enable(office: Office, name: str) -> None:
    """Let the workers serve the connection again."""
    _switch(office, name, on=True)


@connections.command()
@click.argument("name")
@verb
def disable(office: Office, name: str) -> None:
    """Leave the source alone; what arrives meanwhile is kept."""
    _switch(office, name, on=False)


def _switch(office: Office, name: str, *, on: bool) -> None:
    row = verbs.switch(office.hub, name, on=on)
    lock = office.hub.switches.lock(row.connector, row.label)
    is_on = lock.is_on if lock else on
    answer = {"id": row.id, "label": row.label, "enabled": on, "is_on": is_on, "locked_by": lock.by if lock else ""}
    words = {True: "on", False: "off"}
    if lock is None:
        office.answer(answer, f"{row.label} is {words[on]}.")
    elif is_on == on:
        office.answer(answer, f"{row.label} is {words[on]}, as {lock.by} says anyway.")
    else:
        stays = f"It stays {words[is_on]}: {lock.by} says so, and that wins until the hub is started without it."
        office.answer(answer, f"{row.label} is to be {words[on]}. {stays}")


@connections.command()
@click.argument("name")
@verb
def test(office: Office, name: str) -> None:
    """Ask the source whether the connection works."""
    account = verbs.test_connection(office.hub, name)
    missing = [f"Missing right: {right}" for right in account.missing_rights]
    office.answer(account, [f"{account.name} ({account.source_id}) answers.", *missing, *account.warnings])


@connections.command()
@click.argument("name")
@click.option("--days", default=7, type=click.IntRange(0, 90), show_default=True, help="How long the old one works.")
@verb
def rotate(office: Office, name: str, days: int) -> None:
    """Make the secret part of the webhook address anew."""
    row, until = verbs.rotate(office.hub, name, timedelta(days=days))
    address = verbs.webhook_url(office.hub, row)
    answer = {"id": row.id, "label": row.label, "webhook_url": address, "previous_works_until": until}
    office.answer(
        answer,
        [f"Webhooks go to {address}", f"The old address works until {until:%Y-%m-%d %H:%M} UTC: change it there."],
    )


@connections.command()
@click.argument("name")
@click.option(
    "--keep-links/--erase-links",
    "keeps_links",
    required=True,
    default=None,
    help="Whether the hub goes on knowing who its people are there: needed to go on when it is connected again.",
)
@verb
def disconnect(office: Office, name: str, keeps_links: bool) -> None:
    """Leave a source: its access is taken back, its credentials are erased here, and what is owed stays owed."""
    left = leave(office.hub, name, keeps_links=keeps_links)
    row = left.connection
    answer = {
        "id": row.id,
        "label": row.label,
        "links": "kept" if keeps_links else "erased",
        "links_erased": left.erased,
        "rewards_waiting": left.waiting,
        "findings": left.findings,
    }
    links = "The links to its people are kept." if keeps_links else f"{left.erased} links to its people are erased."
    waits = f"{left.waiting} rewards are still owed there: they wait until it is connected again."
    office.answer(
        answer,
        [
            f"{row.label} is disconnected: its credentials are erased here, and its address answers 404.",
            links,
            *([waits] if left.waiting else []),
            *left.findings,
        ],
    )
