"""Receipts: a confirmed push is booked, whichever way the proof came (an answer, a look, or a person)."""

from datetime import datetime

from core.contract.credits import Receipt
from core.models import Conversion, Push, Reward, StoredOrder
from core.rules.states import change
from core.services.book import Book
from core.services.convert import convert
from core.services.ledger import DUE, PROGRAMME, PUSHED, receivable


def told(at: datetime, words: str) -> dict[str, str]:
    """One line of a push's story."""
    return {"at": at.isoformat(), "words": words}


def tell(push: Push, at: datetime, words: str) -> None:
    """The push's story has one line more."""
    push.story = [*push.story, told(at, words)]


def confirm(book: Book, push: Push, reward: Reward, receipt: Receipt) -> None:
    """The push is confirmed with its proof, and the ledger says so; a remote id can prove only one push."""
    push.state = change("push", push.state, "confirmed")
    push.remote_id, push.moved_minor, push.confirmed_at = receipt.remote_id, receipt.amount.minor, book.now
    if receipt.shown:
        push.shown = book.hub.vault.seal(receipt.shown.encode(), f"pushes.shown:{push.id}")
    tell(push, book.now, f"confirmed: {receipt.amount} stands at the source as {receipt.remote_id}")
    _book_given(book, push, reward) if push.gives else _book_taken(book, push, reward)


def _book_given(book: Book, push: Push, reward: Reward) -> None:
    reward.state, reward.reason = change("reward", reward.state, "pushed"), None
    book.ledger.move("push", reward, DUE, PUSHED, push.amount_minor)
    # What happened to the order while the push was under way counts from now on.
    conversion = book.session.get_one(Conversion, reward.conversion_id)
    order_friend = _friend_of(book, conversion)
    if order_friend:
        convert(book, {order_friend})


def _book_taken(book: Book, push: Push, reward: Reward) -> None:
    taken = push.moved_minor or 0
    book.ledger.move("take_back", reward, receivable(reward.person_id), PROGRAMME, taken)
    if reward.reversed_minor == reward.granted_minor and reward.state != "clawed_back":
        reward.state = change("reward", reward.state, "clawed_back")


def _friend_of(book: Book, conversion: Conversion) -> str | None:
    friend_id = book.session.get_one(StoredOrder, conversion.order_id).friend_id
    return book.living(friend_id) if friend_id else None
