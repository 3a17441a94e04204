"""Commands about operators: operators list, invite, role, remove, reset-link, welcome."""

import click

from core.commands.office import Office, verb
from core.queries.operators import OperatorRow
from core.queries.operators import operators as list_operators
from core.rules.roles import ROLES, VIEWER
from core.services.invitations import invite as make_invitation
from core.services.invitations import make_welcome
from core.services.merchants import default_merchant, find_merchant
from core.services.operators import BadOperator, find_operator
from core.services.operators import remove as remove_operator
from core.services.operators import set_role as give_role
from core.services.resets import reset_for
from core.services.secretary import JOIN, RESET, Secretary, owner_link

ROLE = click.Choice(ROLES)


@click.group()
def operators() -> None:
    """The people who sign in to the dashboard, and what each may do."""


@operators.command("list")
@verb
def list_all(office: Office) -> None:
    """List who may look at a merchant's pages."""
    merchant_id, _name = _merchant(office)
    with office.house.database.reading() as session:
        rows = list_operators(session, merchant_id)
    columns = {
        "NAME": lambda row: office.opened(row.name),
        "ADDRESS": lambda row: office.opened(row.email),
        "ROLE": _role,
        "SECOND FACTOR": lambda row: "on" if row.has_second_factor else "off",
        "ID": lambda row: row.id,
    }
    office.table(rows, columns, "Nobody signs in yet: `referhub operators welcome` makes a link for the owner.")


def _role(row: OperatorRow) -> str:
    return "owner of the house" if row.is_house_owner else row.role


@operators.command()
@click.argument("address")
@click.option("--role", type=ROLE, default=VIEWER, show_default=True, help="What they may do.")
@verb
def invite(office: Office, address: str, role: str) -> None:
    """Make a link with which ADDRESS becomes an operator; it works once, for three days."""
    merchant_id, name = _merchant(office)
    secret = make_invitation(office.house, merchant_id, address, role, _actor(office))
    link = Secretary(office.house).link(JOIN, secret)
    answer = {"address": address, "role": role, "merchant": name, "link": link}
    office.answer(answer, [f"Pass this on to {address}, and to nobody else: whoever opens it is let in.", link])


@operators.command()
@click.argument("address")
@click.argument("role", type=ROLE)
@verb
def role(office: Office, address: str, role: str) -> None:
    """Give the operator with ADDRESS another ROLE."""
    merchant_id, name = _merchant(office)
    row = find_operator(office.house, address)
    give_role(office.house, merchant_id, row.id, role, _actor(office))
    office.answer({"id": row.id, "role": role, "merchant": name}, f"{address} is {role} of {name} now.")


@operators.command()
@click.argument("address")
@verb
def remove(office: Office, address: str) -> None:
    """Let the operator with ADDRESS look at that merchant no more."""
    merchant_id, name = _merchant(office)
    row = find_operator(office.house, address)
    remove_operator(office.house, merchant_id, row.id, _actor(office))
    office.answer({"id": row.id, "merchant": name}, f"{address} sees nothing of {name} any more.")


@operators.command("reset-link")
@click.argument("address")
@click.option("--lost-devices", is_flag=True, help="Take away authenticator, passkeys and recovery codes as well.")
@verb
def reset_link(office: Office, address: str, lost_devices: bool) -> None:
    """Make a link with which the operator with ADDRESS sets a new password; it works once, for half an hour."""
    row = find_operator(office.house, address)
    secret, email = reset_for(
        office.house, None, row.id, _actor(office), is_by_house_owner=True, forgets_devices=lost_devices
    )
    link = Secretary(office.house).link(RESET, secret)
    office.answer({"id": row.id, "link": link}, [f"Pass this on to {email}, and to nobody else.", link])


@operators.command()
@verb
def welcome(office: Office) -> None:
    """Make a link whose bearer becomes the owner of the hub; it works once, for a day, while there is none."""
    secret = make_welcome(office.house)
    if secret is None:
        raise BadOperator("somebody owns this hub already: `referhub operators reset-link` helps who cannot get in")
    link = owner_link(office.house, secret)
    office.answer({"link": link}, ["Whoever opens this link owns the hub.", link])


def _merchant(office: Office) -> tuple[str, str]:
    with office.house.database.transaction() as session:
        row = find_merchant(session, office.merchant) if office.merchant else default_merchant(office.house, session)
        return row.id, row.name


def _actor(office: Office) -> str:
    return office.house.actor or "operator"
