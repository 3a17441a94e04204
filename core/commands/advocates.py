"""Commands about those who share."""

import click

from core.commands.office import Office, verb
from core.queries.advocates import advocates as list_advocates
from core.queries.people import Face
from core.services.enroll import enroll


@click.group()
def advocates() -> None:
    """People who share."""


@advocates.command()
@click.argument("campaign")
@click.option("--email", help="E-mail address that the sources know them by.")
@click.option("--customer", help="A shop's own id of the person; needs --connection.")
@click.option("--contact", help="A CRM's own id of the person; needs --connection.")
@click.option("--connection", help="The connection that the id belongs to (label or id).")
@click.option("--name", help="Name shown on screens.")
@click.option("--code", help="A code of your choice; without it a code nobody can guess.")
@verb
def add(office: Office, campaign: str, **given: str | None) -> None:
    """Add an advocate to CAMPAIGN; adding again shows the same code."""
    made = enroll(office.hub, campaign, **given)
    office.answer(
        made,
        [
            f"Code            {made.code}",
            f"Link            {made.link or '(the campaign names no destination)'}",
            f"Cart attribute  _refhub={made.cart_attribute}",
        ],
    )


@advocates.command("list")
@verb
def list_all(office: Office) -> None:
    """All advocates with what they brought and earned."""
    with office.hub.database.reading() as session:
        rows = list_advocates(session).rows
    columns = {
        "CODE": lambda row: ", ".join(code.text for code in row.codes),
        "WHO": lambda row: _who(office, row.person),
        "FRIENDS": lambda row: row.friends,
        "CONVERSIONS": lambda row: row.conversions,
        "EARNED": lambda row: ", ".join(str(money) for money in row.earned) or "-",
        "PENDING": lambda row: ", ".join(str(money) for money in row.pending) or "-",
        "ID": lambda row: row.person.id,
    }
    office.table(rows, columns, "Nobody shares yet: `referhub advocates add CAMPAIGN --email …` adds the first.")


def _who(office: Office, face: Face) -> str:
    """The name under which an operator knows the person; an address where there is none."""
    known = face.name or face.email
    return office.hub.vault.open(known.value, known.context).decode(errors="replace") if known else "-"
