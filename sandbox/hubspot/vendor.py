"""The vendor's side: which path is what, who may call it and how often, and the fates that befall callers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from sandbox.ground.answers import Answer, json_answer
from sandbox.ground.server import Request
from sandbox.hubspot import befalling
from sandbox.hubspot.admitting import Caller, admit, require_scopes, throttle
from sandbox.hubspot.api import account, associations, batches, labels, oauth, objects, properties, search
from sandbox.hubspot.api.asking import VERSIONS, Ask, Route
from sandbox.hubspot.cloud import Cloud
from sandbox.hubspot.complaints import Complaint, not_found, unreadable
from sandbox.hubspot.fates import Fate
from sandbox.hubspot.nouns import Call

SECRET_HEADERS = {"authorization", "cookie"}
SECRET_FIELDS = {"client_secret", "code", "refresh_token", "token"}
VERSION = f"({'|'.join(VERSIONS)})"
ROUTES: list[Route] = [
    *batches.ROUTES,
    *search.ROUTES,
    *associations.ROUTES,
    *labels.ROUTES,
    *properties.ROUTES,
    *account.ROUTES,
    *objects.ROUTES,
]
COMPILED = [
    (method, re.compile(path.replace("/V/", f"/{VERSION}/")), act, needs) for method, path, act, needs in ROUTES
]
OAUTH = re.compile(f"/oauth/{VERSION}/(token|token/introspect|token/revoke)")


class Undone(Exception):
    """Carries an answer out of a transaction that is taken back."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("undone")
        self.answer = answer


@dataclass
class Note:
    """What the call log will say of a request."""

    body: Any
    fate: Fate | None = None
    portal: int = 0
    effect: bool = False


def respond(cloud: Cloud, request: Request) -> Answer:
    """The answer to one request; a path without a date-based version does not exist."""
    if request.path == "/oauth/authorize" and request.method == "GET":
        return oauth.authorize(cloud, request)
    found = OAUTH.fullmatch(request.path)
    note = Note(None)
    try:
        act = _token_act(cloud, request, note, found[2]) if found else _api_act(cloud, request, note)
    except Complaint as complaint:
        answer = json_answer(complaint.status, complaint.body())
    else:
        answer = _fated(cloud, request, note, act)
    _log(cloud, request, note, answer)
    return answer


def _token_act(cloud: Cloud, request: Request, note: Note, name: str) -> Callable[[], Answer]:
    if request.method != "POST":
        raise Complaint(405, "", "Method not allowed")
    form = oauth.form_of(request)
    note.body = {field: "…" if field in SECRET_FIELDS else value for field, value in form.items()}
    return lambda: oauth.ENDPOINTS[name](cloud, form)


def _api_act(cloud: Cloud, request: Request, note: Note) -> Callable[[], Answer]:
    """Who calls is settled before any fate; everything else is part of the act."""
    note.body = _shown_body(request)
    found = next(
        (
            (path.fullmatch(request.path), act, needs)
            for method, path, act, needs in COMPILED
            if _fits(request, method, path)
        ),
        None,
    )
    if found is None:
        raise not_found(f"No route matched {request.method} {request.path}")
    matched, act, needs = found
    caller = admit(cloud, request)
    note.portal = caller.portal.portal
    words = matched.groups() if matched else ()
    query = parse_qsl(request.raw_query, keep_blank_values=True)

    def done() -> Answer:
        ask = Ask(cloud, caller.portal, words[0], tuple(words[1:]), query, None)
        return _admitted(cloud, request, caller, ask, act, needs)

    return done


def _fits(request: Request, method: str, path: re.Pattern[str]) -> bool:
    return method == request.method and path.fullmatch(request.path) is not None


def _admitted(cloud: Cloud, request: Request, caller: Caller, ask: Ask, act: Any, needs: Any) -> Answer:
    is_search = request.path.endswith("/search")
    headers = throttle(cloud, caller, is_search)
    require_scopes(caller, needs(ask))
    ask.body = _json(request)
    answer: Answer = act(ask)
    answer.headers |= headers
    return answer


def _json(request: Request) -> Any:
    if not request.body:
        return {}
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Complaint(415, "", "Unsupported Media Type")
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        raise unreadable("it is not JSON") from None


def _shown_body(request: Request) -> Any:
    with suppress(ValueError, RecursionError):
        return json.loads(request.body) if request.body else None
    return request.body.decode("utf-8", "replace")


def _fated(cloud: Cloud, request: Request, note: Note, act: Callable[[], Answer]) -> Answer:
    fate = note.fate = cloud.fates.take(f"{request.method} {request.path}")
    if fate is None:
        return _acted(cloud, note, act)
    if fate.acts == "none":
        return befalling.mangled(fate, json_answer(200, {}))
    if fate.acts == "late":
        due_at = cloud.truth.now() + int(fate.seconds * 1000)
        cloud.late.postpone(due_at, lambda: _act_late(cloud, request, note, act))
        cloud.woken.set()
        return Answer(0, manner="drop")
    if fate.answer == "rows":
        act = befalling.without_rows(fate, request, act)
    return befalling.mangled(fate, _acted(cloud, note, act, undo=fate.acts == "undone"))


def _acted(cloud: Cloud, note: Note, act: Callable[[], Answer], undo: bool = False) -> Answer:
    """All of it happens, or nothing."""
    before = cloud.truth.writes
    try:
        with cloud.truth.transaction():
            answer = act()
            if undo:
                raise Undone(answer)
            note.effect = cloud.truth.writes != before
            return answer
    except Undone as undone:
        return undone.answer
    except Complaint as complaint:
        return json_answer(complaint.status, complaint.body(), complaint.headers)


def _act_late(cloud: Cloud, request: Request, note: Note, act: Callable[[], Answer]) -> None:
    """The effect that nobody waited for any more; the call log gets a line of its own."""
    late = Note(note.body, note.fate, note.portal)
    answer = _acted(cloud, late, act)
    _log(cloud, Request("LATE", request.path, {}, {}, b""), late, answer)


def _log(cloud: Cloud, request: Request, note: Note, answer: Answer) -> None:
    """One line of the call log; tokens and secrets never enter it."""
    with cloud.truth.transaction():
        call = Call(
            portal=note.portal,
            number=cloud.truth.next_number("Call", 1),
            at=cloud.truth.now(),
            method=request.method,
            path=request.path,
            query=request.raw_query,
            headers={name: value for name, value in request.headers.items() if name not in SECRET_HEADERS},
            body=note.body,
            fate=note.fate.kind if note.fate else None,
            effect=note.effect,
            status=None if answer.manner in ("drop", "hang") else answer.status,
        )
        cloud.truth.keep(call)
