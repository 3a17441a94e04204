"""Reach: which addresses the hub connects to: the open internet, and what its configuration names."""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Resolver = Callable[..., Sequence[tuple[Any, ...]]]

# What belongs to no host of the open internet, although `is_global` lets some of it pass (which, depends on the
# version): https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-special-registry
NOBODY = tuple(
    ip_network(written)
    for written in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16"),
        *("fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
)
# An IPv4 address inside an IPv6 one: where a network translates, the packet goes to the former.
NAT64 = ip_network("64:ff9b::/96")
LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*\.?")
# A name whose end is a number is read as an address by some programs, in octal or hex or as one long number.
NUMBER = re.compile(r"(?:0[xX][0-9A-Fa-f]*|[0-9]+)\.?")

# Endings that the internet gives no meaning: https://www.iana.org/assignments/special-use-domain-names
INNER = frozenset({"local", "localhost", "internal", "lan", "home", "corp", "intranet", "arpa", "onion", "test"})


class OutOfReach(ValueError):
    """The hub does not connect there; the text says why, and repeats no more of the address than its host."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The open internet by https. `allows_this_computer`: loopback too, and by http. `private_hosts`: names or
    addresses inside the admin's own network that are reached by https although the internet does not know them.
    `leaves_this_computer` is False for what must touch nothing real.
    """

    allows_this_computer: bool = False
    leaves_this_computer: bool = True
    private_hosts: frozenset[str] = frozenset()
    resolve: Resolver = field(default=socket.getaddrinfo, compare=False)

    def check(self, url: str) -> str:
        """The host of the address, which looks as if it may be reached. Raises `OutOfReach`; nothing is looked up."""
        try:
            parts = urlsplit(url)
            host, _port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            raise OutOfReach("the address cannot be used") from None
        if parts.scheme not in ("https", "http") or not host:
            raise OutOfReach("the address cannot be used")
        if "@" in parts.netloc or not url.isascii() or not url.isprintable() or "\\" in parts.netloc:
            raise OutOfReach("the address must be a scheme, a plain host and perhaps a port")
        written = literal(host)
        if written is not None:
            self._check_address(written, host, is_plain=parts.scheme == "http")
        elif not NAME.fullmatch(host) or NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
            raise OutOfReach(f"{host[:100]!r} is no host name")
        return host

    def check_for_proxy(self, host: str) -> None:
        """Raises `OutOfReach` for a name that only this computer or its network gives a meaning.

        What any other name means is for the proxy to look up, and to refuse: it alone sees where it leads.
        """
        labels = host.rstrip(".").split(".")
        if literal(host) is None and (len(labels) == 1 or labels[-1] in INNER):
            raise OutOfReach(f"{host[:100]!r} is not a name of the open internet")

    def addresses(self, host: str, port: int, *, is_plain: bool) -> list[tuple[Any, ...]]:
        """What the name means at this moment, each address checked, as `socket.getaddrinfo` tells it.

        Raises `OutOfReach` when even one of them is out of reach, and `OSError` when nobody knows the name.
        """
        found = list(self.resolve(host.strip("[]"), port, socket.AF_UNSPEC, socket.SOCK_STREAM))
        for *_kind, address in found:
            self._check_address(ip_address(str(address[0]).partition("%")[0]), host, is_plain=is_plain)
        return found

    def is_private(self, host: str) -> bool:
        """True when the configuration names this host as one of the admin's own network."""
        return host.lower().strip("[]").rstrip(".") in self.private_hosts

    def _check_address(self, address: Address, host: str, *, is_plain: bool) -> None:
        meant = unwrapped(address)
        if meant.is_loopback and self.allows_this_computer:
            return
        if not self.leaves_this_computer:
            raise OutOfReach(f"{host[:100]!r} is not this computer, and a rehearsal reaches nothing else")
        if is_plain:
            raise OutOfReach("the address must begin with https:// (http is for a sandbox on this computer only)")
        if not is_public(meant) and not (self.is_private(host) or self.is_private(str(address))):
            raise OutOfReach(
                f"{host[:100]!r} is not in the open internet; if it is yours, name it in allowed_private_hosts"
            )


# For tests, connectors' own tests and sandboxes; a live hub is told its own (app.py).
WITH_THIS_COMPUTER = Reach(allows_this_computer=True)


def literal(host: str) -> Address | None:
    """The address that is written where a name could be; None for a name."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one carries, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else address


def is_public(address: Address) -> bool:
    """True for a host of the open internet."""
    meant = unwrapped(address)
    in_nobodys = any(meant.version == one.version and meant in one for one in NOBODY)
    return meant.is_global and not meant.is_multicast and not in_nobodys
