"""Cases: what the campaigns decided about one order, with all they looked at, so that it can be judged again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import Campaign, CampaignPause, Code, Connection, Conversion, Person, Reward, StoredOrder, StoredTerms
from core.queries.order_facts import order_facts, rulings_of
from core.rules.attribution import CodeFacts, code_named
from core.rules.counting import TermsInForce
from core.rules.order_rules import PauseFacts
from core.rules.purchases import OrderFacts
from core.rules.terms import parse_terms
from core.rules.what_if import Case

LEFT_THE_HUB = ("pushing", "pushed", "netted", "clawed_back")


def cases(session: Session, order_id: str, key: bytes) -> dict[str, Case]:
    """The case of the order's friend in each published campaign, by its slug; nothing for an order without a friend.

    Nothing either where a row says what no rule can read: a story is told without it. `key` is the one that signed cart
    attributes are proven with. Nine statements.
    """
    order = session.get(StoredOrder, order_id)
    friend = session.get(Person, order.friend_id) if order and order.friend_id else None
    try:
        return _cases(session, friend, key) if friend else {}
    except ValueError:
        return {}


def _cases(session: Session, friend: Person, key: bytes) -> dict[str, Case]:
    facts = _facts(session, friend.id)
    versions, codes, pauses = _versions(session), _codes(session, facts, key), _pauses(session)
    paid = _paid(session, [one.order_id for one in facts])
    return {
        slug: Case(
            orders=facts,
            friend_id=friend.id,
            versions=tuple(found),
            codes=codes[campaign_id],
            key=key,
            paid=frozenset(paid[campaign_id]),
            is_returning=friend.is_returning,
            pauses=tuple(pauses[campaign_id]),
        )
        for (campaign_id, slug), found in versions.items()
    }


def _facts(session: Session, friend_id: str) -> tuple[OrderFacts, ...]:
    query = select(StoredOrder, Connection).join(Connection, Connection.id == StoredOrder.connection_id)
    rows = session.execute(query.where(StoredOrder.friend_id == friend_id).order_by(StoredOrder.id)).all()
    rulings = rulings_of(session, [order.id for order, _ in rows])
    return tuple(order_facts(order, source, rulings.get(order.id)) for order, source in rows)


def _versions(session: Session) -> Mapping[tuple[str, str], list[TermsInForce]]:
    is_in_force = Campaign.state == "published", StoredTerms.effective_at.is_not(None)
    query = select(Campaign, StoredTerms).join(StoredTerms, StoredTerms.campaign_id == Campaign.id).where(*is_in_force)
    found: dict[tuple[str, str], list[TermsInForce]] = defaultdict(list)
    for campaign, row in session.execute(query.order_by(StoredTerms.effective_at, StoredTerms.version)):
        if row.effective_at is not None:
            terms = TermsInForce(row.id, parse_terms(row.body), row.effective_at)
            found[campaign.id, campaign.slug].append(terms)
    return found


def _codes(session: Session, facts: Sequence[OrderFacts], key: bytes) -> Mapping[str, dict[str, CodeFacts]]:
    """By campaign the codes that are named anywhere, by their spelling; a merge has moved each to who lives."""
    named = {code_named(one, key) for order in facts for one in order.evidence}
    named |= {order.ruling.lookup for order in facts if order.ruling}
    found: dict[str, dict[str, CodeFacts]] = defaultdict(dict)
    for row in session.scalars(select(Code).where(Code.lookup.in_(sorted(filter(None, named))))):
        told = CodeFacts(row.id, row.campaign_id, row.advocate_id, row.text, row.is_active, row.ended_at)
        found[row.campaign_id][row.lookup] = told
    return found


def _pauses(session: Session) -> Mapping[str, list[PauseFacts]]:
    found: dict[str, list[PauseFacts]] = defaultdict(list)
    for row in session.scalars(select(CampaignPause).order_by(CampaignPause.from_at, CampaignPause.id)):
        found[row.campaign_id].append(PauseFacts(row.from_at, row.until_at))
    return found


def _paid(session: Session, order_ids: Sequence[str]) -> Mapping[str, set[str]]:
    """By campaign the orders for which a reward has left the hub, or is leaving."""
    query = select(Conversion.campaign_id, Conversion.order_id).join(Reward, Reward.conversion_id == Conversion.id)
    has_left = Conversion.order_id.in_(order_ids), Reward.state.in_(LEFT_THE_HUB)
    found: dict[str, set[str]] = defaultdict(set)
    for campaign_id, order_id in session.execute(query.where(*has_left)):
        found[campaign_id].add(order_id)
    return found
