"""Judge a reward: what a person decides about one, with the reason kept in the audit trail."""

from core.gateway.hub import Hub
from core.models import Reward
from core.rules.states import change
from core.services.audit import note
from core.services.book import Book, open_book
from core.services.connections import NotFound
from core.services.consent import require_consent, require_no_own_interest
from core.services.reward import hold_again, void
from core.services.suspect import follow_decision


def approve(hub: Hub, reward_id: str, why: str, *, actor: str = "operator", second: str = "") -> Reward:
    """A reward in review goes on (it is still verified at the source), or a rejected one is tried again.

    Raises `NotFound`, `IllegalChange` for a reward in any other state, or `SecondPersonNeeded` where it takes a
    `second` one to agree.
    """
    return _judge(hub, reward_id, "approve", why, actor, second)


def void_reward(hub: Hub, reward_id: str, why: str, *, actor: str = "operator", second: str = "") -> Reward:
    """The reward is owed no more; what was paid of it is owed back, and asked back at the source.

    Raises `NotFound`, `IllegalChange` while it is being paid, or `SecondPersonNeeded` like `approve`.
    """
    return _judge(hub, reward_id, "void", why, actor, second)


def _judge(hub: Hub, reward_id: str, verb: str, why: str, actor: str, second: str) -> Reward:
    with hub.database.transaction() as session:
        found = session.get(Reward, reward_id)
        if found is None:
            raise NotFound(f"there is no reward {reward_id!r}: `referhub rewards list` shows them")
        book = open_book(hub, session, found.merchant_id)
        session.refresh(found)  # until the lock was ours, a worker may have gone on with it
        amount = found.net
        if verb == "void":
            void(book, found, why)
        else:
            _approve(book, found)
            require_no_own_interest(book, [found.person_id], amount, second)
        follow_decision(book, found, verb)
        book.soil({found.person_id})
        require_consent(hub, amount, second)
        note(session, found.merchant_id, f"{verb}_reward", f"reward:{found.id}", why, book.now, actor=actor)
        return found


def _approve(book: Book, reward: Reward) -> None:
    if reward.state == "rejected":
        hold_again(book, reward)
    else:
        reward.state = change("reward", reward.state, "held")
    reward.reason, reward.is_approved, reward.attempts = None, True, 0
    reward.due_at = max(reward.due_at, book.now)
