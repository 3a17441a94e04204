"""How a request finds its act at the desk, and what the desk answers when the act makes no sense."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from sandbox.ground.answers import Answer, json_answer
from sandbox.ground.keys import Keys, checked
from sandbox.ground.refusal import Refused
from sandbox.ground.server import Request
from sandbox.hubspot.cloud import Cloud
from sandbox.hubspot.complaints import Complaint
from sandbox.hubspot.nouns import Portal
from sandbox.hubspot.webhooks.courier import Courier

PREFIX = "/_sandbox/"
Body = dict[str, Any]
Act = Callable[..., Any]
Route = tuple[str, str, Act, Keys]


class Desk:
    """Each request is one of its routes; what cannot happen in a portal is answered with 422 and a sentence."""

    def __init__(self, cloud: Cloud, courier: Courier, routes: Sequence[Route]) -> None:
        self.cloud, self.courier, self.routes = cloud, courier, routes

    def portal(self, given: Body) -> Portal:
        """The portal that was named, or the first."""
        return self.cloud.portal(int(given["portal"])) if given.get("portal") else self.cloud.portals()[0]

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
        return json_answer(404, {"error": f"the desk has no {request.method} {request.path}"})

    def _done(self, request: Request, act: Act, allowed: Keys, words: Sequence[str]) -> Answer:
        try:
            return json_answer(200, act(self, _given(request, allowed), *words))
        except (Refused, Complaint) as error:
            return json_answer(422, {"error": str(error)})
        except (KeyError, TypeError, ValueError) as error:
            return json_answer(422, {"error": f"{type(error).__name__}: {error}"})


def _given(request: Request, allowed: Keys) -> Body:
    """What the query and the body say; raises Refused for a key the act does not know."""
    place = request.path.removeprefix(PREFIX) or PREFIX
    return checked(request.query, allowed, place) | checked(request.json(), allowed, place)
