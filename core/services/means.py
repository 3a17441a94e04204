"""Means: what a merchant's connected sources can pay, sell in and tell, for terms that depend on it."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.connector import Connector
from core.contract.errors import WrongSetting
from core.contract.events import OrderKind
from core.contract.facts import FactField
from core.gateway.registry import connector_class
from core.models import Connection
from core.rules.feasibility.means import Means, kinds_told


def means_of(session: Session, merchant_id: str) -> Means:
    """What the merchant's connections can do together; a connector whose package is gone can do nothing."""
    rows = session.scalars(select(Connection).filter_by(merchant_id=merchant_id)).all()
    classes = [found for found in (_class_of(row.connector) for row in rows) if found is not None]
    facts: Mapping[str, FactField] = {name: fact for one in classes for name, fact in one.facts.items()}
    kinds: frozenset[OrderKind] = frozenset().union(*(kinds_told(one.facts) for one in classes))
    return Means(
        payable=frozenset().union(*(one.reward_kinds for one in classes)),
        currencies=frozenset(
            str(row.account["currency"]) for row in rows if row.account and row.account.get("currency")
        ),
        facts=facts,
        kinds=kinds,
    )


def _class_of(key: str) -> type[Connector] | None:
    try:
        return connector_class(key)
    except WrongSetting:  # its package is broken or gone: the other sources can still pay
        return None
