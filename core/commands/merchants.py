"""Commands for the merchants of the house: merchants list, add, rename, remove."""

import click

from core.commands.office import Office, verb
from core.services.merchants import MerchantRow, add, find_merchant, remove, rename
from core.services.merchants import merchants as list_merchants

COLUMNS = {
    "NAME": lambda row: row.name,
    "CONNECTIONS": lambda row: row.connections,
    "SINCE": lambda row: f"{row.created_at:%Y-%m-%d}",
    "ID": lambda row: row.id,
}


@click.group()
def merchants() -> None:
    """The merchants who share this hub; none of them sees another."""


@merchants.command("list")
@verb
def list_(office: Office) -> None:
    """List every merchant of the house."""
    with office.house.database.reading() as session:
        rows: list[MerchantRow] = list_merchants(session)
    office.table(rows, COLUMNS, "There is no merchant yet: the first connection makes one.")


@merchants.command("add")
@click.argument("name")
@verb
def add_(office: Office, name: str) -> None:
    """Make room for one more merchant."""
    row = add(office.house, name)
    answer = {"id": row.id, "name": row.name}
    office.answer(answer, [f"{row.name} has room here.", f"Next: referhub --merchant '{row.name}' connect --help"])


@merchants.command("rename")
@click.argument("merchant")
@click.argument("name")
@verb
def rename_(office: Office, merchant: str, name: str) -> None:
    """Give MERCHANT (a name or an id) another NAME."""
    row = rename(office.house, merchant, name)
    office.answer({"id": row.id, "name": row.name}, f"The merchant is called {row.name} now.")


@merchants.command("remove")
@click.argument("merchant")
@click.option("--name-again", help="The merchant's name once more, instead of being asked for it.")
@verb
def remove_(office: Office, merchant: str, name_again: str | None) -> None:
    """Erase everything of MERCHANT (a name or an id) for good: people, money, credentials, trail.

    What sources hold is left there: disconnect them before.
    """
    with office.house.database.reading() as session:
        row = find_merchant(session, merchant)
    if name_again is None:
        office.say(f"Everything of {row.name} will be erased: people, orders, rewards, the ledger, the trail.")
        name_again = click.prompt("Type the name again", err=True)
    merchant_id = remove(office.house, row.id, name_again)
    office.answer({"removed": merchant_id, "name": row.name}, f"Nothing of {row.name} is left here.")
