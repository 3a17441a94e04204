"""Commands about what waits for a second person."""

import click

from core.commands.office import Office, cli_actor, verb
from core.models import Proposal
from core.queries.listing import LARGEST_SIZE
from core.queries.proposals import proposals as list_proposals
from core.services.second_person import Done, Who
from core.services.second_person import confirm as confirm_proposal
from core.services.second_person import refuse as refuse_proposal

STAMP = "%Y-%m-%d %H:%M"
STATES = ("open", "done", "refused", "all")


def typist() -> Who:
    """Whoever types, as the operating system knows them."""
    return Who(cli_actor(), cli_actor())


def say_done_or_proposed(office: Office, row: Done | Proposal, words: str) -> None:
    """The act was done, as the words say; or it was not, and this is what has to happen next."""
    if not isinstance(row, Proposal):
        office.answer({"id": row.id, "state": row.state}, words)
        return
    lines = ["Nothing is done yet: this is more than one person may decide alone."]
    lines.append(f"A second person says yes with: referhub proposals confirm {row.id}")
    office.answer({"proposal": row.id, "state": row.state}, lines)


@click.group()
def proposals() -> None:
    """What one person asked for and a second one has to say yes to."""


@proposals.command("list")
@click.option("--state", type=click.Choice(STATES), default="open", show_default=True, help="Only those in this state.")
@click.option("--limit", default=50, type=click.IntRange(1, LARGEST_SIZE), show_default=True, help="How many.")
@verb
def list_all(office: Office, state: str, limit: int) -> None:
    """The newest proposals."""
    with office.hub.database.reading() as session:
        rows = list_proposals(session, state="" if state == "all" else state, size=limit).rows
    columns = {
        "ASKED": lambda row: f"{row.asked_at:{STAMP}}",
        "BY": lambda row: row.asked_by,
        "AMOUNT": lambda row: row.amount,
        "TO": lambda row: row.wanted,
        "ABOUT": lambda row: row.subject_id,
        "WHY": lambda row: row.why,
        "STATE": lambda row: row.state,
        "ID": lambda row: row.id,
    }
    office.table(rows, columns, "Nothing waits for a second person.")


@proposals.command("confirm")
@click.argument("proposal")
@verb
def confirm(office: Office, proposal: str) -> None:
    """Say yes to a PROPOSAL that somebody else made: it is done at once."""
    row = confirm_proposal(office.hub, proposal, typist())
    office.answer({"id": row.id, "state": row.state}, f"Done, as {row.asked_by} asked.")


@proposals.command("refuse")
@click.argument("proposal")
@click.option("--because", required=True, help="Why; kept in the audit trail.")
@verb
def refuse(office: Office, proposal: str, because: str) -> None:
    """Say no to a PROPOSAL, or take back your own."""
    row = refuse_proposal(office.hub, proposal, because, typist())
    office.answer({"id": row.id, "state": row.state}, "It is not done.")
