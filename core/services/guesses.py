"""Guesses: how often somebody may fail to prove who they are, so that nobody finds a password by trying."""

from datetime import timedelta

from sqlalchemy import delete

from core.gateway.hub import Hub
from core.models import SignInFailures
from core.rules.addresses import spelled_alike

WITHIN = timedelta(minutes=15)
MOST_FROM_ONE_ADDRESS = 5  # for one account
MOST_FROM_EVERYWHERE = 50  # for one account: many addresses do not help either


def may_try(hub: Hub, account: str, address: str) -> bool:
    """True when one more try is allowed, and it is counted: as a failure, until `proved` says otherwise.

    Counted before anything is compared, so that many tries at once are no way around; and for accounts that do not
    exist just the same.
    """
    limits = {
        _key(hub, account, address): MOST_FROM_ONE_ADDRESS,
        _key(hub, account, "everywhere"): MOST_FROM_EVERYWHERE,
    }
    counts = [(_count(hub, key), most) for key, most in sorted(limits.items())]
    return all(count <= most for count, most in counts)


def proved(hub: Hub, account: str, address: str) -> None:
    """The failures before are forgotten."""
    keys = [_key(hub, account, place) for place in (address, "everywhere")]
    with hub.database.transaction() as session:
        session.execute(delete(SignInFailures).where(SignInFailures.key.in_(keys)))


def _count(hub: Hub, key: str) -> int:
    now = hub.now()
    with hub.database.transaction() as session:
        session.execute(delete(SignInFailures).where(SignInFailures.since_at <= now - WITHIN))
        session.execute(hub.database.insert_once(SignInFailures).values(key=key, count=0, since_at=now))
        row = session.get_one(SignInFailures, key, with_for_update=True)
        row.count += 1
        return row.count


def _key(hub: Hub, account: str, address: str) -> str:
    return hub.vault.lookup(f"guesses:{spelled_alike(account)}:{address}")
