"""The vendor's side: the Admin GraphQL API, its call log, and the fates that befall callers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from graphql import ExecutionResult

from sandbox.ground.answers import WORSE_MANNERS, Answer, bomb_answer, delayed, html_answer, json_answer, redirect
from sandbox.ground.server import Request
from sandbox.shopify.fates import KINDS, TOKEN, Fate
from sandbox.shopify.graph.complaints import shown, were_executed
from sandbox.shopify.graph.cost import MAXIMUM
from sandbox.shopify.graph.engine import Outcome, Question, actual_cost, read, refuse, run
from sandbox.shopify.oauth import endpoint as oauth
from sandbox.shopify.oauth.admission import turned_away
from sandbox.shopify.shop import Shop
from sandbox.shopify.traffic import Call

GRAPHQL = re.compile(r"/admin/api/([^/]+)/graphql\.json")
TOKEN_PATH = "/admin/oauth/access_token"
SUPPORTED = ("2026-01", "2026-04", "2026-07", "2026-10")
LIMITS = "https://shopify.dev/api/usage/limits"
SECRET_HEADERS = {"x-shopify-access-token", "authorization", "cookie"}
STATUS_TEXT = {
    401: "[API] Invalid API key or access token (unrecognized login or wrong password)",
    402: "Unavailable Shop",
    403: "[API] This action requires merchant approval",
    404: "Not Found",
    423: "[API] This shop is currently locked",
    429: "Exceeded the API rate limit. Reduce request rates to resume uninterrupted service.",
}


STANDINGS = {"frozen": 402, "locked": 423}


@dataclass
class Note:
    """What the call log will say of a request."""

    question: Question | None
    fate: Fate | None
    effect: bool = False


def respond(shop: Shop, request: Request) -> Answer:
    """The answer to one vendor request; any other path does not exist."""
    if request.path == TOKEN_PATH and request.method == "POST":
        return _token(shop, request)
    found = GRAPHQL.fullmatch(request.path)
    version = served_version(found[1]) if found else None
    if version is None or request.method != "POST":
        return json_answer(404, {"errors": "Not Found"})
    answer = _closed(shop) or turned_away(shop, request) or _graphql(shop, request)
    answer.headers["X-Shopify-API-Version"] = version
    return answer


def served_version(asked: str) -> str | None:
    """An old version is served by the oldest supported one (https://shopify.dev/docs/api/usage/versioning)."""
    if not re.fullmatch(r"\d{4}-\d{2}", asked) or asked > SUPPORTED[-1]:
        return None
    return asked if asked in SUPPORTED else SUPPORTED[0]


def _token(shop: Shop, request: Request) -> Answer:
    fate = shop.fates.take({TOKEN, oauth.grant_name(oauth.form(request))})
    spoilt = _refused(fate, request) or _spoilt(fate) if fate else None
    answer = spoilt or _closed(shop) or oauth.endpoint(shop, request)
    if fate and not spoilt:
        answer = _mangled(fate, answer)
    note = Note(None, fate, effect=spoilt is None and answer.status == 200)
    _log(shop, request, note, answer)
    return answer


def _refused(fate: Fate, request: Request) -> Answer | None:
    """A token request is turned down in the vendor's words, whatever it says."""
    return oauth.refused(fate.kind, request) if fate.answer == "refusal" else None


def _closed(shop: Shop) -> Answer | None:
    """A shop that did not pay is frozen, one that Shopify has shut is locked; None for one that is open."""
    status = STANDINGS.get(str(shop.truth.setting("standing", "open")))
    return json_answer(status, {"errors": STATUS_TEXT[status]}) if status else None


def _graphql(shop: Shop, request: Request) -> Answer:
    question = _question(request)
    if question is None:
        return json_answer(400, {"errors": {"query": "Required parameter missing or invalid"}})
    note = Note(question, shop.fates.take({question.name or "", *question.fields}))
    answer = _decided(shop, question, note)
    _log(shop, request, note, answer)
    return answer


def _question(request: Request) -> Question | None:
    try:
        asked = json.loads(request.body)
    except ValueError:
        return None
    if not isinstance(asked, dict) or not isinstance(asked.get("query"), str):
        return None
    variables = asked.get("variables") or {}
    return read(asked["query"], variables, asked.get("operationName")) if isinstance(variables, dict) else None


def _decided(shop: Shop, question: Question, note: Note) -> Answer:
    fate = note.fate
    if question.errors:
        return json_answer(200, {"errors": shown(question.errors)})
    if question.cost > MAXIMUM:
        return _too_dear(question)
    spoilt = _spoilt(fate) if fate else None
    if spoilt:
        return spoilt
    throttled = fate is not None and fate.answer == "throttled"
    if throttled or not shop.bucket.take(question.cost, shop.truth.now()):
        return _throttled(shop, question)
    outcome = _befallen(shop, question, fate) if fate else run(shop, question)
    note.effect = outcome.effect
    answer = _answered(shop, question, outcome.result)
    return _mangled(fate, answer) if fate else answer


def _befallen(shop: Shop, question: Question, fate: Fate) -> Outcome:
    """The shop acts as the fate lets it: at once, later, on a stale copy, in appearance, or refusing."""
    if fate.answer == "user_errors":
        return refuse(shop, question, fate.code, fate.field.split(".") if fate.field else None)
    if fate.acts == "late":
        due_at = shop.truth.now() + timedelta(seconds=fate.seconds)
        shop.late.postpone(due_at, lambda: _run_late(shop, question))
        shop.woken.set()
        return Outcome(ExecutionResult())
    if fate.acts == "stale" and fate.frozen:
        outcome = run(replace(shop, truth=fate.frozen), question)
        fate.thaw()
        return outcome
    outcome = run(shop, question, undo=fate.acts == "undone")
    if fate.answer == "partial":
        outcome.result = _partial(outcome.result, fate.field)
    return outcome


def _run_late(shop: Shop, question: Question) -> None:
    """The effect that nobody waited for any more; the call log gets a line of its own."""
    outcome = run(shop, question)
    call = Request("POST", "late", {}, {}, b"")
    _log(shop, call, Note(question, None, outcome.effect), Answer(0, manner="drop"))


def _partial(result: ExecutionResult, field: str | None) -> ExecutionResult:
    """One root field (the last, unless one is named) is lost to an internal error; the others stand."""
    data = dict(result.data or {})
    lost = field if field in data else next(reversed(data), None)
    message = "Internal error. Looks like something went wrong on our end."
    error = {"message": message, "path": [lost], "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
    if lost:
        data[lost] = None
    return ExecutionResult(data, result.errors, {"added": [error]})


def _answered(shop: Shop, question: Question, result: ExecutionResult) -> Answer:
    cost = actual_cost(question, result.data)
    shop.bucket.give_back(question.cost - cost)
    found = result.errors or []
    errors = shown(found) + (result.extensions or {}).get("added", [])
    body: dict[str, Any] = {"data": result.data} if result.data is not None or were_executed(found) else {}
    body |= {"errors": errors} if errors else {}
    body["extensions"] = {"cost": _cost(shop, question.cost, cost)}
    return json_answer(200, body)


def _cost(shop: Shop, requested: int, actual: int | None) -> dict[str, Any]:
    status = shop.bucket.status(shop.truth.now())
    return {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}


def _throttled(shop: Shop, question: Question) -> Answer:
    """HTTP 200 without data: the vendor's way to say wait."""
    error = {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": LIMITS}}
    return json_answer(200, {"errors": [error], "extensions": {"cost": _cost(shop, question.cost, None)}})


def _too_dear(question: Question) -> Answer:
    message = f"Query cost is {question.cost}, which exceeds the single query max cost limit ({MAXIMUM})."
    extensions = {
        "code": "MAX_COST_EXCEEDED",
        "cost": question.cost,
        "maxCost": MAXIMUM,
        "documentation": LIMITS,
    }
    return json_answer(200, {"errors": [{"message": message, "extensions": extensions}]})


def _spoilt(fate: Fate) -> Answer | None:
    """The answer of a fate that keeps the shop from acting; None where the answer still needs the shop."""
    if fate.acts != "none" or fate.answer in ("throttled", "user_errors"):
        return None
    return _mangled(fate, json_answer(200, {"data": None}))


def _mangled(fate: Fate, answer: Answer) -> Answer:
    """The answer as the caller gets it, if it gets one."""
    kind = fate.answer
    if kind in WORSE_MANNERS:
        return answer.travelling(kind, fate.seconds)
    if kind == "status":
        return _status(fate)
    if kind == "html":
        return html_answer(fate.status or 200, "Something went wrong")
    if kind == "wrong_json":
        return json_answer(200, [])
    if kind == "redirect":
        return redirect(fate.location or "https://elsewhere.example/admin/api/graphql.json", fate.status or 302)
    if kind == "bomb":
        return bomb_answer()
    return answer


def _status(fate: Fate) -> Answer:
    status = fate.status or KINDS[fate.kind].status
    if status >= 500:
        return delayed(html_answer(status, "Something went wrong"), fate.retry_after)
    return delayed(json_answer(status, {"errors": STATUS_TEXT.get(status, "Error")}), fate.retry_after)


def _log(shop: Shop, request: Request, note: Note, answer: Answer) -> None:
    """One line of the call log; tokens and secrets never enter it."""
    question, fate = note.question, note.fate
    with shop.truth.transaction():
        call = Call(
            id=shop.truth.next_id("Call", 1),
            at=shop.truth.now(),
            path=request.path,
            operation=question.name if question else None,
            fields=question.fields if question else [TOKEN],
            headers={name: value for name, value in request.headers.items() if name not in SECRET_HEADERS},
            variables=question.variables if question else {},
            fate=fate.kind if fate else None,
            effect=note.effect,
            status=None if answer.manner in ("drop", "hang") else answer.status,
        )
        shop.truth.keep(call)
