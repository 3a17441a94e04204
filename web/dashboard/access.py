"""The house's own entrance: the right host name, somebody who may look, and forms that our own pages sent."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Request, Response
from werkzeug.exceptions import BadRequest, Forbidden, Unauthorized

from web.accounts.visitor import Visitor
from web.dashboard.forms import Forms
from web.dashboard.headers import protect

HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
LOCAL_NAMES = frozenset({"localhost"})
# A proxy on the same machine makes strangers look local; it names them, or itself, in one of these.
FORWARDED = frozenset(
    {"forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip", "cf-connecting-ip"}
)
FORWARDED_PREFIX = "x-forwarded"  # -For, -Host, -Proto, -Port, -Server, -Prefix and whatever comes next


class WrongHost(BadRequest):
    """The request names a host that is not ours: a forged link, or a missing setting."""


class NobodyYet(Forbidden):
    """The hub has no operator yet: somebody has to open the link that makes the owner."""


class SignInNeeded(Unauthorized):
    """Nobody is signed in, or not any more."""


class NotAllowed(Forbidden):
    """The visitor's role does not reach that far."""


class SecondFactorNeeded(Forbidden):
    """The visitor's role takes a second factor, and they have yet to set one up."""


class NotFresh(Unauthorized):
    """The visitor has to prove again who they are before this."""


@dataclass(frozen=True, slots=True)
class People:
    """How the house knows who is there, as the composition root hands it over.

    `recognise` knows a signed-in operator, `neighbour` whoever sits at this machine; `has_operators` says whether
    anybody could sign in, `is_fresh` whether whoever is signed in has just proved it; `scope` names the visit that a
    form's token is bound to.
    """

    neighbour: Callable[[], Visitor]
    recognise: Callable[[Request], Visitor | None] = lambda _request: None
    has_operators: Callable[[], bool] = lambda: False
    is_fresh: Callable[[], bool] = lambda: False
    scope: Callable[[], str] = lambda: ""


@dataclass(frozen=True, slots=True)
class Gate:
    """The entrance by cookie; where `is_for_neighbours`, this machine's own browser needs none."""

    trusted_hosts: frozenset[str]
    is_for_neighbours: bool
    people: People
    forms: Forms

    def check_host(self, request: Request) -> None:
        """Raises `WrongHost` unless the request asks for one of the trusted hosts."""
        asked = host_name(request.environ.get("HTTP_HOST", ""))
        if not asked or asked not in {host_name(trusted) for trusted in self.trusted_hosts}:
            raise WrongHost

    def visitor(self, request: Request) -> Visitor:
        """Who is there. Raises `SignInNeeded`, or `NobodyYet` where nobody could sign in."""
        known = self.people.recognise(request)
        if known is not None:
            return known
        if self.is_for_neighbours and is_from_this_machine(request):
            return self.people.neighbour()
        raise SignInNeeded if self.people.has_operators() else NobodyYet

    def is_fresh(self, visitor: Visitor) -> bool:
        """True when the visitor has lately proved who they are; there is nothing to prove where nobody signs in."""
        return not visitor.operator_id or self.people.is_fresh()

    def check_form(self, request: Request) -> None:
        """Raises `Forged` unless a page of ours sent the form."""
        self.forms.check(request, self.people.scope())

    def form_token(self, request: Request) -> str:
        """What a form on the page that answers this request has to bring back."""
        return self.forms.token(request, self.people.scope())

    def protect(self, response: Response) -> Response:
        """The response with what a browser has to be told."""
        return protect(response)


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
