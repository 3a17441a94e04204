"""The gate: on a live hub nobody's money is promised by terms that were not rehearsed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.gateway.hub import Hub
from core.models import Campaign, Rehearsal, RehearsalState, StoredTerms
from core.rules.terms import BadTerms
from core.services.audit import note


def require_rehearsed(session: Session, hub: Hub, campaign: Campaign, version: StoredTerms, why_not: str = "") -> None:
    """Nothing happens for a version that passed its rehearsal, or on a hub where nothing is real.

    With `why_not` it may go live without one, and the trail says so. Raises `BadTerms` otherwise.
    """
    if not hub.must_rehearse or is_rehearsed(session, version):
        return
    if not why_not.strip():
        raise BadTerms([_words(session, campaign, version)])
    note(
        session,
        campaign.merchant_id,
        "publish_unrehearsed",
        f"campaign:{campaign.slug}",
        f"version {version.version}: {why_not.strip()[:300]}",
        hub.now(),
    )


def is_rehearsed(session: Session, version: StoredTerms) -> bool:
    """True when the cast played exactly this version and every promise held."""
    passed = Rehearsal.terms_id == version.id, Rehearsal.state == RehearsalState.PASSED
    return session.scalars(select(Rehearsal.id).where(*passed).limit(1)).first() is not None


def _words(session: Session, campaign: Campaign, version: StoredTerms) -> str:
    tried = select(Rehearsal.id).where(Rehearsal.terms_id == version.id, Rehearsal.state == RehearsalState.FAILED)
    has_failed = session.scalars(tried.limit(1)).first() is not None
    what = "failed its rehearsal" if has_failed else "was not rehearsed yet"
    name = f"version {version.version} of {campaign.slug}"
    return (
        f"{name} {what}: `referhub rehearse {campaign.slug}` plays it through in seconds and says what to mend. "
        'To go live all the same, say why: --unrehearsed "…"'
    )
