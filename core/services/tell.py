"""Tell: what a decision rested on is kept, change by change, so that it can be decided again under other terms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from core.contract.events import OrderKind
from core.models import CampaignPause, Conversion, Merchant, Reward, StoredOrder, StoredTerms, Turn, new_id
from core.models import Telling as StoredTelling
from core.rules.attribution import code_named
from core.rules.replay.steps import AGAIN, GONE, HEARD, MARKED, REFUSED, TOLD, VOID
from core.rules.replay.telling import Telling, marks_text, read, void_text, written
from core.services.audit import HUB
from core.services.book import Book

GRANT, MERGE, MOVED, PAUSE, TERMS = "grant", "merge", "moved", "pause", "terms"


class Teller:
    """One decision's tellings: they get its number, if there is anything to tell, and are written together."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._rows: dict[tuple[str, str], dict[str, Any]] = {}
        self._friends: set[str] = set()
        self._number = 0

    def tell(self, order: StoredOrder, friend: str, telling: Telling) -> None:
        """What is known of the order now is kept, unless it is what was told of it last."""
        body = written(telling)
        digest = blake2b(f"{friend} {body}".encode(), digest_size=16).hexdigest()
        if order.told == digest:
            return
        if order.told_of_id not in (None, friend):
            self._add(order.told_of_id or "", order.id, GONE)
            turn(self._book, MOVED, {"one": order.told_of_id, "other": friend})
        order.told, order.told_of_id = digest, friend
        self._add(friend, order.id, TOLD, body)

    def is_silent_about(self, friend: str) -> bool:
        """True while nothing new was told of this friend."""
        return friend not in self._friends

    def again(self, friend: str, order_ids: Sequence[str]) -> None:
        """Nothing is new about the friend's orders, and yet they were decided differently: told with any of them."""
        free = [one for one in order_ids if (friend, one) not in self._rows]
        self._add(friend, (free or order_ids)[0], AGAIN)

    def mark(self, order_id: str, friend: str, marks: Mapping[str, Mapping[str, str]]) -> None:
        """A decision about somebody else moves this order's rewards: which of them have left the hub is kept."""
        if (friend, order_id) not in self._rows:
            self._add(friend, order_id, MARKED, marks_text(marks))

    def refuse(self, order_id: str, friend: str, marks: Mapping[str, Mapping[str, str]], *, is_refused: bool) -> None:
        """The order was refused as fraud, or is heard again; which of its rewards have left the hub is kept as well."""
        self._add(friend, order_id, REFUSED if is_refused else HEARD, marks_text(marks))

    def write(self) -> None:
        """What was told stands in the table."""
        if self._rows:
            self._book.session.connection().execute(insert(StoredTelling), list(self._rows.values()))

    def _add(self, friend: str, order_id: str, what: str, body: str = "") -> None:
        if not self._number:  # whatever turns while this is decided holds from the next decision on
            self._book.merchant.decisions += 1
            self._number = self._book.merchant.decisions
        self._friends.add(friend)
        self._rows[friend, order_id] = {
            "merchant_id": self._book.merchant.id,
            "friend_id": friend,
            "number": self._number,
            "order_id": order_id,
            "what": what,
            "body": body,
            "told_at": self._book.now,
        }


def tell_void(book: Book, reward: Reward, why: str) -> None:
    """The reward was made void by somebody's word, or because its source has lost the order."""
    if reward.conversion_id is None:
        tell_grant(book, reward)
        return
    conversion = book.session.get_one(Conversion, reward.conversion_id)
    order = book.session.get_one(StoredOrder, conversion.order_id)
    book.merchant.decisions += 1
    row = StoredTelling(
        merchant_id=book.merchant.id,
        friend_id=book.living(order.friend_id or reward.person_id),
        number=book.merchant.decisions,
        order_id=order.id,
        what=VOID,
        body=void_text(conversion.campaign_id, reward.side, why),
        told_at=book.now,
    )
    book.session.add(row)


def tell_grant(book: Book, reward: Reward) -> None:
    """The campaign's budget is used for what an operator granted by hand: so much of it as stands now."""
    told = {"campaign": reward.campaign_id, "reward": reward.id, "minor": reward.net.minor, "currency": reward.currency}
    turn(book, GRANT, told)


def tell_merge(book: Book, kept: str, gone: str) -> None:
    """Two people are one from the next decision on."""
    turn(book, MERGE, {"one": kept, "other": gone})


def tell_terms(session: Session, merchant: Merchant, version: StoredTerms, now: datetime) -> None:
    """The next decision knows this version of a campaign's terms; the merchant is locked."""
    session.add(_turn(merchant, now, TERMS, {"campaign": version.campaign_id, "terms": version.id}))


def tell_pause(session: Session, merchant: Merchant, pause: CampaignPause, now: datetime) -> None:
    """The next decision knows since when a campaign rests, or until when it did; the merchant is locked."""
    until = pause.until_at.isoformat() if pause.until_at else None
    told = {"campaign": pause.campaign_id, "pause": pause.id, "from": pause.from_at.isoformat(), "until": until}
    session.add(_turn(merchant, now, PAUSE, {**told, "own": pause.actor == HUB}))


def turn(book: Book, what: str, body: Mapping[str, Any]) -> None:
    """Something that changes the next decision stands under its number."""
    book.session.add(_turn(book.merchant, book.now, what, body))


def _turn(merchant: Merchant, now: datetime, what: str, body: Mapping[str, Any]) -> Turn:
    number = merchant.decisions + 1
    return Turn(id=new_id(), merchant_id=merchant.id, number=number, what=what, body=dict(body), turned_at=now)


def forget_words(book: Book, orders: Iterable[StoredOrder]) -> None:
    """What was told of these orders names nobody any more: no name of a deal, no trace that led to no code."""
    known = {order.id: order for order in orders}
    for row in book.rows(StoredTelling.order_id, known, StoredTelling.what == TOLD):
        row.body = written(_nameless(read(row.order_id, row.body), book.hub.vault.token_key))


def _nameless(telling: Telling, key: bytes) -> Telling:
    order = telling.order
    name = order.name if order.kind is OrderKind.ORDER else order.source_id
    evidence = tuple(one for one in order.evidence if code_named(one, key) in telling.codes)
    return replace(telling, order=replace(order, name=name, evidence=evidence))
