"""Rehearse: one version of terms is played through in a place apart, and what came of it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.errors import Mendable
from core.contract.settings import settings_of
from core.gateway.ground import Ground, Source
from core.gateway.hub import Hub
from core.gateway.registry import connector_class
from core.models import Campaign, Connection, FieldSync, Rehearsal, RehearsalKind, RehearsalState, StoredTerms, new_id
from core.rules.rehearsal import CAST, Report, Role, judge_performance, report_of
from core.rules.terms import parse_terms
from core.services.audit import note
from core.services.campaigns import find
from core.services.rehearsal_facts import performance_of
from core.services.rehearsal_play import play
from core.services.rehearsal_played import Played, every_spot
from core.services.rehearsal_stage import Work


class CannotRehearse(Mendable, ValueError):
    """The terms cannot be played through; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What came of rehearsing one version of a campaign's terms."""

    id: str
    slug: str
    version: int
    began_at: datetime
    report: Report


@dataclass(frozen=True, slots=True)
class Programme:
    """What is to be played: exactly these terms, on stand-ins for exactly these connections."""

    campaign: Campaign
    version: StoredTerms
    sources: tuple[Source, ...]
    mapped: dict[str, dict[str, str | None]]
    warnings: tuple[str, ...]


def rehearse(
    hub: Hub, slug: str, ground: Ground, work: Work, *, version: int | None = None, cast: Sequence[Role] = CAST
) -> Rehearsed:
    """That version of the terms (the newest, if none is said) was played by the cast, and the report is kept.

    Nothing of the live hub is changed but that it now knows of the rehearsal. Raises `NotFound`, `CannotRehearse` or
    `BadTerms`.
    """
    programme = programme_of(hub, slug, version, ground)
    began_at, rehearsal_id = hub.now(), new_id()
    _begin(hub, programme, rehearsal_id, began_at)
    report = Report((), ())
    try:
        report = _played(ground, programme, rehearsal_id, work, cast)
    finally:  # whatever went wrong, it is over
        _keep(hub, programme, rehearsal_id, report)
    return Rehearsed(rehearsal_id, programme.campaign.slug, programme.version.version, began_at, report)


def _played(ground: Ground, programme: Programme, rehearsal_id: str, work: Work, cast: Sequence[Role]) -> Report:
    about = {source.label: source.about for source in programme.sources}
    with ground.open(folder_of(ground, rehearsal_id), programme.sources) as stage:
        played = play(stage, programme.version.body, about, programme.mapped, work, cast)
        performance = performance_of(played)
    places = [f"{one.label} ({one.kind})" for one in programme.sources]
    warnings = [*programme.warnings, *_unplayable(played)]
    return report_of(performance, judge_performance(performance), places, warnings)


def programme_of(hub: Hub, slug: str, version: int | None, ground: Ground) -> Programme:
    """The terms and the sources that a rehearsal of them needs. Raises `NotFound`, `CannotRehearse` or `BadTerms`."""
    with hub.database.reading() as session:
        campaign = find(session, slug)
        chosen = _version(session, campaign, version)
        currency = parse_terms(chosen.body).currency
        rows = session.scalars(select(Connection).where(Connection.disconnected_at.is_(None))).all()
        with_stand_in = [row for row in rows if row.connector in ground.kinds]
        mapped = {row.label: _mapped(session, row) for row in with_stand_in}
    if not with_stand_in:
        known = ", ".join(sorted(ground.kinds))
        raise CannotRehearse(f"no source is connected for which there is a stand-in: connect one first ({known})")
    sources = tuple(_source(hub, row, currency) for row in with_stand_in)
    warnings = tuple(
        f"{row.label} was left out: there is no stand-in for {row.connector}"
        for row in rows
        if row not in with_stand_in
    )
    return Programme(campaign, chosen, sources, mapped, warnings)


def folder_of(ground: Ground, rehearsal_id: str) -> Path:
    """Where a rehearsal keeps its own database, its own keys and its places."""
    return ground.folder / rehearsal_id


def _version(session: Session, campaign: Campaign, number: int | None) -> StoredTerms:
    query = select(StoredTerms).filter_by(campaign_id=campaign.id).order_by(StoredTerms.version.desc())
    found = session.scalars(query if number is None else query.filter_by(version=number)).first()
    if found is None:
        raise CannotRehearse(f"{campaign.slug} has no version {number}: `referhub campaigns show {campaign.slug}`")
    return found


def _mapped(session: Session, row: Connection) -> dict[str, str | None]:
    stored = session.get(FieldSync, row.id)
    return dict(stored.mapped) if stored else {}


def _source(hub: Hub, row: Connection, currency: str) -> Source:
    """The connection's settings without its secrets: those never reach a rehearsal."""
    secret = {spec.name for spec in settings_of(connector_class(row.connector).config_class) if spec.is_secret}
    about = {name: value for name, value in hub.config_of(row).items() if name not in secret}
    own = str((row.account or {}).get("currency") or currency)
    return Source(row.connector, row.label, own, about)


def _unplayable(played: Played) -> list[str]:
    """What counts and could not be made up as the terms want it: nothing was shown of it."""
    untried = [one for one in every_spot(played.stage, played.terms) if one.fitting.missing]
    return [
        f"{one.kind}s of {one.place.label} could not be played: no stand-in can make up "
        f"{' and '.join(one.fitting.missing)} as the terms want it"
        for one in untried
    ]


def _begin(hub: Hub, programme: Programme, rehearsal_id: str, began_at: datetime) -> None:
    campaign, version = programme.campaign, programme.version
    row = Rehearsal(id=rehearsal_id, merchant_id=campaign.merchant_id, campaign_id=campaign.id, terms_id=version.id)
    row.kind, row.state, row.began_at = RehearsalKind.CAST, RehearsalState.RUNNING, began_at
    with hub.database.transaction() as session:
        session.add(row)


def _keep(hub: Hub, programme: Programme, rehearsal_id: str, report: Report) -> None:
    state = RehearsalState.PASSED if report.has_passed else RehearsalState.FAILED
    campaign, version = programme.campaign, programme.version
    with hub.database.transaction() as session:
        row = session.get_one(Rehearsal, rehearsal_id)
        row.state, row.summary, row.ended_at = state, report.stored(), hub.now()
        subject, detail = f"campaign:{campaign.slug}", f"version {version.version} {state}"
        note(session, campaign.merchant_id, "rehearse", subject, detail, hub.now())
