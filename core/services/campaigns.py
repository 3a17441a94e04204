"""Campaigns: created as drafts, given new versions of terms, and published from a stated time on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.gateway.hub import Hub
from core.models import Allowance, Campaign, StoredOrder, StoredTerms, new_id
from core.rules.feasibility import obstacles
from core.rules.limits import budget_ceiling, budget_name
from core.rules.terms import BadTerms, Terms, parse_terms
from core.services.audit import note
from core.services.book import lock, open_book
from core.services.connections import NotFound
from core.services.convert import convert
from core.services.means import means_of
from core.services.merchants import default_merchant
from core.services.rehearsed import require_rehearsed
from core.services.tell import tell_terms


def create_campaign(hub: Hub, body: Mapping[str, Any]) -> tuple[Campaign, StoredTerms]:
    """The campaign exists as a draft with these terms, or has them as its next version. Raises `BadTerms`."""
    terms = parse_terms(body)
    with hub.database.transaction() as session:
        merchant = default_merchant(hub, session)
        query = select(Campaign).filter_by(merchant_id=merchant.id, slug=terms.slug)
        campaign = session.scalars(query).one_or_none()
        if campaign is None:
            campaign = Campaign(
                id=new_id(), merchant_id=merchant.id, slug=terms.slug, state="draft", created_at=hub.now()
            )
            session.add(campaign)
        campaign.name = terms.name
        session.flush()
        newest = session.scalar(select(func.max(StoredTerms.version)).filter_by(campaign_id=campaign.id)) or 0
        version = StoredTerms(
            id=new_id(),
            merchant_id=campaign.merchant_id,
            campaign_id=campaign.id,
            version=newest + 1,
            body=dict(body),
            created_at=hub.now(),
        )
        session.add(version)
        _note(session, hub, campaign, "create_terms", f"version {version.version}")
        return campaign, version


def publish(
    hub: Hub, slug: str, *, effective_at: datetime | None = None, unrehearsed: str = ""
) -> tuple[Campaign, StoredTerms]:
    """The newest version of terms holds from that time (now, if none is given); what was earned before stays.

    `unrehearsed` says why it holds although it passed no rehearsal. Raises `BadTerms` when the campaign
    cannot work with what is connected, or on a live hub when it was not rehearsed and nobody says why.
    """
    with hub.database.transaction() as session:
        campaign = find(session, slug)
        merchant = lock(session, campaign.merchant_id)  # before the budget is touched, which deciders touch under it
        query = select(StoredTerms).filter_by(campaign_id=campaign.id).order_by(StoredTerms.version.desc())
        version = session.scalars(query).first()
        assert version is not None  # a campaign is created together with its first version
        terms = parse_terms(version.body)
        _check_feasible(session, campaign.merchant_id, terms, version.effective_at or effective_at or hub.now())
        if version.effective_at is None:
            require_rehearsed(session, hub, campaign, version, unrehearsed)
            # Shops stamp whole seconds: an order of this very second is not older than the campaign.
            version.effective_at = effective_at or hub.now().replace(microsecond=0)
            tell_terms(session, merchant, version, hub.now())
        campaign.state = "published"
        _set_budget(session, campaign, terms, holds_now=version.effective_at <= hub.now())
        _reconsider(hub, session, campaign.merchant_id, version.effective_at)
        _note(session, hub, campaign, "publish", f"version {version.version} from {version.effective_at.isoformat()}")
        return campaign, version


def _reconsider(hub: Hub, session: Session, merchant_id: str, since: datetime) -> None:
    """Orders that came before these terms were published, but not before they hold, are decided again."""
    session.flush()
    book = open_book(hub, session, merchant_id)
    query = select(StoredOrder.friend_id).where(StoredOrder.merchant_id == merchant_id, StoredOrder.placed_at >= since)
    convert(book, {book.living(friend) for friend in session.scalars(query.distinct()) if friend})


def _set_budget(session: Session, campaign: Campaign, terms: Terms, *, holds_now: bool) -> None:
    """The counter rows exist before the first reward does; terms that hold later change them when they do."""
    for currency in terms.currencies:
        name, ceiling = budget_name(currency), budget_ceiling(terms.limits, currency)
        row = session.scalars(select(Allowance).filter_by(campaign_id=campaign.id, name=name)).one_or_none()
        if row is None:
            row = Allowance(id=new_id(), campaign_id=campaign.id, name=name, ceiling=ceiling, used=0)
            row.merchant_id = campaign.merchant_id
            session.add(row)
        elif holds_now:
            row.ceiling = ceiling


def _check_feasible(session: Session, merchant_id: str, terms: Terms, from_at: datetime) -> None:
    problems = obstacles(terms, means_of(session, merchant_id), from_at)
    if problems:
        raise BadTerms(problems)


def find(session: Session, slug: str) -> Campaign:
    """The campaign of that short name. Raises `NotFound`."""
    found = session.scalars(select(Campaign).filter_by(slug=slug)).one_or_none()
    if found is None:
        known = ", ".join(session.scalars(select(Campaign.slug))) or "none yet"
        raise NotFound(f"there is no campaign {slug!r}: there are {known}")
    return found


def _note(session: Session, hub: Hub, campaign: Campaign, verb: str, detail: str) -> None:
    note(session, campaign.merchant_id, verb, f"campaign:{campaign.slug}", detail, hub.now())
