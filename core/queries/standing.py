"""Standing: which conversions count for their advocate: none that went back, or that was refused as fraud."""

from sqlalchemy import and_, select

from core.models import Assessment, Conversion

OPEN = "open"
# How a case ends that stops its rewards.
REFUSED = ("voided", "blocked", "timed_out")
IS_REFUSED = (
    select(Assessment.id)
    .where(Assessment.conversion_id == Conversion.id, Assessment.state.in_(REFUSED))
    .correlate(Conversion)
    .exists()
)
STANDS = and_(Conversion.state == "qualified", ~IS_REFUSED)
