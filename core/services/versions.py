"""Versions: the terms that a campaign had, has and will have, each as it was written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.gateway.hub import Hub
from core.models import Campaign, StoredTerms
from core.rules.feasibility import obstacles, remarks
from core.rules.terms import Terms
from core.services.book import terms_of
from core.services.campaigns import find
from core.services.connections import NotFound
from core.services.means import means_of
from core.services.merchants import only_merchant


@dataclass(frozen=True)
class Examined:
    """What stands in the way of terms with what is connected now, and what may still not be wanted."""

    obstacles: Sequence[str]
    remarks: Sequence[str]


@dataclass(frozen=True)
class Version:
    """One version of a campaign's terms; it holds from `effective_at`, or is a draft."""

    number: int
    effective_at: datetime | None
    terms: Terms


def examine(hub: Hub, terms: Terms) -> Examined:
    """Whether a campaign with these terms could begin now. Nothing is stored."""
    with hub.database.reading() as session:
        found = obstacles(terms, means_of(session, only_merchant(session)), hub.now())
    return Examined(found, remarks(terms))


def versions_of(session: Session, slug: str) -> tuple[Campaign, list[Version]]:
    """The campaign of that short name with its versions, oldest first. Raises `NotFound`."""
    campaign = find(session, slug)
    query = select(StoredTerms).filter_by(campaign_id=campaign.id).order_by(StoredTerms.version)
    return campaign, [Version(row.version, row.effective_at, terms_of(row)) for row in session.scalars(query)]


def chosen(versions: Sequence[Version], number: int | None) -> Version:
    """The version of that number; the newest where none is named. Raises `NotFound`."""
    found = [version for version in versions if number in (None, version.number)]
    if not found:
        raise NotFound(f"there is no version {number}: there are {versions[0].number} to {versions[-1].number}")
    return found[-1]


def in_force(versions: Sequence[Version], now: datetime) -> Version | None:
    """The version that holds now; of several from one time on, the newest."""
    held = [one for one in versions if one.effective_at is not None and one.effective_at <= now]
    return max(held, key=lambda one: (one.effective_at, one.number), default=None)
