"""Backtest: proposed terms are tried on everything that was told, and nothing comes of it but a report.

Two passes, so that memory stays flat: every friend's history is judged alone, and what it asks for is then sorted by
when it was decided, and granted where there is room. See docs/backtest.md.
"""

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import select

from core.contract.errors import Mendable
from core.gateway.hub import Hub
from core.models import Backtest, Campaign, StoredTerms, new_id
from core.rules.counting import TermsInForce
from core.rules.replay.comparing import Comparison, Difference, in_words
from core.rules.replay.deciding import Deciding
from core.rules.replay.friends import steps_of
from core.rules.replay.judging import Judging
from core.rules.replay.owing import Standing
from core.rules.replay.steps import Ask, Step
from core.rules.replay.telling import moment
from core.rules.replay.world import PROPOSED, Course
from core.rules.terms import Terms, parse_terms
from core.services.audit import note
from core.services.campaigns import find
from core.services.connections import NotFound
from core.services.sorting import Sorter
from core.services.told import World, families, open_world

MOST_KEPT = 200
DAYS = 90
Tell = Callable[[Difference], None]
Progress = Callable[[int, int], None]


class BadPeriod(Mendable, ValueError):
    """The period cannot be looked at; the text says why."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is tried: terms (of that `version` of the campaign, if it is kept), for orders placed in that period."""

    body: Mapping[str, Any]
    since: datetime
    until: datetime
    version: int | None = None


def backtest(
    hub: Hub, slug: str, proposal: Proposal, *, tell: Tell | None = None, progress: Progress | None = None
) -> tuple[Backtest, Campaign]:
    """The proposed terms were tried; every order that differs is told to `tell`, the first are kept with the report.

    Raises `BadTerms`, `BadPeriod`, or `NotFound`.
    """
    terms = parse_terms(proposal.body)
    if proposal.since >= proposal.until:
        raise BadPeriod("the period ends before it begins: give an earlier --from or a later --to")
    with hub.database.reading() as session:
        campaign = find(session, slug)
        world = open_world(session, campaign)
    kept: list[Difference] = []

    def keep(difference: Difference) -> None:
        if len(kept) < MOST_KEPT:
            kept.append(difference)
        if tell:
            tell(difference)

    proposed = world.course.instead(TermsInForce(PROPOSED, terms, proposal.since), proposal.until)
    compared = compare(hub, world, (world.course, proposed), {PROPOSED: terms}, proposal, keep, progress)
    return _store(hub, campaign, proposal, compared, kept), campaign


def newest_version(hub: Hub, slug: str, number: int | None = None) -> tuple[int, dict[str, Any]]:
    """The number and the document of a campaign's newest version of terms, or of that one. Raises `NotFound`."""
    with hub.database.reading() as session:
        campaign = find(session, slug)
        query = select(StoredTerms).filter_by(campaign_id=campaign.id).order_by(StoredTerms.version.desc())
        found = session.scalars(query if number is None else query.filter_by(version=number)).first()
    if found is None:
        raise NotFound(f"{slug} has no version {number}: `referhub campaigns show {slug}` lists them")
    return found.version, found.body


def compare(
    hub: Hub,
    world: World,
    courses: Sequence[Course],
    proposed: Mapping[str, Terms],
    period: Proposal,
    keep: Tell,
    progress: Progress | None = None,
) -> Comparison:
    """The orders of the period under both courses of terms, side by side."""
    compared = Comparison()
    for step, both in outcomes(hub, world, courses, {**world.terms, **proposed}, progress):
        placed_at = moment(step.placed_at)
        if period.since <= placed_at < period.until:
            difference = compared.add(step.order_id, step.name, placed_at, both, step.whys)
            if difference is not None:
                keep(difference)
    return compared


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Millions of small values come and go without a circle: looking for circles takes a tenth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(20_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def outcomes(
    hub: Hub, world: World, courses: Sequence[Course], terms: Mapping[str, Terms], progress: Progress | None = None
) -> Iterator[tuple[Step, Sequence[Standing]]]:
    """Every order that counted once, with its last step, as it stands in the end under each course of terms."""
    judging = Judging(courses, world.campaign_id, hub.vault.token_key)
    with _seldom_collected(), Sorter() as steps:
        for rows in families(hub, world, progress):
            for step in steps_of(rows, judging):
                steps.add(_plain(step))
        yield from _decided(map(_step, steps), world, [Deciding(course, terms) for course in courses])


def _decided(
    steps: Iterable[Step], world: World, courses: Sequence[Deciding]
) -> Iterator[tuple[Step, Sequence[Standing]]]:
    known: dict[str, list[Standing]] = {}
    over: list[tuple[Step, Sequence[Standing]]] = []
    is_held_back = any(course.is_ever_numbered for course in courses)
    turns = deque(world.turns)
    for number, decision in groupby(steps, key=attrgetter("number")):
        while turns and turns[0].number <= number:
            change = turns.popleft().change
            for course in courses:
                change(course)
        for step in decision:
            standings = known.get(step.order_id) or [Standing() for _ in courses]
            known[step.order_id] = standings
            for course, standing, ask in zip(courses, standings, step.asks, strict=True):
                if ask is not None:
                    course.take(standing, step, ask)
            if step.is_last:
                over.append((step, known.pop(step.order_id)))
        for course in courses:
            course.finish()
        if not is_held_back:  # nothing that comes later moves what is over
            yield from over
            over.clear()
    yield from over


def _plain(step: Step) -> tuple[Any, ...]:
    return (*step[:9], tuple(ask and tuple(ask) for ask in step.asks), *step[10:])


def _step(told: tuple[Any, ...]) -> Step:
    return Step._make((*told[:9], tuple(ask and Ask._make(ask) for ask in told[9]), *told[10:]))


def _store(
    hub: Hub, campaign: Campaign, proposal: Proposal, compared: Comparison, kept: Sequence[Difference]
) -> Backtest:
    days = max(1, round((proposal.until - proposal.since) / timedelta(days=1)))
    row = Backtest(
        id=new_id(),
        merchant_id=campaign.merchant_id,
        campaign_id=campaign.id,
        version=proposal.version,
        terms=dict(proposal.body),
        since=proposal.since,
        until=proposal.until,
        summary={
            "orders": compared.orders,
            "differ": compared.differ,
            "before": compared.before.stored(),
            "after": compared.after.stored(),
            "words": in_words(compared, days),
        },
        orders=[_stored(one) for one in kept],
        ran_at=hub.now(),
    )
    with hub.database.transaction() as session:
        session.add(row)
        note(
            session, campaign.merchant_id, "backtest", f"campaign:{campaign.slug}", row.summary["words"][0], row.ran_at
        )
    return row


def _stored(one: Difference) -> dict[str, str]:
    return {
        "order_id": one.order_id,
        "name": one.name,
        "placed_at": one.placed_at.isoformat(),
        "before": one.before,
        "after": one.after,
        "words": one.words,
    }
