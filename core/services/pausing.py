"""Pausing: a campaign whose own terms say so rests by itself; what is ordered then does not count."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import CampaignPause, new_id
from core.services.audit import HUB, note
from core.services.book import Book
from core.services.tell import tell_pause


def pause_by_itself(book: Book, campaign_id: str, because: str) -> None:
    """The campaign rests from now on, unless it does already; the trail and what waits for a person say so."""
    campaign = next((one.row for one in book.campaigns if one.row.id == campaign_id), None)
    if campaign is None or open_pause(book.session, campaign_id) is not None:
        return
    row = CampaignPause(id=new_id(), campaign_id=campaign_id, from_at=book.now, because=because, actor=HUB)
    row.merchant_id = book.merchant.id
    book.session.add(row)
    tell_pause(book.session, book.merchant, row, book.now)
    book.session.flush()
    note(book.session, book.merchant.id, "pause", f"campaign:{campaign.slug}", because, book.now, actor=HUB)


def open_pause(session: Session, campaign_id: str) -> CampaignPause | None:
    """The pause that goes on, if there is one."""
    query = select(CampaignPause).filter_by(campaign_id=campaign_id, until_at=None)
    return session.scalars(query).first()
