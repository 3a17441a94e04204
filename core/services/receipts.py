"""Receipts: a confirmed push is booked, whichever way the proof came (an answer, a look, or a person)."""

from datetime import datetime

from core.contract.credits import Receipt
from core.models import Conversion, Push, Reward, StoredOrder
from core.rules.states import change
from core.services.book import Book
from core.services.convert import convert
from core.services.ledger import DUE, PROGRAMME, PUSHED, Line
from core.services.set_off import debts_of


def told(at: datetime, words: str) -> dict[str, str]:
    """One line of a push's story."""
    return {"at": at.isoformat(), "words": words}


def tell(push: Push, at: datetime, words: str) -> None:
    """The push's story has one line more."""
    push.story = [*push.story, told(at, words)]


def confirm(book: Book, push: Push, reward: Reward, receipt: Receipt) -> None:
    """The push is confirmed with its proof, and the ledger says so; a remote id can prove only one push."""
    push.state = change("push", push.state, "confirmed")
    # A card or code that is gone is gone whole, but only what was asked back is settled by it.
    moved = receipt.amount.minor if push.gives else min(receipt.amount.minor, push.amount_minor)
    push.remote_id, push.moved_minor, push.confirmed_at = receipt.remote_id, moved, book.now
    if receipt.shown:
        push.shown = book.hub.vault.seal(receipt.shown.encode(), f"pushes.shown:{push.id}")
    tell(push, book.now, f"confirmed: {receipt.amount} stands at the source as {receipt.remote_id}")
    _book_given(book, push, reward) if push.gives else _book_taken(book, push, reward)


def _book_given(book: Book, push: Push, reward: Reward) -> None:
    reward.state, reward.reason = change("reward", reward.state, "pushed"), None
    book.ledger.move("push", reward, DUE, PUSHED, push.amount_minor)
    # What happened to the order while the push was under way counts from now on.
    decide_again(book, reward)


def decide_again(book: Book, reward: Reward) -> None:
    """The reward agrees with all that is known of its order by now; one granted by hand has none."""
    if reward.conversion_id is None:
        return
    conversion = book.session.get_one(Conversion, reward.conversion_id)
    order_friend = _friend_of(book, conversion)
    if order_friend:
        convert(book, {order_friend})
        book.session.flush()


def _book_taken(book: Book, push: Push, reward: Reward) -> None:
    taken = push.moved_minor or 0
    lines: list[Line] = []
    for account, debt in debts_of(book, reward):  # not always the person's: they may have been merged since
        part = min(debt, taken)
        taken -= part
        lines += [Line(account, -part, reward.id), Line(PROGRAMME, part, reward.id)]
    book.ledger.post("take_back", reward, lines)
    if reward.reversed_minor == reward.granted_minor and reward.state != "clawed_back":
        reward.state = change("reward", reward.state, "clawed_back")


def _friend_of(book: Book, conversion: Conversion) -> str | None:
    friend_id = book.session.get_one(StoredOrder, conversion.order_id).friend_id
    return book.living(friend_id) if friend_id else None
