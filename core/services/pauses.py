"""Pauses: an operator lets a campaign rest, and go on."""

from core.contract.errors import Mendable
from core.gateway.hub import Hub
from core.models import CampaignPause, new_id
from core.services.audit import OPERATOR, note
from core.services.book import lock
from core.services.campaigns import find
from core.services.pausing import open_pause
from core.services.tell import tell_pause


class NotPaused(Mendable, ValueError):
    """Nothing is there to resume, or to pause; the text says so."""


def pause(hub: Hub, slug: str, because: str, *, actor: str = OPERATOR) -> CampaignPause:
    """What is ordered from now on does not count, until `resume`. Raises `NotFound`, or `NotPaused` if it rests."""
    with hub.database.transaction() as session:
        campaign = find(session, slug)
        merchant = lock(session, campaign.merchant_id)
        if open_pause(session, campaign.id) is not None:
            raise NotPaused(f"{slug} is paused already: `referhub campaigns resume {slug}` ends that")
        row = CampaignPause(id=new_id(), campaign_id=campaign.id, from_at=hub.now(), because=because, actor=actor)
        row.merchant_id = campaign.merchant_id
        session.add(row)
        tell_pause(session, merchant, row, hub.now())
        note(session, campaign.merchant_id, "pause", f"campaign:{slug}", because, hub.now(), actor=actor)
        return row


def resume(hub: Hub, slug: str, because: str, *, actor: str = OPERATOR) -> CampaignPause:
    """What is ordered from now on counts again, not what was ordered meanwhile. Raises `NotFound` or `NotPaused`."""
    with hub.database.transaction() as session:
        campaign = find(session, slug)
        merchant = lock(session, campaign.merchant_id)
        row = open_pause(session, campaign.id)
        if row is None:
            raise NotPaused(f"{slug} is not paused")
        row.until_at = hub.now()
        tell_pause(session, merchant, row, hub.now())
        note(session, campaign.merchant_id, "resume", f"campaign:{slug}", because, hub.now(), actor=actor)
        return row
