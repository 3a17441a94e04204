"""Abandon: a push that certainly was not applied gives its reward back, to be decided anew."""

from core.models import Push, Reward
from core.rules.states import change
from core.services.book import Book
from core.services.receipts import decide_again, tell
from core.services.set_off import set_off, undo_set_off


def abandon(book: Book, push: Push, why: str) -> None:
    """The push is never sent; what it was to give is due as before."""
    _end(book, push, why)
    if push.gives:
        _due_again(book, book.session.get_one(Reward, push.reward_id))


def is_still_owed(book: Book, push: Push) -> bool:
    """True when the order, decided again now, still asks for exactly this push; otherwise it is abandoned.

    A push may wait for weeks (a frozen shop, a lost answer), and refunds do not wait with it.
    """
    reward = book.session.get_one(Reward, push.reward_id)
    _due_again(book, reward)
    decide_again(book, reward)
    is_same_account = reward.state == "due" and reward.recipient == push.recipient
    if is_same_account and set_off(book, reward) and reward.owed == push.amount:
        reward.state = change("reward", "due", "pushing")
        return True
    if reward.state == "due":
        undo_set_off(book, reward)
    _end(book, push, "not sent: the order changed meanwhile, so the reward is decided again")
    return False


def _due_again(book: Book, reward: Reward) -> None:
    reward.state = change("reward", reward.state, "due")
    undo_set_off(book, reward)


def _end(book: Book, push: Push, why: str) -> None:
    push.state = change("push", push.state, "abandoned")
    tell(push, book.now, why)
