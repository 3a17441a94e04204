"""The desk under /_sandbox/: how a request finds its act, and what is answered when the act makes no sense."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol

from sandbox.ground.answers import Answer, json_answer
from sandbox.ground.keys import Keys, an_object, checked, keys
from sandbox.ground.postman import Postman
from sandbox.ground.refusal import Refused
from sandbox.ground.server import Request, Respond

PREFIX = "/_sandbox/"
NUMBER = r"(\d+)"
Body = dict[str, Any]
Act = Callable[..., Any]
Route = tuple[str, str, Act, Keys | None]  # method, path below the prefix, the act, and the keys it understands


class Scripts(Protocol):
    """What is scripted for callers, as far as a desk shows it."""

    def coming(self) -> list[Body]: ...

    def clear(self) -> None: ...


class Settings(Protocol):
    """A truth, as far as a desk sets it."""

    def set(self, name: str, value: Any) -> None: ...


class Place(Protocol):
    """A shop, the portals or an org, as far as every desk knows it."""

    @property
    def truth(self) -> Settings: ...

    @property
    def fates(self) -> Scripts: ...


class Desk:
    """Each request is one of its routes; what cannot happen in the place is answered with 422 and a sentence."""

    REFUSALS: ClassVar[tuple[type[Exception], ...]] = (Refused,)
    WORD: ClassVar[type[str] | type[int]] = str  # what an act is given for each group of its path

    def __init__(self, place: Place, postman: Postman, routes: Sequence[Route]) -> None:
        self.place, self.postman, self.routes = place, postman, routes

    def read(self, request: Request) -> Any:
        """The body; raises Refused for one that is not JSON."""
        return request.json()

    def tell(self, status: int, body: Any) -> Answer:
        return json_answer(status, body)

    def respond(self, request: Request) -> Answer:
        """The answer, as a line of its own: people ask the desk by curl in a terminal."""
        answer = self._answered(request)
        answer.body += b"\n"
        return answer

    def before(self, vendor: Respond) -> Respond:
        """Whoever asks for the desk finds it; all others are the vendor's."""
        return lambda request: self.respond(request) if request.path.startswith(PREFIX) else vendor(request)

    def _answered(self, request: Request) -> Answer:
        for method, pattern, act, allowed in self.routes:
            found = re.fullmatch(pattern, request.path.removeprefix(PREFIX))
            if found and method == request.method:
                return self._done(request, act, allowed, found.groups())
        return self.tell(404, {"error": f"the desk has no {request.method} {request.path}"})

    def _done(self, request: Request, act: Act, allowed: Keys | None, words: Sequence[str]) -> Answer:
        try:
            return self.tell(200, act(self, self._given(request, allowed), *map(self.WORD, words)))
        except self.REFUSALS as error:
            return self.tell(422, {"error": str(error)})
        except (KeyError, TypeError, ValueError) as error:
            return self.tell(422, {"error": f"{type(error).__name__}: {error}"})

    def _given(self, request: Request, allowed: Keys | None) -> Body:
        """What the query and the body say; raises Refused for a key the act does not know (None: it takes any)."""
        place, body = request.path.removeprefix(PREFIX) or PREFIX, self.read(request)
        if allowed is None:
            return {**request.query, **an_object(body, place)}
        return checked(request.query, allowed, place) | checked(body, allowed, place)


def coming_fates(desk: Desk, given: Body) -> Any:
    return desk.place.fates.coming()


def clear_fates(desk: Desk, given: Body) -> Any:
    desk.place.fates.clear()
    return []


def hold(desk: Desk, given: Body) -> Any:
    """From now on whatever is announced waits to be released."""
    desk.place.truth.set("holding", True)
    return {}


def settle(desk: Desk, given: Body) -> Any:
    """Waits until nothing is due any more; says whether that came about in time."""
    return {"settled": desk.postman.settle(float(given.get("timeout", 30)))}


FATES: list[Route] = [("GET", "fates", coming_fates, keys()), ("DELETE", "fates", clear_fates, keys())]


def post_office(things: str) -> list[Route]:
    """The acts that are the same for deliveries, events and notifications."""
    return [("POST", f"{things}/hold", hold, keys()), ("POST", f"{things}/settle", settle, keys("timeout"))]
