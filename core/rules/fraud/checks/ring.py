"""Ring: people who recommend each other in a circle, or who all share a card or a browser."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from datetime import timedelta

from core.contract.signals import SignalKind
from core.rules.fraud.facts import Bought, Case, Found, Settings, Sign

# A household or a dormitory has one address and one network, so these make nobody a member.
STRONG = (SignalKind.PAYMENT, SignalKind.BROWSER)
OBSERVED_ONLY = 0
MOST_PEOPLE = 60


def ring(case: Case, settings: Settings) -> Found | None:
    """A circle of recommendations that this order closes, or a group that shares what people do not share."""
    since = case.order.at - timedelta(days=settings["days"])
    orders = [one for one in case.orders if since < one.at]
    return _circle(case, orders, settings["length"]) or _group(case, orders, settings["people"])


def _circle(case: Case, orders: Iterable[Bought], longest: int) -> Found | None:
    friends: dict[str, set[str]] = defaultdict(set)
    for one in orders:
        if one.advocate_id and one.advocate_id != one.person_id:
            friends[one.advocate_id].add(one.person_id)
    length = _steps(friends, case.friend.person_id, case.advocate.person_id, longest - 1)
    if length is None:
        return None
    words = f"{length + 1} people recommend each other in a circle"
    if length == 1 and not _is_one_household(case):
        return Found(f"{words}; they share neither address nor card nor browser", points=OBSERVED_ONLY)
    return Found(words, tuple(sorted({one.order_id for one in orders if one.person_id == case.advocate.person_id})))


def _steps(friends: Mapping[str, set[str]], start: str, goal: str, most: int) -> int | None:
    """How many recommendations lead from `start` to `goal`, if it is so many at most."""
    seen, waiting = {start}, deque([(start, 0)])
    while waiting:
        person, steps = waiting.popleft()
        if steps == most:
            continue
        if goal in friends.get(person, ()):
            return steps + 1
        for friend in friends.get(person, set()) - seen:
            seen.add(friend)
            waiting.append((friend, steps + 1))
    return None


def _is_one_household(case: Case) -> bool:
    shared = case.signs_of_advocate() & case.signs_of_friend()
    return any(kind in (*STRONG, SignalKind.ADDRESS) for kind, _ in shared)


def _group(case: Case, orders: Iterable[Bought], fewest: int) -> Found | None:
    """The people linked with the friend by signs, if they are many and brought by one of them or by one advocate."""
    links = _by_link(orders)
    people, waiting = {case.friend.person_id}, [case.friend.person_id]
    while waiting and len(people) < MOST_PEOPLE:
        for other in links.get(waiting.pop(), set()) - people:
            people.add(other)
            waiting.append(other)
    is_inside = case.advocate.person_id in people
    inside = [
        one for one in orders if one.person_id in people and one.advocate_id in people | {case.advocate.person_id}
    ]
    friends = {one.person_id for one in inside}
    if len(people) < fewest or len(friends) < (2 if is_inside else fewest):
        return None
    what = "recommend each other" if is_inside else "were all brought by one advocate"
    words = f"{len(people)} people who share cards or browsers {what}"
    return Found(words, tuple(sorted({one.order_id for one in inside} - {case.order.order_id})))


def _by_link(orders: Iterable[Bought]) -> Mapping[str, set[str]]:
    """Whom each person shares a card or a browser with."""
    users: dict[Sign, set[str]] = defaultdict(set)
    for one in orders:
        for sign in one.of(*STRONG):
            users[sign].add(one.person_id)
    links: dict[str, set[str]] = defaultdict(set)
    for together in users.values():
        for person in together:
            links[person] |= together - {person}
    return links
