"""The rounds: everything is measured in turn, again and again, so that other load hits all of it alike."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bench import backtesting
from bench.accepting import ask_hello, post_orders
from bench.ceilings import commit_rows, delivery_rows
from bench.copies import PostgresCopies, SqliteCopies
from bench.deciding import decide
from bench.measures import (
    ACCEPT,
    BACKTEST,
    BARE,
    CRMS,
    DECIDE,
    GROUPED,
    HELLO,
    NAIVE,
    PRECOMPUTED,
    READING,
    SINGLE,
    WRITE,
    Measure,
    Results,
)
from bench.orders import SignedOrder, signed_orders
from bench.scene import CODES, SECRET, Scene
from bench.servers import Serving, hello, naive, product
from bench.writing import Told, write_to
from core.database import Database
from tests.support.postgres import PostgresUnavailable, running_postgres

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything; more is steadier and slower."""

    rounds: int = 5
    seconds: float = 3.0
    events: int = 1_020
    single_commits: int = 100
    people: int = 2_000
    told: int = 30_000
    threads: int = 32


QUICK = Size(rounds=1, seconds=0.7, events=120, single_commits=10, people=400, told=500)


@dataclass(frozen=True, slots=True)
class _Stand:
    """One database as it was set, and a copy of it with two servers running."""

    pristine: Scene
    scene: Scene
    copies: SqliteCopies | PostgresCopies
    product: Serving
    naive: Serving

    @property
    def webhooks(self) -> str:
        return f"/hooks/{self.scene.connection_id}"


def run(size: Size, say: Say) -> Results:
    """All rounds on SQLite and, where it can be had, PostgreSQL."""
    results = Results()
    orders = list(signed_orders(size.events, shop_secret=SECRET, codes=CODES))
    with contextlib.ExitStack() as stack:
        stands = [_stand(stack, copies, size) for copies in _copies(stack, say)]
        greeter = stack.enter_context(hello(threads=size.threads))
        for stand in stands:  # what is loaded on first use is loaded now
            post_orders(stand.product.port, stand.webhooks, stand.scene, 0.3)
            post_orders(stand.naive.port, "/", stand.scene, 0.3)
        for number in range(size.rounds):
            say(f"round {number + 1} of {size.rounds}")
            _accept(results, stands, greeter, size.seconds)
            for stand in stands:
                _commit(results, stand, orders, size)
                _decide(results, stand, orders)
                _try_terms(results, stand, size.told)
            _write(results, size.people)
    return results


def _copies(stack: contextlib.ExitStack, say: Say) -> Iterator[SqliteCopies | PostgresCopies]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="referhub-bench-")))
    yield SqliteCopies(folder)
    try:
        yield PostgresCopies(stack.enter_context(running_postgres()), folder)
    except PostgresUnavailable as why:
        say(f"no PostgreSQL, measuring SQLite alone: {why}")


def _stand(stack: contextlib.ExitStack, copies: SqliteCopies | PostgresCopies, size: Size) -> _Stand:
    scene = copies.scene()
    served = stack.enter_context(copies.copy(scene))
    threads = size.threads
    started = [stack.enter_context(serve(served, threads=threads)) for serve in (product, naive)]
    return _Stand(scene, served, copies, *started)


def _accept(results: Results, stands: list[_Stand], greeter: Serving, seconds: float) -> None:
    told = ask_hello(greeter.port, seconds)
    results.add(Measure(HELLO), told.per_second)
    results.add_latency(Measure(HELLO), told.p50_ms, told.p99_ms)
    for kind in (ACCEPT, NAIVE):
        for stand in stands:
            port, path = (stand.product.port, stand.webhooks) if kind == ACCEPT else (stand.naive.port, "/")
            told = post_orders(port, path, stand.scene, seconds)
            measure = Measure(kind, stand.scene.name)
            results.add(measure, told.per_second)
            results.add_latency(measure, told.p50_ms, told.p99_ms)


def _commit(results: Results, stand: _Stand, orders: list[SignedOrder], size: Size) -> None:
    database = Database(stand.scene.url)
    rows = delivery_rows(stand.scene, orders)
    single = commit_rows(database, list(islice(rows, size.single_commits)), group=1)
    results.add(Measure(SINGLE, stand.scene.name), single)
    results.add(Measure(GROUPED, stand.scene.name), commit_rows(database, rows, group=32))
    database.close()


def _decide(results: Results, stand: _Stand, orders: list[SignedOrder]) -> None:
    product_rate, ceiling = decide(stand.pristine, stand.copies.copy, orders)
    results.add(Measure(DECIDE, stand.scene.name), product_rate)
    results.add(Measure(PRECOMPUTED, stand.scene.name), ceiling)


def _try_terms(results: Results, stand: _Stand, orders: int) -> None:
    with stand.copies.copy(stand.pristine) as told:
        backtesting.lay_tellings(told, orders)
        found = backtesting.measured(told, orders)
    measure = Measure(BACKTEST, stand.scene.name)
    results.add(measure, found.backtest)
    results.add(Measure(READING, stand.scene.name), found.reading)
    results.peak_mb[measure] = max(found.peak_mb, results.peak_mb.get(measure, 0))


def backtests(sizes: Sequence[int], say: Say) -> Iterator[tuple[str, int, backtesting.Backtested]]:
    """Only the backtest, on tables of these many orders, on SQLite and, where it can be had, PostgreSQL."""
    with contextlib.ExitStack() as stack:
        for copies in _copies(stack, say):
            pristine = copies.scene()
            for orders in sizes:
                with copies.copy(pristine) as told:
                    say(f"{orders:,} orders on {told.name}")
                    backtesting.lay_tellings(told, orders)
                    yield told.name, orders, backtesting.measured(told, orders)


def writings(sizes: Sequence[int], say: Say) -> Iterator[tuple[str, int, Told]]:
    """Only the writing, of these many people to each CRM, once. Raises `bench.writing.Incomplete`."""
    for people in sizes:
        for crm, name in CRMS.items():
            say(f"{people:,} people to {name}")
            yield name, people, write_to(crm, people)


def _write(results: Results, people: int) -> None:
    for crm, name in CRMS.items():
        told = write_to(crm, people)
        results.add(Measure(WRITE, name), told.hub)
        results.add(Measure(BARE, name), told.bare)
        results.calls[Measure(WRITE, name)] = results.calls[Measure(BARE, name)] = told.calls
