"""`python -m bench`: measures everything, prints medians and the ratios that the project aims at."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace

from bench.report import as_json, as_text
from bench.rounds import QUICK, Size, backtests, run, writings

SIZES = (20_000, 100_000, 1_000_000)
PEOPLE = (450, 10_000)


def main(arguments: list[str] | None = None) -> int:
    """The measures are printed; 0 whatever they are, for another machine's numbers are no failure."""
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("all", "backtest", "write"), default="all", help="only that")
    parser.add_argument("--long", action="store_true", help="the backtest on a million orders, too: many minutes")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that everything works")
    parser.add_argument("--json", action="store_true", help="every round as JSON instead of a table")
    parser.add_argument("--rounds", type=int, help="how many rounds")
    parser.add_argument("--threads", type=int, help="threads of the server, instead of the product's default")
    given = parser.parse_args(arguments)
    if given.what == "backtest":
        _backtests(SIZES[: 3 if given.long else 2])
        return 0
    if given.what == "write":
        _writings(PEOPLE)
        return 0
    told = {name: value for name in ("rounds", "threads") if (value := getattr(given, name)) is not None}
    results = run(replace(QUICK if given.quick else Size(), **told), _say)
    print(json.dumps(as_json(results), indent=2) if given.json else as_text(results))
    return 0


def _backtests(sizes: Sequence[int]) -> None:
    print(f"{'':<12}{'orders':>10}{'tried/s':>10}{'read/s':>10}{'ratio':>8}{'MB':>8}")
    for database, orders, found in backtests(sizes, _say):
        rates = f"{found.backtest:>10,.0f}{found.reading:>10,.0f}{found.backtest / found.reading:>8.2f}"
        print(f"{database:<12}{orders:>10,}{rates}{found.peak_mb:>8,.0f}", flush=True)


def _writings(sizes: Sequence[int]) -> None:
    print(f"{'':<12}{'people':>10}{'calls':>8}{'written/s':>12}{'bare/s':>10}{'ratio':>8}")
    for crm, people, told in writings(sizes, _say):
        rates = f"{told.hub:>12,.0f}{told.bare:>10,.0f}{told.hub / told.bare:>8.2f}"
        print(f"{crm:<12}{people:>10,}{told.calls:>8}{rates}", flush=True)


def _say(words: str) -> None:
    print(words, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
