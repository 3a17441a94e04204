"""The command that measures the fraud rules on a made-up town, which whoever puts the house together brings."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import click

from core.commands.office import Office, verb
from core.rules.fraud.measure import Human, Report, Sale, World
from core.rules.fraud.strictness import EPOCH, strictness
from core.rules.fraud.weigh import Outcome
from core.rules.terms import FraudTerms


@dataclass(frozen=True, slots=True)
class Population:
    """A labelled population: `cheats` are the labels that cheat, `beyond` those that leave nothing to compare."""

    humans: Sequence[Human]
    sales: Sequence[Sale]
    cheats: Collection[str]
    beyond: Collection[str]
    own_networks: tuple[str, ...] = ()


@click.command()
@click.option("--people", default=10_000, type=click.IntRange(100, 100_000), show_default=True, help="How many.")
@click.option("--seed", default=7, type=int, show_default=True, help="One seed is one town.")
@verb
def measure(office: Office, people: int, seed: int) -> None:
    """Judge a made-up town of labelled people by the shipped rules: who was stopped, and who should have been."""
    town: Population = office.town(people, seed)
    terms = FraudTerms(settings={"busy_network": {"allowed": town.own_networks}})
    world = World(town.humans, town.sales, strictness([(terms, EPOCH)], EPOCH))
    report = Report(world.judge(), town.cheats, town.beyond)
    # No hub is needed, so none is opened to answer.
    lines = [json.dumps(_plain(report, people, seed), indent=2)] if office.as_json else _lines(report)
    click.echo("\n".join(lines))


def _plain(report: Report, people: int, seed: int) -> dict[str, Any]:
    return {
        "people": people,
        "seed": seed,
        "purchases": len(report.judged),
        "recall": round(report.recall, 4),
        "precision": round(report.precision, 4),
        "innocent_held": round(report.innocent(Outcome.HELD), 4),
        "innocent_blocked": round(report.innocent(Outcome.BLOCKED), 4),
        "archetypes": [
            {**asdict(one), "stopped": one.stopped, "is_cheat": one.name in report.cheats} for one in report.by_label()
        ],
        "rules": [
            {"rule": one.name, "cheats": one.cheats, "honest": one.honest, "precision": round(one.precision, 4)}
            for one in report.by_rule()
        ],
    }


def _lines(report: Report) -> list[str]:
    lines = [f"{'ARCHETYPE':<16} {'':<7} {'ALL':>6} {'HELD':>6} {'BLOCKED':>8} {'STOPPED':>8}"]
    for one in report.by_label():
        kind = "cheats" if one.name in report.cheats else "honest"
        lines.append(f"{one.name:<16} {kind:<7} {one.all:>6} {one.held:>6} {one.blocked:>8} {one.share:>8.1%}")
    lines += ["", f"{'RULE':<16} {'CHEATS':>7} {'HONEST':>7} {'PRECISION':>10}"]
    lines += [f"{one.name:<16} {one.cheats:>7} {one.honest:>7} {one.precision:>10.1%}" for one in report.by_rule()]
    return [
        *lines,
        "",
        f"recall of what rules can see {report.recall:.1%}, precision {report.precision:.1%}",
        f"honest people held {report.innocent(Outcome.HELD):.2%}, blocked {report.innocent(Outcome.BLOCKED):.2%}",
    ]
