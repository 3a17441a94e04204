"""Signs: the comparable spelling of what a source saw of a purchase."""

import re
import unicodedata
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from core.contract.events import IdentityClaim, IdentityKind
from core.contract.signals import Signal, SignalKind
from core.rules.identities import canonical

LONGEST = 1_000
NAME = "name"
NOISE = re.compile(r"[\W_]+")


def spelt(kind: str, value: str) -> Iterator[str]:
    """The spellings under which a sign is compared; none where the value says nothing."""
    if len(value) <= LONGEST:
        yield from filter(None, SPELLINGS.get(kind, _as_it_is)(value))


def signs_of(signal: Signal) -> Iterator[tuple[str, str]]:
    """Kind and spelling of each thing that a signal may be compared by."""
    for value in spelt(signal.kind, signal.value):
        yield signal.kind, value


def _as_it_is(value: str) -> Iterator[str]:
    yield value.strip()


def _network(value: str) -> Iterator[str]:
    """An address, or of IPv6 the /64 network: one home or phone changes the rest of it as it likes."""
    try:
        address = ip_address(value.strip())
    except ValueError:
        return
    if not isinstance(address, IPv6Address):
        yield str(address)
    elif address.ipv4_mapped:
        yield str(address.ipv4_mapped)
    else:
        yield f"{IPv6Address(int(address) >> 64 << 64)}/64"


def _words(value: str) -> Iterator[str]:
    """Letters and digits only, without case and accents: for names and addresses."""
    plain = value.casefold()
    if not plain.isascii():
        plain = "".join(letter for letter in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(letter))
    yield NOISE.sub(" ", plain).strip()


def _postcode(value: str) -> Iterator[str]:
    yield NOISE.sub("", value.casefold())


def _site(value: str) -> Iterator[str]:
    """The host of a page, and the domain above it."""
    try:
        host = urlsplit(value if "://" in value else f"//{value}").hostname or ""
    except ValueError:
        return
    host = host.removeprefix("www.").rstrip(".")
    if "." in host:
        yield host
        yield ".".join(host.split(".")[-2:])


def _mail(value: str) -> Iterator[str]:
    yield canonical(IdentityClaim(IdentityKind.EMAIL, value)) or ""


def _phone(value: str) -> Iterator[str]:
    yield canonical(IdentityClaim(IdentityKind.PHONE, value)) or ""


SPELLINGS = {
    SignalKind.IP: _network,
    SignalKind.ADDRESS: _words,
    SignalKind.POSTCODE: _postcode,
    SignalKind.CAME_FROM: _site,
    NAME: _words,
    IdentityKind.EMAIL: _mail,
    IdentityKind.PHONE: _phone,
}
