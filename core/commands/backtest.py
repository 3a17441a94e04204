"""Commands about trying terms on what truly happened."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path

import click

from core.commands.marketing import campaigns, document
from core.commands.moments import moment
from core.commands.office import Office, verb
from core.commands.sheets import Sheet
from core.queries.backtests import BacktestReport, BacktestRow, Side, report
from core.queries.backtests import backtests as list_backtests
from core.rules.replay.comparing import Difference
from core.services.backtest import DAYS, Proposal, backtest, newest_version
from core.services.campaigns import find

SHOWN = 20
COLUMNS = ("order", "placed at", "then", "with these terms", "why", "id")


@campaigns.command("backtest")
@click.argument("slug")
@click.option(
    "--terms", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The terms to try, as TOML or JSON."
)
@click.option("--version", type=int, help="Try this version of the campaign's terms instead (default: the newest).")
@click.option("--from", "since", help=f"Orders placed from this UTC time on (default: {DAYS} days ago).")
@click.option("--to", "until", help="Orders placed before this UTC time (default: now).")
@click.option("--csv", "sheet", type=click.Path(dir_okay=False, path_type=Path), help="Write every order that differs.")
@verb
def try_terms(
    office: Office,
    slug: str,
    terms: Path | None,
    version: int | None,
    since: str | None,
    until: str | None,
    sheet: Path | None,
) -> None:
    """Try terms on the orders of a period, without any effect: what would have been different, order by order."""
    body = document(terms) if terms else None
    if body is None:
        version, body = newest_version(office.hub, slug, version)
    ends = moment(until) if until else office.hub.now()
    begins = moment(since) if since else ends - timedelta(days=DAYS)
    proposal = Proposal(body, begins, ends, None if terms else version)
    with _progress(office) as progress, Sheet(sheet, COLUMNS) if sheet else nullcontext() as rows:
        tell = (lambda one: rows.add(_cells(one))) if rows else None
        row, campaign = backtest(office.hub, slug, proposal, tell=tell, progress=progress)
    found = report(row, campaign)
    office.answer(found, _in_words(found))


@campaigns.command("backtests")
@click.argument("slug")
@verb
def list_them(office: Office, slug: str) -> None:
    """Which terms were tried on a campaign's past, the newest first."""
    with office.hub.database.reading() as session:
        rows = list_backtests(session, campaign_id=find(session, slug).id).rows
    columns: dict[str, Callable[[BacktestRow], object]] = {
        "RAN": lambda row: f"{row.ran_at:%Y-%m-%d %H:%M}",
        "PERIOD": lambda row: _period(row),
        "TERMS": lambda row: f"version {row.version}" if row.version else "a file",
        "DIFFERENCE": lambda row: row.words[0],
    }
    office.table(rows, columns, f"Nothing was tried on {slug} yet: `referhub campaigns backtest {slug}` does.")


def _cells(one: Difference) -> tuple[object, ...]:
    return (one.name, one.placed_at.isoformat(), one.before, one.after, one.words, one.order_id)


def _in_words(found: BacktestReport) -> Iterator[str]:
    yield f"{found.row.campaign}, orders placed {_period(found.row)}"
    yield from found.row.words
    yield ""
    yield f"{'':<22}{'then':>20}{'with these terms':>20}"
    for name, then, now in _lines(found.before, found.after):
        yield f"{name:<22}{then:>20}{now:>20}"
    if found.differing:
        yield ""
    for one in found.differing[:SHOWN]:
        yield f"{one.name} of {one.placed_at:%Y-%m-%d}: {one.words}"
    if found.differ > SHOWN:
        most = len(found.differing)
        yield f"and {found.differ - SHOWN} more: `--csv FILE` writes them all, `--json` the first {most}"


def _lines(then: Side, now: Side) -> Iterator[tuple[str, str, str]]:
    for name in ("conversions", "reversed", "rewards", "refused"):
        yield name, str(getattr(then, name)), str(getattr(now, name))
    for name in ("cost", "liability"):
        both = [", ".join(map(str, getattr(side, name))) or "-" for side in (then, now)]
        yield name, both[0], both[1]


def _period(row: BacktestRow) -> str:
    return f"{row.since:%Y-%m-%d %H:%M} to {row.until:%Y-%m-%d %H:%M}"


@contextmanager
def _progress(office: Office) -> Iterator[Callable[[int, int], None] | None]:
    """A bar for people who watch; nothing where the answer goes to a program or a file."""
    if office.as_json or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label="Deciding again", file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield show
