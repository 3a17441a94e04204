"""How a request finds its act at the desk, and what the desk answers when the act makes no sense."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from sandbox.ground.answers import Answer
from sandbox.ground.keys import Keys, checked
from sandbox.ground.refusal import Refused
from sandbox.ground.server import Request
from sandbox.salesforce import exact_json
from sandbox.salesforce.answers import api_answer
from sandbox.salesforce.messages.courier import Courier
from sandbox.salesforce.org import PEOPLE, Org
from sandbox.salesforce.refusals import Refusal
from sandbox.salesforce.trade.actor import Actor

PREFIX = "/_sandbox/"
ID, NAME = r"([0-9A-Za-z]{15,18})", r"(\w+)"
Body = dict[str, Any]
Act = Callable[..., Any]
Route = tuple[str, str, Act, Keys | None]


class Desk:
    """Each request is one of its routes; what cannot happen in an org is answered with 422 and a sentence."""

    def __init__(self, org: Org, courier: Courier, routes: Sequence[Route]) -> None:
        self.org, self.courier, self.routes = org, courier, routes

    def respond(self, request: Request) -> Answer:
        """The answer, as a line of its own: people ask the desk by curl in a terminal."""
        answer = self._answered(request)
        answer.body += b"\n"
        return answer

    def _answered(self, request: Request) -> Answer:
        for method, pattern, act, allowed in self.routes:
            found = re.fullmatch(pattern, request.path.removeprefix(PREFIX))
            if found and method == request.method:
                return self._done(request, act, allowed, found.groups())
        return api_answer(404, {"error": f"the desk has no {request.method} {request.path}"})

    def _done(self, request: Request, act: Act, allowed: Keys | None, names: Sequence[str]) -> Answer:
        try:
            return api_answer(200, act(self, _given(request, allowed), *names))
        except (Refused, Refusal) as error:
            return api_answer(422, {"error": str(error)})
        except (KeyError, TypeError, ValueError) as error:
            return api_answer(422, {"error": f"{type(error).__name__}: {error}"})


def _given(request: Request, allowed: Keys | None) -> Body:
    """What the query and the body say; raises Refused for a key the act does not know (None: it takes any)."""
    place = request.path.removeprefix(PREFIX) or PREFIX
    try:
        body = exact_json.read(request.body or b"{}")
    except ValueError as error:
        raise Refused("the body is not JSON") from error
    if not isinstance(body, dict):
        raise Refused(f"{place} is described by a JSON object, not by {type(body).__name__}")
    if allowed is None:
        return {**request.query, **body}
    return checked(request.query, allowed, place) | checked(body, allowed, place)


def somebody(desk: Desk, given: Body) -> Actor:
    """Who does it: the one named by the key `by`, or else somebody of the sales people."""
    return Actor(desk.org.user(str(given.pop("by", PEOPLE)))["Id"])
