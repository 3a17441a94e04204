"""Likeness: advocate and friend give the same, or nearly the same, address, number or name."""

from datetime import timedelta
from difflib import SequenceMatcher
from itertools import product

from core.contract.events import IdentityKind
from core.contract.signals import SignalKind
from core.rules.fraud.facts import Case, Found, Settings
from core.rules.fraud.lists import DISPOSABLE_DOMAINS
from core.rules.fraud.signs import NAME

EMAIL, PHONE = IdentityKind.EMAIL, IdentityKind.PHONE
NAME_ALONE = 10
SHORTEST_NAME = 4


def self_referral(case: Case, _: Settings) -> Found | None:
    """One person, or one mailbox, on both sides."""
    if case.advocate.person_id == case.friend.person_id:
        return Found("advocate and friend are one person")
    return Found("advocate and friend have the same e-mail address") if _both(case, EMAIL) else None


def same_phone(case: Case, _: Settings) -> Found | None:
    """One telephone number on both sides."""
    return Found("advocate and friend gave the same telephone number") if _both(case, PHONE) else None


def similar_mail(case: Case, settings: Settings) -> Found | None:
    """Two addresses at one host that differ by the digits at their end, or hardly at all."""
    for one, other in product(case.advocate.mails, case.friend.mails):
        likeness = _likeness(one, other)
        if likeness * 100 >= settings["percent"]:
            words = "differ only by the digits at the end" if likeness == 1 else f"are {likeness:.0%} alike"
            return Found(f"the e-mail addresses of advocate and friend are at one host and {words}")
    return None


def _likeness(one: str, other: str) -> float:
    """How alike two spellings are, from 0 to 1; different hosts are not alike, and neither is one address itself."""
    (local, _, host), (second, _, other_host) = one.rpartition("@"), other.rpartition("@")
    if host != other_host or local == second:
        return 0
    bare = local.rstrip("0123456789")
    if len(bare) >= SHORTEST_NAME and bare == second.rstrip("0123456789"):
        return 1
    return SequenceMatcher(None, local, second, autojunk=False).ratio()


def same_name(case: Case, _: Settings) -> Found | None:
    """One full name on both sides: it says little, and more where the postcode is the same as well."""
    if not _both(case, NAME):
        return None
    if _both(case, SignalKind.POSTCODE):
        return Found("advocate and friend have the same full name and postcode")
    return Found("advocate and friend have the same full name", points=NAME_ALONE)


def known_before(case: Case, settings: Settings) -> Found | None:
    """The friend's address or number stands on an earlier paid order of somebody else."""
    since = case.order.at - timedelta(days=settings["days"])
    own = {sign for sign in case.signs_of_friend() if sign[0] in (EMAIL, PHONE)}
    others = (one for one in case.orders if one.person_id != case.friend.person_id and one.is_paid)
    earlier = [one.order_id for one in others if since <= one.at < case.order.at and own & one.signs]
    words = "the friend's e-mail address or telephone number bought here before, under another account"
    return Found(words, tuple(earlier)) if earlier else None


def disposable_mail(case: Case, settings: Settings) -> Found | None:
    """A mailbox that is thrown away after use."""
    listed = DISPOSABLE_DOMAINS | {domain.casefold() for domain in settings.lists.get("domains", ())}
    for side, somebody in (("friend", case.friend), ("advocate", case.advocate)):
        hosts = {mail.rpartition("@")[2] for mail in somebody.mails}
        found = sorted(host for host in hosts if listed & set(_domains(host)))
        if found:
            return Found(f"the {side}'s e-mail address is one of {found[0]}, which gives addresses to throw away")
    return None


def _domains(host: str) -> list[str]:
    """The host and every domain above it that is more than an ending."""
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]


def _both(case: Case, kind: str) -> bool:
    shared = case.signs_of_advocate() & case.signs_of_friend()
    return any(sign[0] == kind for sign in shared)
