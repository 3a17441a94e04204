"""Stopped: what keeps a merchant's rewards from being paid until somebody has looked, and when that was last asked."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import HubState
from core.models.base import SCOPE

LAST_CHECK, STOPPED = "last_check_at", "pushing_stopped"


def stopped_name(merchant_id: str) -> str:
    """Under which fact of the hub the broken promises of that merchant stand."""
    return f"{STOPPED}:{merchant_id}"


def why_pushing_is_stopped(session: Session) -> str:
    """The broken promise that stops this merchant's pushes (in the whole house: anybody's), or an empty text."""
    scope = session.info.get(SCOPE)
    whose = HubState.name.startswith(f"{STOPPED}:") if scope is None else HubState.name == stopped_name(scope)
    query = select(HubState.value).where((HubState.name == STOPPED) | whose, HubState.value != "")
    return session.scalars(query.order_by(HubState.name)).first() or ""


def last_check_at(session: Session) -> datetime | None:
    """When every promise was last asked about."""
    row = session.get(HubState, LAST_CHECK)
    return datetime.fromisoformat(row.value) if row else None
