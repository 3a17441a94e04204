"""What came of a play: the hub's books on the one side, and what the places themselves hold on the other."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.contract.errors import Unreadable, WrongSetting
from core.contract.money import Money
from core.models import (
    Connection,
    Conversion,
    LedgerEntry,
    Push,
    Reward,
    StoredDelivery,
    StoredOrder,
)
from core.queries.fields import fields_of
from core.rules.promise import LANGUAGES, rules_text
from core.rules.rehearsal import Bought, Given, Owed, Performance, Shown
from core.rules.rehearsal.facts import Limit
from core.services.check import check
from core.services.field_verbs import open_plan
from core.services.rehearsal_played import EVERYWHERE, Played, Purchase

SHARED = ("referred_by",)  # sales fill it as well
# The others are times, links and sums of these.
TOLD = ("code", "referred_by", "status", "friends_brought", "rewards_earned")


def performance_of(played: Played) -> Performance:
    """Everything that the promises are judged by; only asked, nothing is changed but what the check notes."""
    hub = played.stage.hub
    report = check(hub)
    with hub.database.reading() as session:
        gathered = _Gathered(session, played)
        return Performance(
            terms=played.terms,
            roles=tuple(role.key for role in played.roles),
            bought=tuple(gathered.bought()),
            owed=tuple(gathered.owed()),
            given=tuple(_given(played)),
            given_early=played.given_early,
            shown=tuple(gathered.shown()),
            limits={key: Limit(copy.budget, copy.rewards_per_advocate) for key, copy in played.copies.items()},
            rules={language: rules_text(played.terms, language) for language in LANGUAGES},
            broken=tuple(f"{one.promise}: {words}" for one in report.findings for words in one.violations),
            unread=tuple(_unread(session)),
            lacking=played.lacking,
            untried=played.spot.fitting.missing if played.spot else (),
        )


def _given(played: Played) -> Iterator[Given]:
    whose = {(label, account): (role, who) for (role, who, label), account in played.accounts.items()}
    for label, place in played.stage.places.items():
        for effect in place.effects():
            role, who = whose.get((label, effect.account), ("", ""))
            amount = Money.parse(effect.amount.lstrip("-"), effect.currency)
            signed = -amount if effect.amount.startswith("-") else amount
            yield Given(label, effect.account, who, role, effect.kind, signed, effect.remote_id)


def _unread(session: Session) -> Iterator[str]:
    query = select(StoredDelivery.topic, StoredDelivery.state, StoredDelivery.reason)
    for topic, state, reason in session.execute(query.where(StoredDelivery.state.in_(("stored", "unreadable")))):
        yield f"a delivery of {topic} is {'waiting' if state == 'stored' else state}: {reason or 'nobody says why'}"


class _Gathered:
    """The rows of a rehearsal's database, by who played what."""

    def __init__(self, session: Session, played: Played) -> None:
        self.session, self.played = session, played
        self.labels = {row.id: row.label for row in session.scalars(select(Connection))}
        self.orders = session.scalars(select(StoredOrder)).all()
        self.conversions = session.scalars(select(Conversion)).all()
        self.of_purchase = {id(one): self._order_of(one) for one in played.purchases}
        self.people = self._people()

    def _order_of(self, purchase: Purchase) -> StoredOrder | None:
        """The order as the hub knows it: its id there is, or ends with, the source's own."""
        for order in self.orders:
            is_of = self.labels[order.connection_id], order.kind
            if is_of == (purchase.place.label, purchase.kind) and _names(order.source_id, purchase.order):
                return order
        return None

    def _people(self) -> dict[str, tuple[str, str]]:
        found = {one: (role.key, who) for one, (role, who) in self.played.people.items()}
        for purchase in self.played.purchases:
            order = self.of_purchase[id(purchase)]
            if order is not None and order.friend_id:
                found.setdefault(order.friend_id, (purchase.role.key, purchase.who))
        return found

    def bought(self) -> Iterator[Bought]:
        """Each purchase with how often it counted, and why or why not."""
        counted: dict[str, int] = defaultdict(int)
        for one in self.conversions:
            counted[one.order_id] += one.state != "withdrawn"
        slugs = {key: copy.slug for key, copy in self.played.copies.items()}
        for purchase in self.played.purchases:
            order = self.of_purchase[id(purchase)]
            told = order.reasons.get(slugs[purchase.role.key], []) if order else []
            yield Bought(
                role=purchase.role.key,
                who=purchase.who,
                order=order.name if order else purchase.order,
                place=purchase.place.label,
                base=order.base if order else purchase.base,
                conversions=counted[order.id] if order else 0,
                reasons=tuple(reason["words"] for reason in told if not reason["passed"]),
            )

    def owed(self) -> Iterator[Owed]:
        """Each reward with its receipts."""
        orders = {one.id: one for one in self.conversions}
        names = {one.id: one.name for one in self.orders}
        pushes = self._pushes()
        back = self._receivables()
        for reward in self.session.scalars(select(Reward).order_by(Reward.created_at, Reward.id)):
            conversion = orders.get(reward.conversion_id or "")
            role, who = self.people.get(reward.person_id, ("", "somebody"))
            gave = pushes[reward.id]
            yield Owed(
                role=role,
                side=reward.side,
                who=who,
                order=names.get(conversion.order_id, "") if conversion else "",
                kind=reward.kind,
                granted=reward.granted,
                net=reward.net if reward.state not in ("void", "withdrawn") else Money.zero(reward.currency),
                state=reward.state,
                place=self.labels[reward.connection_id],
                account=reward.recipient or "",
                reason=reward.reason or "",
                receipts=tuple(one.remote_id or "" for one in gave if one.gives),
                take_backs=tuple(one.remote_id or "" for one in gave if not one.gives),
                receivable=Money(back[reward.id], reward.currency),
            )

    def _pushes(self) -> Mapping[str, Sequence[Push]]:
        found: dict[str, list[Push]] = defaultdict(list)
        for push in self.session.scalars(select(Push).where(Push.state == "confirmed")):
            found[push.reward_id].append(push)
        return found

    def _receivables(self) -> Mapping[str, int]:
        total = func.sum(LedgerEntry.amount_minor)
        query = select(LedgerEntry.reward_id, total).where(LedgerEntry.account.startswith("receivable:"))
        found: dict[str, int] = defaultdict(int)
        for reward_id, minor in self.session.execute(query.group_by(LedgerEntry.reward_id)):
            found[reward_id] = int(minor)
        return found

    def shown(self) -> Iterator[Shown]:
        """What should stand on the records of the CRMs' people, and what does."""
        wanted = {person: who for person, who in self.people.items() if who[0] in EVERYWHERE}
        told = fields_of(self.session, wanted, base_url=self.played.stage.hub.base_url)
        for place in self.played.crms:
            try:
                _connection, plan = open_plan(self.played.stage.hub, self.session, place.label)
            except WrongSetting:
                continue
            for person, (role, who) in wanted.items():
                there = place.shown(self.played.accounts[role, who, place.label])
                for ours, theirs in plan.names.items():
                    if ours in TOLD:
                        expected = plan.spelt(theirs, told[person].fields.get(ours)) or ""
                        if ours in SHARED and not expected:
                            continue
                        yield Shown(place.label, role, who, ours, *_alike(expected, there.get(theirs, "")))


def _names(source_id: str, order: str) -> bool:
    return source_id == order or source_id.endswith(f"/{order}")


def _alike(expected: str, found: str) -> tuple[str, str]:
    """Amounts that differ only in how many zeros end them are spelt alike."""
    try:
        both = Money.parse(expected, "KWD"), Money.parse(found, "KWD")
    except Unreadable:
        return expected, found
    return (expected, expected) if both[0] == both[1] else (expected, found)
