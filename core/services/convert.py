"""Convert: a friend's orders are decided again from what is known now, and the tables follow the verdicts."""

from collections.abc import Iterable, Mapping, Sequence

from core.contract.events import OrderKind
from core.models import Conversion, Referral, StoredOrder, StoredRefund, new_id
from core.rules.counting import Brought, Verdict, judge
from core.rules.purchases import OrderFacts
from core.rules.reasons import Reason
from core.rules.rewarding import base_of
from core.rules.states import change
from core.services.at_hand import at_hand
from core.services.book import Book, OpenCampaign
from core.services.numbering import Numbering, Standing
from core.services.reverse import Share, reverse, shares_elsewhere
from core.services.reward import Rewarder
from core.services.suspect import expect
from core.services.tell import Teller

FINAL_REASON = Reason("paid", True, "a reward was already paid, and what was earned stays earned")


def convert(book: Book, friend_ids: Iterable[str]) -> None:
    """Referrals, conversions and rewards agree with all orders of these people; doing it twice changes nothing."""
    friends = set(friend_ids)
    if friends:
        book.session.flush()
        _Converter(book, friends).run()


def drop_unused(book: Book, referrals: Sequence[Referral]) -> None:
    """Those of these referrals on which no conversion rests are gone."""
    used = {row.referral_id for row in book.rows(Conversion.referral_id, [row.id for row in referrals])}
    for referral in referrals:
        if referral.id not in used:
            book.session.delete(referral)


class _Converter:
    def __init__(self, book: Book, friends: set[str]) -> None:
        self.book = book
        self.friends = friends
        self.key = book.hub.vault.token_key
        self.ruled: set[str] = set()
        self.shop_orders: dict[str, StoredOrder] = {}
        self.loaded = at_hand(book, friends, self.key)
        self.rewarder = Rewarder(book, self.loaded.conversions.values())
        self.changed: set[str] = set()
        self.new: list[Conversion] = []
        self.brought: set[tuple[str, str, str]] = set()
        self.teller = Teller(book)
        self.numbering = Numbering(book, self.rewarder, self.teller, friends)

    def run(self) -> None:
        self._tell()
        silent = {friend: self._standing_of(friend) for friend in self.friends if self.teller.is_silent_about(friend)}
        for friend in sorted(self.friends):
            for campaign in self.book.campaigns:
                self._decide(friend, campaign)
        self.numbering.finish()
        for friend, before in sorted(silent.items()):
            if before != self._standing_of(friend):
                self.teller.again(friend, [order.id for order in self.loaded.orders[friend]])
        expect(self.book, self.new)
        self.teller.write()
        self._drop_what_merges_left()
        self.book.soil(self.changed | self.numbering.changed)

    def _drop_what_merges_left(self) -> None:
        """A friend who became one with another was brought once: what no conversion rests on is not told twice."""
        merged = {row.id for row in self.book.people.values() if row.merged_into_id}
        gone = {one for one in merged if self.book.living(one) in self.friends}
        left = self.book.rows(Referral.friend_id, gone)
        if left:
            self.book.session.flush()
            drop_unused(self.book, left)

    def _tell(self) -> None:
        """What these decisions rest on is kept, so that they can be made again under other terms."""
        for friend in sorted(self.friends):
            is_returning = self.book.person(friend).is_returning
            for order in self.loaded.orders[friend]:
                telling = self.loaded.telling(order, self._marks(order), is_returning=is_returning)
                self.teller.tell(order, friend, telling)

    def _marks(self, order: StoredOrder) -> dict[str, dict[str, str]]:
        """By campaign, which of the order's rewards have left the hub, or are leaving it."""
        keys = [(order.id, campaign.row.id) for campaign in self.book.campaigns]
        found = [self.loaded.conversions[key] for key in keys if key in self.loaded.conversions]
        marks = {conversion.campaign_id: self.rewarder.marks(conversion) for conversion in found}
        return {campaign_id: sides for campaign_id, sides in marks.items() if sides}

    def _standing_of(self, friend: str) -> list[tuple[object, ...]]:
        """How the friend's conversions and rewards stand."""
        keys = [(order.id, campaign.row.id) for order in self.loaded.orders[friend] for campaign in self.book.campaigns]
        found = [self.loaded.conversions[key] for key in keys if key in self.loaded.conversions]
        return [(one.state, one.base_minor, one.reversed_minor, self.rewarder.standing(one)) for one in found]

    def _decide(self, friend: str, campaign: OpenCampaign) -> None:
        orders = self.loaded.orders[friend]
        codes = self.loaded.codes[campaign.row.id]
        paid = {order.id for order in orders if self._is_paid_for(order, campaign)}
        facts, is_returning = [self.loaded.facts[order.id] for order in orders], self.book.person(friend).is_returning
        verdicts = judge(
            facts, friend, campaign.versions, codes, self.key, paid, is_returning=is_returning, pauses=campaign.pauses
        )
        by_id = {order.id: order for order in orders}
        self.shop_orders = _shop_orders(verdicts, by_id)
        self.ruled = {
            verdict.same_as or one for verdict in verdicts if self.loaded.facts[one := verdict.order_id].ruling
        }
        for verdict in verdicts:
            order = by_id[verdict.order_id]
            told = [reason.stored() for reason in verdict.reasons]
            if order.reasons.get(campaign.row.slug) != told:
                order.reasons = {**{k: v for k, v in order.reasons.items() if k != "*"}, campaign.row.slug: told}
            if campaign is self.book.campaigns[0] and order.same_as_id != verdict.same_as:
                order.same_as_id = verdict.same_as
            self._follow(order, campaign, verdict, friend)
        self._drop_unused(friend, campaign)

    def _drop_unused(self, friend: str, campaign: OpenCampaign) -> None:
        """Who brought the friend to nothing any more, because somebody else did, has not brought them."""
        used = {row.referral_id for row in self.loaded.conversions.values()}
        for key in [key for key in self.loaded.referrals if key[:2] == (friend, campaign.row.id)]:
            if self.loaded.referrals[key].id not in used:
                self._forget_referral(self.loaded.referrals.pop(key))

    def _forget_referral(self, referral: Referral) -> None:
        if referral in self.book.session.new:  # made in this very decision, and not needed after all
            self.book.session.expunge(referral)
        else:  # a paid order that is another friend's by now still rests on it
            drop_unused(self.book, [referral])

    def _is_paid_for(self, order: StoredOrder, campaign: OpenCampaign) -> bool:
        conversion = self.loaded.conversions.get((order.id, campaign.row.id))
        return conversion is not None and self.rewarder.is_anything_paid(conversion)

    def _follow(self, order: StoredOrder, campaign: OpenCampaign, verdict: Verdict, friend: str) -> None:
        conversion = self.loaded.conversions.get((order.id, campaign.row.id))
        if verdict.counts and verdict.brought and verdict.terms:
            referral = self._referral(campaign, friend, verdict.brought)
            if conversion is None:
                conversion = self._new_conversion(order, campaign, verdict, referral)
            self._settle(order, conversion, verdict, referral)
        elif conversion is not None:
            self._withdraw(order, campaign, conversion, verdict)

    def _referral(self, campaign: OpenCampaign, friend: str, brought: Brought) -> Referral:
        """This advocate brought this friend, by what brought them first."""
        key = (friend, campaign.row.id, brought.code.advocate_id)
        known = self.loaded.referrals.get(key)
        if known is None:
            known = Referral(
                id=new_id(), merchant_id=self.book.merchant.id, campaign_id=campaign.row.id, friend_id=friend
            )
            self.book.session.add(known)
            self.loaded.referrals[key] = known
            self.book.seek_people()
        if key not in self.brought:
            self.brought.add(key)
            known.advocate_id, known.code_id = brought.code.advocate_id, brought.code.code_id
            known.evidence, known.referred_at = brought.evidence, brought.referred_at
        return known

    def _new_conversion(
        self, order: StoredOrder, campaign: OpenCampaign, verdict: Verdict, referral: Referral
    ) -> Conversion:
        assert verdict.terms is not None  # a verdict that counts was made under some terms
        base = base_of(verdict.order, verdict.terms.terms)
        conversion = Conversion(
            id=new_id(),
            merchant_id=self.book.merchant.id,
            campaign_id=campaign.row.id,
            terms_id=verdict.terms.terms_id,
            connection_id=order.connection_id,
            order_id=order.id,
            order_source_id=order.source_id,
            referral_id=referral.id,
            state="pending",
            currency=base.currency,
            base_minor=base.minor,
            reversed_minor=0,
            reasons=[],
            converted_at=self.book.now,
            release_at=order.placed_at + verdict.terms.terms.hold,
        )
        self.book.session.add(conversion)
        self.new.append(conversion)
        self.loaded.conversions[order.id, campaign.row.id] = conversion
        return conversion

    def _settle(self, order: StoredOrder, conversion: Conversion, verdict: Verdict, referral: Referral) -> None:
        assert verdict.terms is not None
        terms = next(v.terms for c in self.book.campaigns for v in c.versions if v.terms_id == conversion.terms_id)
        conversion.reasons = _kept(conversion.reasons, verdict)
        is_ruled, is_paid = order.id in self.ruled, self.rewarder.is_anything_paid(conversion)
        self.numbering.touch(conversion)
        if is_ruled or not is_paid:
            self._hand_on(conversion, referral, is_ruled=is_ruled)
        else:  # what was earned stays with whoever earned it
            referral = self._referral_of(conversion)
        if not is_paid:
            base = base_of(verdict.order, terms)
            conversion.base_minor, conversion.currency = base.minor, base.currency
        self._reverse(order, verdict.order, conversion)
        self._advance_to(_state(verdict.order, conversion), conversion, referral.friend_id)
        if conversion.state != "pending":
            self._promise(Standing(conversion, terms, referral, verdict.order, is_ruled))
        self.changed |= {referral.advocate_id, referral.friend_id} | self.rewarder.people_of(conversion)

    def _hand_on(self, conversion: Conversion, referral: Referral, *, is_ruled: bool) -> None:
        """The order is that friend's; what it was promised as another's begins anew, under the caps of this one."""
        if self.rewarder.people_of(conversion):
            before = self._referral_of(conversion).friend_id
            if self.book.living(before) != self.book.living(referral.friend_id):
                self.rewarder.withdraw(conversion, is_ruled=is_ruled)
        conversion.referral_id = referral.id

    def _promise(self, standing: Standing) -> None:
        if standing.is_own:  # advocate and friend have become one since it was paid: nothing more is
            self.rewarder.follow_refunds(standing.conversion)
            self.rewarder.withdraw(standing.conversion)
        else:
            self.numbering.settle(standing)

    def _reverse(self, order: StoredOrder, seen: OrderFacts, conversion: Conversion) -> None:
        """What went back at the source goes back here, and what the shop says of a deal that is an order there.

        Whether a deal stands is for its terms to say, which may name other stages than the one that is won.
        """
        refunds: list[StoredRefund | Share] = [*self.loaded.refunds[order.connection_id, order.source_id]]
        cancelled_at = (order.cancelled_at or order.updated_at) if seen.is_cancelled else None
        there = self.shop_orders.get(order.id)
        if there is not None:
            refunds += shares_elsewhere(there, self.loaded.refunds[there.connection_id, there.source_id], conversion)
            cancelled_at = cancelled_at or there.cancelled_at
        reverse(self.book, conversion, refunds, cancelled_at)

    def _advance_to(self, state: str, conversion: Conversion, friend: str) -> None:
        if state == "pending" and self.rewarder.is_anything_paid(conversion):
            return  # an order that is unpaid again after its reward was paid: what was earned stays earned
        _advance(conversion, state)
        if state == "pending":
            self.rewarder.withdraw(conversion, friend=friend)

    def _withdraw(self, order: StoredOrder, campaign: OpenCampaign, conversion: Conversion, verdict: Verdict) -> None:
        is_ruled = order.id in self.ruled
        self.numbering.touch(conversion)
        if self.rewarder.is_anything_paid(conversion) and not is_ruled:
            conversion.reasons = [*[r.stored() for r in verdict.reasons], FINAL_REASON.stored()]
            self._give_back(order, verdict.order, conversion)
            if self._is_own(conversion, verdict):
                self.rewarder.withdraw(conversion)  # what is still open of it is not paid as well
            return
        conversion.reasons = _kept(conversion.reasons, verdict)
        friend = order.friend_id if verdict.brought and order.friend_id else ""
        if verdict.brought and friend:  # after a merge it may be another's
            self._hand_on(conversion, self._referral(campaign, friend, verdict.brought), is_ruled=is_ruled)
        _advance(conversion, "withdrawn")
        self.rewarder.withdraw(conversion, friend=friend, is_ruled=is_ruled)
        self.changed |= self.rewarder.people_of(conversion)

    def _is_own(self, conversion: Conversion, verdict: Verdict) -> bool:
        """True where the buyer is the advocate: by what the order shows, or since both became one person."""
        if any(reason.rule == "self_referral" and not reason.passed for reason in verdict.reasons):
            return True
        referral = self._referral_of(conversion)
        return self.book.living(referral.advocate_id) == self.book.living(referral.friend_id)

    def _referral_of(self, conversion: Conversion) -> Referral:
        return self.book.session.get_one(Referral, conversion.referral_id)

    def _give_back(self, order: StoredOrder, seen: OrderFacts, conversion: Conversion) -> None:
        """What was earned stays earned, but never for an order that went back."""
        self._reverse(order, seen, conversion)
        if conversion.state != "pending":
            _advance(conversion, _standing(seen, conversion))
        self.rewarder.follow_refunds(conversion)
        self.changed |= self.rewarder.people_of(conversion)


def _shop_orders(verdicts: Sequence[Verdict], by_id: Mapping[str, StoredOrder]) -> dict[str, StoredOrder]:
    """For each deal that counts, or was paid for, instead of an order: the order, which knows of refunds."""
    found: dict[str, StoredOrder] = {}
    for verdict in verdicts:
        order = by_id[verdict.order_id]
        if verdict.same_as and order.kind == OrderKind.ORDER and by_id[verdict.same_as].kind == OrderKind.DEAL:
            found.setdefault(verdict.same_as, order)
    return found


def _kept(stored: list[dict[str, object]], verdict: Verdict) -> list[dict[str, object]]:
    told = [reason.stored() for reason in verdict.reasons]
    return stored if stored == told else told


def _state(order: OrderFacts, conversion: Conversion) -> str:
    if not order.is_paid:
        return "pending"
    return _standing(order, conversion)


def _standing(order: OrderFacts, conversion: Conversion) -> str:
    if not conversion.base_minor:  # a lead has no money that could go back: it stands until it is taken back
        return "reversed" if order.is_cancelled else "qualified"
    return "reversed" if conversion.reversed_minor >= conversion.base_minor else "qualified"


def _advance(conversion: Conversion, state: str) -> None:
    if conversion.state == state:
        return
    if conversion.state == "pending" and state == "reversed":
        conversion.state = change("conversion", "pending", "qualified")
    conversion.state = change("conversion", conversion.state, state)
