"""The command that compares: the hub beside shops and CRMs, and healed where that is the hub's to do."""

import sys
from datetime import timedelta

import click
from sqlalchemy import select

from core.commands.office import Office, counted, verb
from core.models import Connection
from core.services.compare import Comparison, Difference
from core.services.compare import compare as compare_all
from core.services.connections import find


@click.command()
@click.option("--connection", help="Only this connection (label or id).")
@click.option("--days", default=30, type=click.IntRange(1, 3650), show_default=True, help="How far to look back.")
@click.option("--heal", is_flag=True, help="Make right what is the hub's to make right: orders and fields.")
@verb
def compare(office: Office, connection: str | None, days: int, heal: bool) -> None:
    """Compare orders, credits and fields with what the sources show now; status 1 while anything differs."""
    hub = office.hub
    with hub.database.reading() as session:
        chosen = [find(session, connection)] if connection else list(session.scalars(select(Connection)))
    found = compare_all(hub, chosen, hub.now() - timedelta(days=days), heal=heal)
    office.answer(_told(found), [*_counts(found), *map(_line, found.differences), *_unknown(found)])
    if not found.is_agreed:
        sys.exit(1)


def _told(found: Comparison) -> dict[str, object]:
    return {
        "compared": {name: getattr(found, name) for name in ("orders", "purchases", "credits", "records")},
        "differences": found.differences,
        "unknown": found.unknown,
        "agreed": found.is_agreed,
    }


def _counts(found: Comparison) -> list[str]:
    looked_at = f"{counted(found.orders, 'order')}, {counted(found.credits, 'credit')}"
    looked_at += f" and {counted(found.records, 'record')} read again at their sources"
    stand = "stands" if found.purchases == 1 else "stand"
    twins = f"{counted(found.purchases, 'purchase')} that {stand} in two systems"
    differences = counted(len(found.differences), "difference") if found.differences else "no differences"
    return [f"{looked_at}, {twins}: {differences}."]


def _line(one: Difference) -> str:
    mark = "healed" if one.is_healed else "differs"
    here, there = one.hub or "nothing", one.there or "nothing"
    return f"  {mark}: {one.kind} {one.subject} at {one.place}: here {here}; there {there}"


def _unknown(found: Comparison) -> list[str]:
    return [f"Nothing is known of {label}: {why}" for label, why in found.unknown.items()]
