"""Who may look: the right host name, and a password unless the hub is only reachable from its own machine."""

import hmac
import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Request
from werkzeug.exceptions import BadRequest, Forbidden, Unauthorized

HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
LOCAL_NAMES = frozenset({"localhost"})
# A proxy on the same machine makes strangers look local; it names them, or itself, in one of these.
FORWARDED = frozenset(
    {"forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip", "cf-connecting-ip"}
)
FORWARDED_PREFIX = "x-forwarded"  # -For, -Host, -Proto, -Port, -Server, -Prefix and whatever comes next


class WrongHost(BadRequest):
    """The request names a host that is not ours: a forged link, or a missing setting."""


class NotConfigured(Forbidden):
    """Strangers could look in: a password has to be set first."""


class PasswordNeeded(Unauthorized):
    """The password is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets a request through or raises one of the errors above."""

    trusted_hosts: frozenset[str]
    is_loopback_only: bool
    password: str | None

    def check_host(self, request: Request) -> None:
        """Raises `WrongHost` unless the request asks for one of the trusted hosts."""
        asked = host_name(request.environ.get("HTTP_HOST", ""))
        if not asked or asked not in {host_name(trusted) for trusted in self.trusted_hosts}:
            raise WrongHost

    def check_visitor(self, request: Request) -> None:
        """Raises `PasswordNeeded` or `NotConfigured` unless the visitor may look.

        A password that is set is always asked for. Without one only this machine's own browser gets in.
        """
        if self.password:
            self._check_password(request, self.password)
        elif not (self.is_loopback_only and is_from_this_machine(request)):
            raise NotConfigured

    def _check_password(self, request: Request, expected: str) -> None:
        given = request.authorization
        said = given.password if given is not None and given.type == "basic" else None
        if not hmac.compare_digest((said or "").encode(), expected.encode()):
            raise PasswordNeeded


def is_from_this_machine(request: Request) -> bool:
    """True when the browser asked a loopback name directly and no proxy stands between."""
    if any(_is_of_a_proxy(name.lower()) for name, _ in request.headers):
        return False
    return _is_loopback(host_name(request.environ.get("HTTP_HOST", "")))


def host_name(host: str) -> str:
    """The name in a Host header, without port and brackets, in lower case; "" if there is none."""
    if not HOST.fullmatch(host):
        return ""
    return (urlsplit(f"//{host}").hostname or "").rstrip(".")


def _is_of_a_proxy(header: str) -> bool:
    return header in FORWARDED or header.startswith(FORWARDED_PREFIX)


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name in LOCAL_NAMES
