"""Gift cards: the code is our own, derived from the push, so sending twice cannot pay twice.

https://shopify.dev/docs/api/admin-graphql/2026-10/mutations/giftCardCreate
"""

from connectors.shopify.client import AdminApi, Urgency
from connectors.shopify.picking import Body, child, objects
from connectors.shopify.rewards.outcome import (
    CUSTOMER,
    TAKEN,
    error_codes,
    marked,
    money_of,
    payload_of,
    refusal,
    remote_id_of,
    settled,
    taken_back,
    written,
)
from referhub import Absent, Credit, Finding, Outcome, Pushed, Receipt, Refused, Undecided, Unknown, Unsure

WORDS = {
    "CUSTOMER_NOT_FOUND": "the shop no longer has this customer",
    "GIFT_CARD_LIMIT_EXCEEDED": "the card is worth more, or the shop has more cards, than Shopify allows",
    "GIFT_CARD_NOT_FOUND": "the shop no longer has this gift card",
    "GREATER_THAN": "the amount has to be above zero",
    "RECIPIENT_NOT_FOUND": "the shop no longer has this customer",
}


class GiftCards:
    """Gift cards bound to a customer; the code is never logged and never part of a receipt."""

    def __init__(self, api: AdminApi) -> None:
        self._api = api

    def give(self, credit: Credit) -> Outcome:
        if not CUSTOMER.fullmatch(credit.recipient):
            return Refused("the recipient is not a customer of this shop")
        return settled(lambda: self._create(credit))

    def _create(self, credit: Credit) -> Outcome:
        wanted: Body = {
            "initialAmount": written(credit),
            "code": credit.code.lower(),
            "note": marked(credit),
            "customerId": credit.recipient,
        }
        if credit.expires_at:
            wanted["expiresOn"] = credit.expires_at.date().isoformat()
        payload = payload_of(self._api.mutate("gift_card_create", {"input": wanted}), "giftCardCreate")
        card = child(payload, "giftCard")
        if card:
            return Pushed(_receipt(card))
        codes = error_codes(payload)
        if TAKEN in codes:
            return self._already_there(credit)
        if not codes:
            raise Unknown("Shopify named neither a gift card nor an error")
        return refusal(codes, WORDS)

    def _already_there(self, credit: Credit) -> Outcome:
        cards = self._search(credit)
        ours = _ours(cards, credit)
        if ours:
            return Pushed(_receipt(ours))
        # The search index lags behind; only a card that it does show can be called somebody else's.
        return Refused("code collision: another gift card has this code") if cards else Unsure("not yet searchable")

    def find(self, credit: Credit, claimed: frozenset[str]) -> Finding:
        if not credit.gives:
            return self._find_taken_back(credit)
        ours = _ours(self._search(credit), credit)
        return _receipt(ours) if ours else Absent("no gift card has this push's code and note")

    def _search(self, credit: Credit) -> list[Body]:
        data = self._api.query("gift_card_search", {"filter": credit.code.lower()}, Urgency.PROMPT)
        return list(objects(child(data, "giftCards").get("nodes")))

    def take_back(self, credit: Credit) -> Outcome:
        return settled(lambda: self._deactivate(credit))

    def _deactivate(self, credit: Credit) -> Outcome:
        card = self._card(credit)
        if card is None:
            return Refused("the shop no longer has this gift card")
        value, balance = money_of(card.get("initialValue")), money_of(card.get("balance"))
        if card.get("enabled") is False:
            return Pushed(taken_back(card, value))
        if balance != value:
            return Refused(f"the gift card is partly spent: {balance} of {value} are left, it stays as it is")
        if value != credit.amount:
            return Refused(f"a gift card can only be taken back whole, and this one is worth {value}")
        data = self._api.mutate("gift_card_deactivate", {"id": card["id"]})
        payload = payload_of(data, "giftCardDeactivate")
        codes = error_codes(payload)
        return refusal(codes, WORDS) if codes else Pushed(taken_back(child(payload, "giftCard"), value))

    def _find_taken_back(self, credit: Credit) -> Finding:
        card = self._card(credit)
        if card is None:
            return Undecided("the shop no longer has this gift card")
        if card.get("enabled") is False:
            return taken_back(card, money_of(card.get("initialValue")))
        return Absent("the gift card is still active")

    def _card(self, credit: Credit) -> Body | None:
        return child(self._api.query("gift_card", {"id": credit.receipt}, Urgency.PROMPT), "giftCard") or None

    def watermark(self, credit: Credit) -> str:
        """Nothing to remember: the code is unique in the shop for ever."""
        return ""

    def is_recognisable(self, credit: Credit) -> bool:
        return True


def _ours(cards: list[Body], credit: Credit) -> Body | None:
    return next((card for card in cards if credit.push_id in str(card.get("note"))), None)


def _receipt(card: Body) -> Receipt:
    return Receipt(remote_id_of(card), money_of(card.get("initialValue")), str(card.get("maskedCode") or ""))
