"""Grant: a reward that an operator gives by hand, from the campaign's budget, paid and booked like any other."""

from dataclasses import dataclass

from sqlalchemy import select

from core.contract.errors import Mendable
from core.contract.money import Money
from core.gateway.hub import Hub
from core.models import Campaign, Reward, new_id
from core.rules.counting import TermsInForce, terms_at
from core.services.allowances import Allowances
from core.services.audit import OPERATOR, note
from core.services.book import Book, OpenCampaign, open_book
from core.services.connections import NotFound
from core.services.consent import require_consent, require_no_own_interest
from core.services.ledger import HELD, PROGRAMME
from core.services.merchants import default_merchant
from core.services.payers import any_payer
from core.services.tell import tell_grant

GRANT = "grant"


class BadGrant(Mendable, ValueError):
    """A reward that cannot be given; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Gift:
    """What is to be given to whom: `amount` in major units as text, such as "10.00".

    Without a `currency` it is the campaign's main one, without a `kind` what the campaign gives its advocates. The same
    `key` again gives nothing more.
    """

    slug: str
    person_id: str
    amount: str
    currency: str = ""
    kind: str = ""
    key: str | None = None


def grant(hub: Hub, gift: Gift, why: str, *, actor: str = OPERATOR, second: str = "") -> Reward:
    """The reward is held, due at once, and its money reserved; or the one that was granted under the same key before.

    Raises `BadGrant`, `NotFound`, `Unreadable` for an amount that is none, or `SecondPersonNeeded` where it takes a
    `second` one to agree: above the limit, and always for somebody who works here.
    """
    with hub.database.transaction() as session:
        book = open_book(hub, session, default_merchant(hub, session).id)
        campaign, in_force = _campaign(book, gift.slug)
        amount = _amount(gift, in_force)
        person_id = book.living(gift.person_id)
        if known := _known(book, gift.key):
            return _same(known, campaign, person_id, amount)
        reward = _reward(book, campaign, in_force, gift, person_id, amount)
        require_no_own_interest(book, [person_id], amount, second)
        require_consent(hub, amount, second)
        words = f"{amount} as {reward.kind}, campaign {gift.slug}: {why}"
        note(session, book.merchant.id, "grant_reward", f"reward:{reward.id}", words, book.now, actor=actor)
        return reward


def _campaign(book: Book, slug: str) -> tuple[Campaign, TermsInForce]:
    found: OpenCampaign | None = next((one for one in book.campaigns if one.row.slug == slug), None)
    in_force = terms_at(found.versions, book.now) if found else None
    if found is None or in_force is None:
        raise NotFound(f"no campaign {slug[:70]!r} is in force: `referhub campaigns list` shows them")
    return found.row, in_force


def _amount(gift: Gift, in_force: TermsInForce) -> Money:
    currency = gift.currency or in_force.terms.currency
    if currency not in in_force.terms.currencies:
        raise BadGrant(f"the campaign has no {currency[:10]}: choose one of {', '.join(in_force.terms.currencies)}")
    amount = Money.parse(gift.amount, currency)
    if amount.minor <= 0:
        raise BadGrant("a reward is more than zero: what was given too much is taken back with `referhub rewards void`")
    return amount


def _known(book: Book, key: str | None) -> Reward | None:
    query = select(Reward).filter_by(merchant_id=book.merchant.id, grant_key=key)
    return book.session.scalars(query).one_or_none() if key else None


def _same(known: Reward, campaign: Campaign, person_id: str, amount: Money) -> Reward:
    if (known.campaign_id, known.person_id, known.granted) != (campaign.id, person_id, amount):
        raise BadGrant(f"the key {known.grant_key!r} was used for another reward, {known.id}: choose a new one")
    return known


def _reward(
    book: Book, campaign: Campaign, in_force: TermsInForce, gift: Gift, person_id: str, amount: Money
) -> Reward:
    kind, expires_days = _kind(gift, in_force)
    payer = any_payer(book, kind, person_id, amount.currency)
    if payer is None:
        raise BadGrant(f"no connected source can give {kind}: connect a shop that can, or choose another --kind")
    reward = Reward(
        id=new_id(),
        merchant_id=book.merchant.id,
        campaign_id=campaign.id,
        connection_id=payer,
        side=GRANT,
        turn=0,
        grant_key=gift.key,
        person_id=person_id,
        kind=kind,
        currency=amount.currency,
        granted_minor=amount.minor,
        reversed_minor=0,
        netted_minor=0,
        revision=0,
        attempts=0,
        state="held",
        expires_days=expires_days,
        due_at=book.now,
        created_at=book.now,
    )
    _owe(book, in_force, reward)
    return reward


def _owe(book: Book, in_force: TermsInForce, reward: Reward) -> None:
    if refusal := Allowances(book).reserve_budget(reward, in_force.terms, reward.granted_minor):
        raise BadGrant(f"{refusal}: raise limits.budget in new terms, or give less")
    book.session.add(reward)
    book.ledger.move("grant", reward, PROGRAMME, HELD, reward.granted_minor)
    tell_grant(book, reward)
    book.soil({reward.person_id})


def _kind(gift: Gift, in_force: TermsInForce) -> tuple[str, int | None]:
    """The kind of the gift, and how long one of that kind is good for in this campaign."""
    promised = list(in_force.terms.rewards.values())
    kind = gift.kind or promised[0].kind
    return kind, next((one.expires_days for one in promised if one.kind == kind), None)
