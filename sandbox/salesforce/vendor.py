"""The vendor's side: which resource a path names, who may use it, what it costs, and the fates that befall callers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sandbox.ground.answers import WORSE_MANNERS, Answer, delayed, html_answer, redirect
from sandbox.ground.server import Request
from sandbox.salesforce import exact_json
from sandbox.salesforce.answers import api_answer, refused
from sandbox.salesforce.fates import TOKEN, Fate
from sandbox.salesforce.oauth import tokens
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refusal, not_there
from sandbox.salesforce.rest import bulk, changes, collections, describe, query, single
from sandbox.salesforce.rest.call import RestCall
from sandbox.salesforce.times import read_time, written_time

VERSION = re.compile(r"/services/data/v([^/]+)(/.*)?")
IDENTITY = re.compile(r"/id/(\w+)/(\w+)")
SOURCE = re.compile(r"\bFROM\s+(\w+)(?![^(]*\))", re.IGNORECASE)
# A longer address is refused by the vendor's front door (https://help.salesforce.com, article 000385755).
LONGEST_ADDRESS = 16_384
DAY = timedelta(hours=24)
SECRET_HEADERS = {"authorization", "cookie"}
JOB, LOCATOR = r"(\w{15,18})", r"(\w{15,18})-(\d+)"

Act = Callable[..., Answer]
RESOURCES: list[tuple[str, str, str, Act]] = [
    ("GET", r"/?", "resources", describe.resources),
    ("GET", r"/limits/?", "limits", changes.limits),
    ("GET", r"/query/?", "query", query.query),
    ("GET", r"/queryAll/?", "queryAll", query.query_all),
    ("GET", rf"/query(?:All)?/{LOCATOR}", "query_more", query.query_more),
    ("GET", r"/sobjects/?", "describe_all", describe.everything),
    ("GET", r"/sobjects/(\w+)/describe/?", "describe", describe.describe),
    ("GET", r"/sobjects/(\w+)/updated/?", "updated", changes.updated),
    ("GET", r"/sobjects/(\w+)/deleted/?", "deleted", changes.deleted),
    ("GET", r"/sobjects/(\w+)/?", "basic", describe.basic),
    ("POST", r"/sobjects/(\w+)/?", "create", single.create),
    ("GET", r"/sobjects/(\w+)/(\w+)", "read", single.read),
    ("PATCH", r"/sobjects/(\w+)/(\w+)", "update", single.change),
    ("DELETE", r"/sobjects/(\w+)/(\w+)", "delete", single.delete),
    ("GET", r"/sobjects/(\w+)/(\w+)/([^/]+)", "read", single.read_known),
    ("PATCH", r"/sobjects/(\w+)/(\w+)/([^/]+)", "upsert", single.upsert),
    ("PATCH", r"/composite/sobjects/?", "collections", collections.update),
    ("POST", r"/composite/sobjects/?", "collections_create", collections.create),
    ("DELETE", r"/composite/sobjects/?", "collections_delete", collections.delete),
    ("PATCH", r"/composite/sobjects/(\w+)/(\w+)", "collections_upsert", collections.upsert),
    ("GET", r"/composite/sobjects/(\w+)", "collections_read", collections.read),
    ("POST", r"/composite/sobjects/(\w+)", "collections_read", collections.read),
    ("POST", r"/jobs/ingest/?", "bulk_create", bulk.create),
    ("PUT", rf"/jobs/ingest/{JOB}/batches/?", "bulk_upload", bulk.upload),
    ("PATCH", rf"/jobs/ingest/{JOB}/?", "bulk_close", bulk.close),
    ("GET", rf"/jobs/ingest/{JOB}/?", "bulk_state", bulk.state),
    ("DELETE", rf"/jobs/ingest/{JOB}/?", "bulk_delete", bulk.delete),
    (
        "GET",
        rf"/jobs/ingest/{JOB}/(successfulResults|failedResults|unprocessedrecords)/?",
        "bulk_results",
        bulk.results,
    ),
]


@dataclass
class Route:
    """What a request asks for: its operation, the object it is about, and the act with its arguments."""

    operation: str
    object: str | None
    act: Act
    arguments: tuple[str, ...]

    @property
    def names(self) -> set[str]:
        """By what a fate can mean it."""
        both = {self.object, f"{self.operation} {self.object}"} if self.object else set()
        return {self.operation, *(name for name in both if name)}


def respond(org: Org, request: Request) -> Answer:
    """The answer to one request of the vendor's side; any other path does not exist."""
    if request.path.startswith("/services/oauth2/") or request.path.startswith("/id/"):
        return _oauth(org, request)
    if request.path.rstrip("/") == "/services/data" and request.method == "GET":
        return describe.versions(org)
    found = VERSION.fullmatch(request.path)
    if not found or not describe.is_served(found[1]):
        return refused(not_there())
    return _rest(org, request, found[1], found[2] or "/")


def _oauth(org: Org, request: Request) -> Answer:
    place = request.path.removeprefix("/services/oauth2/")
    fate = org.fates.take({TOKEN}) if place == "token" else None
    try:
        answer = _befallen(org, fate, lambda: _oauth_answer(org, request, place))
    except Refusal as refusal:
        answer = refused(refusal)
    _log(
        org,
        request,
        Route(place if place in ("token", "revoke", "userinfo") else "identity", None, _oauth, ()),
        fate,
        answer,
    )
    return answer


def _oauth_answer(org: Org, request: Request, place: str) -> Answer:
    if place == "token" and request.method == "POST":
        return tokens.endpoint(org, request)
    if place == "revoke":
        return tokens.revoke(org, request)
    if place == "userinfo":
        return tokens.user_info(org, request)
    found = IDENTITY.fullmatch(request.path)
    if found is None:
        raise not_there()
    return tokens.identity(org, request, found[1], found[2])


def _rest(org: Org, request: Request, version: str, path: str) -> Answer:
    """One call of the API: who, what, whether there is one left today, and then the act under its fate."""
    route, fate, writes = _route(request, path), None, org.truth.writes
    try:
        user = _admitted(org, request)
        fate = org.fates.take(route.names) if route else None
        if route is None or len(request.path) + len(str(request.query)) > LONGEST_ADDRESS:
            raise Refusal("NOT_FOUND", "URI Too Long", status=414) if route else not_there()
        call = RestCall(org, request, version, user["Id"], fate)
        answer = _befallen(org, fate, lambda: _acted(call, route))
    except Refusal as refusal:
        answer = refused(refusal)
    used, most = org.budget()
    answer.headers["Sforce-Limit-Info"] = f"api-usage={used}/{most}"
    _log(org, request, route, fate, answer, org.truth.writes != writes)
    return answer


def _route(request: Request, path: str) -> Route | None:
    for method, pattern, operation, act in RESOURCES:
        found = re.fullmatch(pattern, path)
        if found and method == request.method:
            return Route(operation, _object(operation, request, found.groups()), act, found.groups())
    return None


def _object(operation: str, request: Request, groups: tuple[str, ...]) -> str | None:
    """The object that a call is about: by its path, its query, or its first row."""
    if operation in ("query", "queryAll"):
        found = SOURCE.search(re.sub(r"'(?:[^'\\]|\\.)*'", "''", request.query.get("q", "")))
        return found[1] if found else None
    if operation in ("collections", "collections_create"):
        named = re.search(rb'"type"\s*:\s*"(\w+)"', request.body)
        return named[1].decode() if named else None
    return groups[0] if groups and not operation.startswith(("bulk", "query")) else None


def _acted(call: RestCall, route: Route) -> Answer:
    with call.org.truth.transaction():
        return route.act(call, *route.arguments)


def _admitted(org: Org, request: Request) -> dict[str, Any]:
    """The user who calls, and one call less for today; one who is turned away costs no call and uses up no fate."""
    with org.truth.transaction():
        user = tokens.caller(org, request)
        _spend(org)
        return user


def _spend(org: Org) -> None:
    """One call more in this window of 24 hours; raises Refusal when there is none left."""
    now = org.truth.now()
    since = org.truth.setting("calls since")
    if since is None or now - read_time(since) >= DAY:
        org.truth.set("calls since", written_time(now))
        org.truth.set("calls used", 0)
    used, most = org.budget()
    if used >= most:
        raise Refusal("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403)
    org.truth.set("calls used", used + 1)


def _befallen(org: Org, fate: Fate | None, act: Callable[[], Answer]) -> Answer:
    """What the org would answer, and what becomes of it; a fate without effect keeps the org from acting."""
    if fate is None:
        return act()
    try:
        answer = act() if fate.script.acts else Answer(200)
    except Refusal as refusal:
        answer = refused(refusal)
    return _mangled(fate, answer)


def _mangled(fate: Fate, answer: Answer) -> Answer:
    script = fate.script
    if script.answer in WORSE_MANNERS:
        return answer.travelling(script.answer, fate.seconds)
    return MANGLERS[script.answer](fate, answer)


def _errors(fate: Fate, answer: Answer) -> Answer:
    told = [{"message": fate.script.message, "errorCode": fate.script.code}]
    return delayed(api_answer(fate.script.status, told), fate.retry_after)


def _oauth_error(fate: Fate, answer: Answer) -> Answer:
    told = {"error": fate.script.code, "error_description": fate.message or fate.script.message}
    return api_answer(fate.script.status, told)


def _object_error(fate: Fate, answer: Answer) -> Answer:
    return api_answer(fate.script.status, {"message": fate.script.message, "errorCode": fate.script.code})


def _short(fate: Fate, answer: Answer) -> Answer:
    """The last result of the list is missing."""
    return api_answer(answer.status, exact_json.read(answer.body)[:-1])


def _elsewhere(fate: Fate, answer: Answer) -> Answer:
    """The token comes with an address that is not the org's."""
    told: dict[str, Any] = exact_json.read(answer.body)
    return api_answer(answer.status, told | {"instance_url": fate.location or "https://evil.example"})


MANGLERS: dict[str, Callable[[Fate, Answer], Answer]] = {
    "whole": lambda fate, answer: answer,
    "errors": _errors,
    "oauth": _oauth_error,
    "object": _object_error,
    "html": lambda fate, answer: html_answer(fate.script.status, "Down for maintenance"),
    "short": _short,
    "empty": lambda fate, answer: Answer(answer.status, b"", answer.headers),
    "instance": _elsewhere,
    "redirect": lambda fate, answer: redirect(fate.location or "https://elsewhere.example/"),
}


def _log(
    org: Org, request: Request, route: Route | None, fate: Fate | None, answer: Answer, effect: bool = False
) -> None:
    """One line of the call log; tokens, secrets and assertions never enter it."""
    number = org.truth.next_number("call")
    line = {
        "number": number,
        "at": org.stamp(),
        "method": request.method,
        "path": request.path,
        "operation": route.operation if route else None,
        "object": route.object if route else None,
        "query": request.query.get("q"),
        "body": None if request.path.startswith("/services/oauth2") else _logged(request.body),
        "headers": {name: value for name, value in request.headers.items() if name not in SECRET_HEADERS},
        "fate": fate.kind if fate else None,
        "effect": effect,
        "status": None if answer.manner in ("drop", "hang") else answer.status,
        "claims": org.truth.setting("last claims") if route and route.operation == "token" else None,
    }
    org.truth.put("@call", str(number), line)


def _logged(body: bytes) -> Any:
    try:
        return exact_json.read(body) if body else None
    except ValueError:
        return body.decode(errors="replace")
