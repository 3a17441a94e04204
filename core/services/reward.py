"""Reward: what is owed to both sides follows the conversion, and the ledger and the allowances follow the rewards."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from core.contract.money import Money
from core.models import Conversion, Reward, StoredTerms, new_id
from core.rules.reversing import taken_back
from core.rules.rewarding import ADVOCATE, MILESTONE, Counted, grants, milestone_lost, milestone_reached, party_of
from core.rules.states import change
from core.rules.terms import RewardTerms, Terms
from core.services.allowances import Allowances
from core.services.book import Book, terms_of
from core.services.ledger import CLAIM_BACK, DUE, HELD, NETTED, PROGRAMME, PUSHED, Line, receivable
from core.services.payers import can_pay, payer_of
from core.services.tell import tell_void

# Where the money of a reward stands in the ledger while it may still change freely.
ACCOUNT = {"held": HELD, "review": HELD, "due": DUE, "rejected": DUE}
PAID = frozenset({"pushed", "netted", "clawed_back"})
SETTLED_LATER = "pushing"
# A reward that has left the hub's hands, or is leaving.
MARKS = {**dict.fromkeys(PAID, "paid"), SETTLED_LATER: "leaving"}
EMPTIED = "the order was refunded or cancelled"
TOO_FEW = "fewer friends stand by now than this milestone is for, so it was taken back"
RULED_AWAY = "an operator decided who brought the order, so this was taken back"


@dataclass(frozen=True, slots=True)
class Due:
    """What one side is promised for a conversion now, and which milestone it is for."""

    side: str
    person_id: str
    granted: Money
    terms: Terms
    milestone: int | None = None

    @property
    def promised(self) -> RewardTerms:
        """The terms of the reward; a milestone is of the advocate's kind."""
        return self.terms.rewards[party_of(self.side)]


class Rewarder:
    """Works on the rewards of many conversions, loaded in one statement."""

    def __init__(self, book: Book, conversions: Iterable[Conversion]) -> None:
        self._book = book
        self._allowances = Allowances(book)
        self._by_conversion: dict[str, dict[str, Reward]] = defaultdict(dict)
        self.add(conversions)

    def is_anything_paid(self, conversion: Conversion) -> bool:
        """True once a reward of it left the hub's hands, or is leaving."""
        return any(row.state in MARKS for row in self._by_conversion[conversion.id].values())

    def marks(self, conversion: Conversion) -> dict[str, str]:
        """Which sides' rewards have left the hub ("paid"), or are leaving it."""
        rows = sorted(self._by_conversion[conversion.id].items())
        return {side: MARKS[row.state] for side, row in rows if row.state in MARKS}

    def standing(self, conversion: Conversion) -> list[tuple[object, ...]]:
        """What each side's reward is now."""
        rows = self._by_conversion[conversion.id]
        return [
            (side, row.state, row.reason, row.granted_minor, row.reversed_minor, row.person_id)
            for side, row in sorted(rows.items())
        ]

    def people_of(self, conversion: Conversion) -> set[str]:
        """Whom the conversion's rewards belong to."""
        return {row.person_id for row in self._by_conversion[conversion.id].values()}

    def add(self, conversions: Iterable[Conversion]) -> None:
        """The rewards of these conversions are at hand as well."""
        rows = self._book.rows(Reward.conversion_id, [conversion.id for conversion in conversions])
        for row in sorted(rows, key=lambda row: row.turn):  # what an operator passed on stays behind as it is
            self._by_conversion[row.conversion_id][row.side] = row

    def settle(
        self,
        conversion: Conversion,
        terms: Terms,
        people: Mapping[str, str],
        counted: Counted,
        *,
        is_ruled: bool = False,
    ) -> None:
        """All sides' rewards are what the terms promise for the conversion as it stands.

        Where an operator ruled who brought it, what was paid to somebody else is claimed back and granted anew.
        """
        self._allowances.friends[conversion.id] = people["friend"]
        promised = grants(terms, counted)
        owners = {**people, MILESTONE: people[ADVOCATE]}
        reached = milestone_reached(terms, counted.number)
        for side in (*terms.rewards, MILESTONE):
            granted = promised.get(side, Money.zero(counted.base.currency))
            due = Due(side, owners[side], granted, terms, reached if side == MILESTONE else None)
            self._settle_side(conversion, due, is_ruled=is_ruled)

    def _settle_side(self, conversion: Conversion, due: Due, *, is_ruled: bool) -> None:
        reward = self._by_conversion[conversion.id].get(due.side)
        if due.milestone and not _is_standing(reward) and self._is_given(conversion, due):
            return
        if reward is None:
            self._grant(conversion, due)
        elif (is_ruled and _is_passed_on(reward, due.person_id)) or _is_regained(reward, due):
            claim_back(self._book, reward, reward.granted_minor, RULED_AWAY)
            self._grant(conversion, due, reward.turn + 1)
        elif not due.granted and reward.state in ACCOUNT:
            self._take_out(reward, "the order does not fulfil what this reward asks for")
        elif due.granted or reward.state in PAID:
            self._adjust(reward, conversion, due)

    def _is_given(self, conversion: Conversion, due: Due) -> bool:
        """True when the advocate got this milestone with another order already."""
        return due.milestone is not None and self._allowances.has_given(
            conversion.campaign_id, due.person_id, due.milestone
        )

    def drop_milestone(self, conversion: Conversion, person_id: str, reached: int | None, standing: int) -> None:
        """A milestone that is not paid yet goes where it is reached now: with another order, or by somebody else.

        A paid one is claimed back once fewer of that person's conversions are `standing` than it is for.
        """
        reward = self._by_conversion[conversion.id].get(MILESTONE)
        if reward is None:
            return
        is_theirs = reward.person_id == person_id
        if reward.state in ACCOUNT and (reward.milestone, is_theirs) != (reached, True):
            self._take_out(reward, milestone_lost(reward.milestone or 0, standing, is_theirs=is_theirs))
        elif is_theirs and standing < (reward.milestone or 0):
            claim_back(self._book, reward, reward.granted_minor, TOO_FEW)

    def follow_refunds(self, conversion: Conversion) -> None:
        """What went back is taken from the rewards as they are, whoever would be owed them today."""
        terms = terms_of(self._book.session.get_one(StoredTerms, conversion.terms_id))
        for reward in self._by_conversion[conversion.id].values():
            if reward.state in PAID or reward.state in ACCOUNT:
                self._adjust(reward, conversion, Due(reward.side, reward.person_id, reward.granted, terms))

    def withdraw(self, conversion: Conversion, *, friend: str = "", is_ruled: bool = False) -> None:
        """Nothing is owed for the conversion any more, as if it had never counted; `friend` bought by it.

        Where an operator ruled so, what was paid for it is claimed back as well.
        """
        if friend:
            self._allowances.friends[conversion.id] = friend
        for reward in self._by_conversion[conversion.id].values():
            if reward.state in ACCOUNT:
                self._take_out(reward, "the order does not count after all")
            elif is_ruled and reward.state in PAID:
                claim_back(self._book, reward, reward.granted_minor, RULED_AWAY)

    def _take_out(self, reward: Reward, why: str) -> None:
        net = reward.net.minor
        self._book.ledger.move("withdraw", reward, ACCOUNT[reward.state], PROGRAMME, net)
        self._allowances.release(reward, net, frees_place=True)
        reward.state, reward.reason = change("reward", reward.state, "withdrawn"), why

    def _grant(self, conversion: Conversion, due: Due, turn: int = 0) -> None:
        granted, promised = due.granted, due.promised
        taken_back = _taken_back(granted, conversion, due.side)
        if not granted - taken_back:
            return
        reward = Reward(
            id=new_id(),
            merchant_id=self._book.merchant.id,
            campaign_id=conversion.campaign_id,
            conversion_id=conversion.id,
            connection_id=payer_of(
                self._book, conversion.connection_id, promised.kind, due.person_id, granted.currency
            ),
            side=due.side,
            turn=turn,
            milestone=due.milestone,
            person_id=due.person_id,
            kind=promised.kind,
            currency=granted.currency,
            granted_minor=granted.minor,
            reversed_minor=taken_back.minor,
            netted_minor=0,
            revision=0,
            attempts=0,
            state="held",
            expires_days=promised.expires_days,
            due_at=conversion.release_at,
            created_at=self._book.now,
        )
        self._book.session.add(reward)
        self._by_conversion[conversion.id][due.side] = reward
        refusal = self._allowances.reserve(reward, due.terms, conversion, reward.net.minor, takes_place=True)
        if refusal:
            reward.state, reward.reason, reward.reversed_minor = (
                change("reward", "held", "void"),
                refusal,
                granted.minor,
            )
        else:
            self._book.ledger.move("grant", reward, PROGRAMME, HELD, reward.net.minor)

    def _adjust(self, reward: Reward, conversion: Conversion, due: Due) -> None:
        if reward.state in ACCOUNT and reward.person_id != due.person_id:
            # For somebody else all begins anew: their account, their cap, and what a person once approved.
            self._take_out(reward, "the order was brought by somebody else")
        if reward.state == "withdrawn" or (reward.state, reward.reason) == ("void", EMPTIED):
            self._revive(reward, conversion, due)
        elif reward.state in ACCOUNT:
            self._change(reward, conversion, due)
        elif reward.state in PAID:
            claim_back(self._book, reward, _taken_back(reward.granted, conversion, reward.side).minor)

    def _revive(self, reward: Reward, conversion: Conversion, due: Due) -> None:
        if reward.person_id != due.person_id:
            reward.person_id, reward.is_approved = due.person_id, False
            reward.connection_id = payer_of(
                self._book, conversion.connection_id, reward.kind, due.person_id, due.granted.currency
            )
        reward.recipient, reward.milestone = None, due.milestone
        reward.granted_minor = due.granted.minor
        reward.reversed_minor = _taken_back(due.granted, conversion, due.side).minor
        if not reward.net:
            return
        refusal = self._allowances.reserve(reward, due.terms, conversion, reward.net.minor, takes_place=True)
        if refusal:
            reward.reversed_minor, reward.reason = reward.granted_minor, refusal
            return
        reward.state, reward.reason = change("reward", reward.state, "held"), None
        self._book.ledger.move("grant", reward, PROGRAMME, HELD, reward.net.minor)

    def _change(self, reward: Reward, conversion: Conversion, due: Due) -> None:
        granted, before = due.granted, reward.net.minor
        after = granted - _taken_back(granted, conversion, due.side)
        more = after.minor - before
        if more > 0 and self._allowances.reserve(reward, due.terms, conversion, more):
            return  # no room for the increase: what was promised before stays
        reward.granted_minor, reward.reversed_minor = granted.minor, granted.minor - after.minor
        if more < 0:
            self._allowances.release(reward, -more, frees_place=not after)
        self._book.ledger.move("adjust", reward, PROGRAMME, ACCOUNT[reward.state], more)
        if not reward.net:
            reward.state, reward.reason = change("reward", reward.state, "void"), EMPTIED


def _is_standing(reward: Reward | None) -> bool:
    if reward is None or (reward.state in PAID and not reward.net):
        return False
    return reward.state in ACCOUNT or reward.state in MARKS


def _is_regained(reward: Reward, due: Due) -> bool:
    """True for a milestone that was claimed back for want of friends, and is reached again with the same order."""
    return due.milestone is not None and reward.state in PAID and reward.reason == TOO_FEW


def _is_passed_on(reward: Reward, person_id: str) -> bool:
    """True for what left the hub, or was void, and by an operator's word belongs to somebody else now, or again."""
    if reward.state == "void" and reward.reason != EMPTIED:
        return reward.person_id != person_id
    return reward.state in PAID and (reward.person_id != person_id or reward.reason == RULED_AWAY)


def claim_back(book: Book, reward: Reward, taken_back: int, why: str = "") -> None:
    """Of a reward that was paid `taken_back` minor units in all are owed back: a receivable until they are taken back
    or set off. It never shrinks; what was not paid is left as it is."""
    more = taken_back - reward.reversed_minor
    if more <= 0 or reward.state not in PAID:
        return
    from_push = min(more, reward.owed.minor)
    reward.reversed_minor = taken_back
    reward.netted_minor -= more - from_push
    lines = [
        Line(PUSHED, -from_push, reward.id),
        Line(NETTED, from_push - more, reward.id),
        Line(receivable(reward.person_id), more, reward.id),
    ]
    book.ledger.post(CLAIM_BACK, reward, lines)
    is_milestone_lost = reward.side == MILESTONE and not reward.net
    Allowances(book).release(reward, more, frees_place=bool(why) or is_milestone_lost)
    reward.reason = why or reward.reason


def _taken_back(granted: Money, conversion: Conversion, side: str) -> Money:
    """The part of the grant that went back with the conversion; a milestone is reached, or it is not."""
    base = 0 if side == MILESTONE else conversion.base_minor
    return taken_back(granted, base, conversion.reversed_minor, is_reversed=conversion.state == "reversed")


def route_elsewhere(book: Book, connection_id: str) -> None:
    """What that connection was to pay for others' purchases is paid by whoever can; its own waits until it is back.

    What was due there already is verified once more by who pays now; where nobody else can, it waits as well.
    """
    query = (
        select(Reward, Conversion.connection_id)
        .outerjoin(Conversion, Conversion.id == Reward.conversion_id)
        .where(
            Reward.connection_id == connection_id,
            func.coalesce(Conversion.connection_id, "") != connection_id,
            Reward.state.in_(("held", "review", "due")),
        )
    )
    for reward, told_by in book.session.execute(query).all():
        payer = payer_of(book, told_by or connection_id, reward.kind, reward.person_id, reward.currency)
        if reward.state == "due":
            if not can_pay(book.connections[payer], reward.kind):
                continue
            hold_again(book, reward, "take_over")
        reward.connection_id = payer


def hold_again(book: Book, reward: Reward, why: str = "hold_again") -> None:
    """A reward that was refused, or that another shop takes over, waits again, due now: it is verified like any other
    before it is sent. `why` is the ledger's word for it."""
    reward.state, reward.due_at = change("reward", reward.state, "held"), book.now
    book.ledger.move(why, reward, DUE, HELD, reward.net.minor)


def void(book: Book, reward: Reward, why: str) -> None:
    """The reward is owed no more; its money goes back to the programme and its room to the allowances.

    What was paid is owed back instead. Raises `IllegalChange` while it is being paid, or when nothing of it stands.
    """
    if reward.state in PAID and reward.net:
        claim_back(book, reward, reward.granted_minor, why)
    else:
        _make_void(book, reward, why)
    tell_void(book, reward, why)
    book.soil({reward.person_id})


def _make_void(book: Book, reward: Reward, why: str) -> None:
    account = ACCOUNT.get(reward.state, DUE)
    state = change("reward", reward.state, "void")
    net = reward.net.minor
    Allowances(book).release(reward, net, frees_place=True)
    reward.reversed_minor = reward.granted_minor
    book.ledger.move("void", reward, account, PROGRAMME, net - reward.netted_minor)
    reward.state, reward.reason = state, why
