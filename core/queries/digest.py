"""The digest: one hash of what the hub believes about money, the same whatever order the news came in.

It names orders, codes and sides, never rows or times of hearing; what was reversed to nothing is left out.
"""

import json
from collections import defaultdict
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from core.models import Campaign, Code, Conversion, LedgerEntry, Referral, Reward, StoredOrder


def facts(session: Session) -> dict[str, list[list[object]]]:
    """The conversions, duplicates, rewards and ledger nets that the digest covers."""
    return {
        "conversions": _conversions(session),
        "duplicates": _duplicates(session),
        "rewards": _rewards(session),
        "ledger": _ledger(session),
    }


def digest(session: Session) -> str:
    """A SHA-256 over `facts`."""
    return sha256(json.dumps(facts(session), sort_keys=True).encode()).hexdigest()


def _conversions(session: Session) -> list[list[object]]:
    query = (
        select(Conversion, Campaign.slug, Code.text)
        .join(Campaign, Campaign.id == Conversion.campaign_id)
        .join(Referral, Referral.id == Conversion.referral_id)
        .join(Code, Code.id == Referral.code_id)
        .where(Conversion.state.in_(("pending", "qualified")))
    )
    rows = [
        [row.order_source_id, slug, code, row.state, row.currency, row.base_minor, row.reversed_minor]
        for row, slug, code in session.execute(query)
    ]
    return sorted(rows, key=str)


def _duplicates(session: Session) -> list[list[object]]:
    """The orders that tell of a purchase which another one stands for, with that one."""
    counting = aliased(StoredOrder)
    query = select(StoredOrder.source_id, counting.source_id).join(counting, counting.id == StoredOrder.same_as_id)
    return sorted(list(row) for row in session.execute(query))


def _rewards(session: Session) -> list[list[object]]:
    query = select(Reward, Conversion.order_source_id).outerjoin(Conversion, Conversion.id == Reward.conversion_id)
    rows = [
        [order or "", row.side, row.state, row.kind, row.currency, row.net.minor, row.due_at.isoformat()]
        for row, order in session.execute(query)
        if row.net and row.state not in ("void", "withdrawn")
    ]
    return sorted(rows, key=str)


def _ledger(session: Session) -> list[list[object]]:
    query = (
        select(
            Conversion.order_source_id, Reward.side, LedgerEntry.account, LedgerEntry.currency, LedgerEntry.amount_minor
        )
        .join(Reward, Reward.id == LedgerEntry.reward_id)
        .outerjoin(Conversion, Conversion.id == Reward.conversion_id)
    )
    nets: dict[tuple[str, ...], int] = defaultdict(int)
    for order, side, account, currency, minor in session.execute(query):
        nets[order or "", side, account.partition(":")[0], currency] += minor
    return sorted([[*key, minor] for key, minor in nets.items() if minor], key=str)
