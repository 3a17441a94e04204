"""Commands that rehearse: play terms through, invite people to try them, read what came of it, and clear away."""

import sys

import click

from core.commands.office import Office, verb
from core.rules.rehearsal import Report
from core.services.rehearse import rehearse as play_through
from core.worker import run_until_idle

MARKS = {True: "ok ", False: "BAD", None: "-  "}


@click.command()
@click.argument("slug")
@click.option("--version", type=click.IntRange(min=1), help="Which version of the terms; without it the newest.")
@verb
def rehearse(office: Office, slug: str, version: int | None) -> None:
    """Play a campaign's terms through with a made-up cast; status 1 when a promise was broken."""
    made = play_through(office.hub, slug, office.ground, run_until_idle, version=version)
    told = {"id": made.id, "slug": made.slug, "version": made.version, "passed": made.report.has_passed}
    office.answer(
        {**told, "began_at": made.began_at, "report": made.report}, _lines(made.slug, made.version, made.report)
    )
    if not made.report.has_passed:
        sys.exit(1)


def _lines(slug: str, version: int, report: Report) -> list[str]:
    lines = [f"Version {version} of {slug}, played on {', '.join(report.places)}", ""]
    lines += [f"{'ok ' if act.is_right else 'BAD'} {act.title}: {act.story}" for act in report.acts]
    lines += ["", "What must hold before it may go live:", ""]
    for kept in report.promises:
        lines.append(f"{MARKS[kept.holds]} {kept.words}{'' if kept.holds is not None else ' (could not be played)'}")
        lines += [f"      {one.who}: {one.words}\n      to mend: {one.mend}" for one in kept.findings]
    lines += ["", *(f"note: {words}" for words in report.warnings)]
    verdict = "It may go live" if report.has_passed else "Not yet: mend what is marked BAD, then rehearse again"
    follows = f": referhub campaigns publish {slug}" if report.has_passed else "."
    return [*lines, f"{verdict}{follows}"]


COMMANDS = (rehearse,)
