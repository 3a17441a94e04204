"""Otherwise: what would have changed the rewards of one order: its facts, limits that refused, rules that suspected."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Assessment, Campaign, Conversion, Reward
from core.queries.why_words import side_words
from core.rules.counting import TermsInForce
from core.rules.facts import facts_of
from core.rules.fraud.strictness import strictness
from core.rules.fraud.weigh import Finding
from core.rules.fraud_table import Mode
from core.rules.limits import Asked
from core.rules.order_rules import as_terms_see
from core.rules.rewarding import Counted
from core.rules.what_if import Case, Otherwise, more_room, other_grants, unsuspected

STANDS = ("qualified", "reversed")
NOT_GIVEN = ("void", "withdrawn")


def otherwise(session: Session, order_id: str, judged: Mapping[str, Case]) -> dict[str, tuple[Otherwise, ...]]:
    """By campaign what would have changed the rewards of an order that counts there. Three statements.

    `judged` are the cases of the order's friend.
    """
    query = select(Conversion, Campaign.slug).join(Campaign, Campaign.id == Conversion.campaign_id)
    rows = session.execute(query.where(Conversion.order_id == order_id, Conversion.state.in_(STANDS))).all()
    ids = [row.Conversion.id for row in rows]
    refused = session.scalars(select(Reward).where(Reward.conversion_id.in_(ids), Reward.state.in_(NOT_GIVEN))).all()
    found = session.scalars(select(Assessment).where(Assessment.conversion_id.in_(ids))).all()
    assessed = {row.conversion_id: row for row in found}
    return {
        row.slug: tuple(_otherwise(row.Conversion, judged[row.slug], refused, assessed.get(row.Conversion.id)))
        for row in rows
        if row.slug in judged
    }


def _otherwise(
    conversion: Conversion, case: Case, refused: Sequence[Reward], assessment: Assessment | None
) -> Iterator[Otherwise]:
    version = next((one for one in case.versions if one.terms_id == conversion.terms_id), None)
    if version is None:
        return
    seen = as_terms_see(case.order(conversion.order_id), version.terms)
    base = Money(conversion.base_minor, conversion.currency)
    yield from other_grants(version.terms, Counted(base, facts_of(seen), conversion.number))
    for reward in refused:
        if reward.conversion_id == conversion.id:
            then = f"{reward.granted} would have been promised to {side_words(reward.side)}"
            yield from more_room(reward.side, then, [Asked(**one) for one in reward.refused_by])
    if assessment is not None:
        yield from unsuspected(_findings(assessment), _enough(case.versions, assessment))


def _findings(assessment: Assessment) -> list[Finding]:
    return [Finding(one["rule"], Mode(one["mode"]), one["points"], one["words"]) for one in assessment.findings]


def _enough(versions: Sequence[TermsInForce], assessment: Assessment) -> int:
    """From how many points on a reward was held when the rules looked."""
    at = assessment.assessed_at or assessment.created_at
    return strictness([(one.terms.fraud, one.effective_at) for one in versions if one.effective_at <= at], at).enough
