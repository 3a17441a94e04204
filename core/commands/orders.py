"""Commands about orders: what was heard of, and who brought it."""

import click

from core.commands.office import Office, verb
from core.commands.proposals import say_done_or_proposed, typist
from core.queries.listing import LARGEST_SIZE
from core.queries.orders import find_orders
from core.queries.orders import orders as list_orders
from core.queries.why_words import OUTCOMES
from core.services.connections import NotFound
from core.services.second_person import REATTRIBUTE, do_or_propose

COUNTED = {"counted": True, "not_counted": False}
STAMP = "%Y-%m-%d %H:%M"


@click.group()
def orders() -> None:
    """Orders, deals and leads, and who brought them."""


@orders.command("list")
@click.option("--state", type=click.Choice(list(COUNTED)), help="Only those that count, or do not.")
@click.option("--limit", default=50, type=click.IntRange(1, LARGEST_SIZE), show_default=True, help="How many.")
@verb
def orders_list(office: Office, state: str | None, limit: int) -> None:
    """What was heard of, the newest first."""
    with office.hub.database.reading() as session:
        rows = list_orders(session, counts=COUNTED.get(state or ""), size=limit).rows
    columns = {
        "PLACED": lambda row: f"{row.placed_at:{STAMP}}",
        "WHAT": lambda row: f"{row.kind} {row.name}",
        "BASE": lambda row: row.base,
        "OUTCOME": lambda row: OUTCOMES[row.state].format(campaign=row.campaign),
        "WHY": lambda row: row.reason,
        "ID": lambda row: row.id,
    }
    office.table(rows, columns, "No order was heard of yet.")


@orders.command("reattribute")
@click.argument("order")
@click.option("--to", required=True, help="An advocate's code, `nobody`, or `evidence`: what the order itself says.")
@click.option("--because", required=True, help="Why; kept in the audit trail.")
@verb
def orders_reattribute(office: Office, order: str, to: str, because: str) -> None:
    """Decide who brought ORDER, whatever its evidence says; what was paid to somebody else is claimed back."""
    order_id = _only(office, order)
    row = do_or_propose(office.hub, REATTRIBUTE, order_id, {"to": to, "because": because}, typist())
    say_done_or_proposed(office, row, f"Done. What follows from it: referhub why {order_id}")


def _only(office: Office, said: str) -> str:
    """The id of the one order that is called so: money is never moved on a guess. Raises `NotFound`."""
    with office.hub.database.reading() as session:
        found = find_orders(session, said)
    if not found:
        raise NotFound(f"no order is called {said[:60]!r}: `referhub orders list` shows them")
    if len(found) > 1:
        named = ", ".join(f"{one.id} at {one.connection}" for one in found)
        raise NotFound(f"several orders are called {said[:60]!r}: name one by its id: {named}")
    return found[0].id
