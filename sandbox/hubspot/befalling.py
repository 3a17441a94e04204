"""What a fate makes of an answer: another status, a cut body, rows that failed, rows that are missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sandbox.ground.answers import WORSE_MANNERS, Answer, bomb_answer, delayed, html_answer, json_answer, redirect
from sandbox.ground.server import Request
from sandbox.hubspot.admitting import expired, too_many
from sandbox.hubspot.complaints import Complaint, missing_scopes, row_error
from sandbox.hubspot.fates import Fate

SAID = {
    400: ("VALIDATION_ERROR", "Invalid input"),
    404: ("OBJECT_NOT_FOUND", "resource not found"),
    409: ("CONFLICT", "Contact already exists. Existing ID: 1"),
    423: ("LOCKED", "The resource is locked; wait at least 2 seconds"),
    477: ("MIGRATION_IN_PROGRESS", "This account is being moved to another data center"),
}


def without_rows(fate: Fate, request: Request, act: Callable[[], Answer]) -> Callable[[], Answer]:
    """The rows of the fate do not reach the portal; the others do."""

    def done() -> Answer:
        asked = json.loads(request.body)
        asked["inputs"] = [each for each in asked["inputs"] if str(each.get("id")) not in fate.ids]
        whole, request.body = request.body, json.dumps(asked).encode()
        try:
            return act() if asked["inputs"] else json_answer(200, {"status": "COMPLETE", "results": []})
        finally:
            request.body = whole

    return done


def mangled(fate: Fate, answer: Answer) -> Answer:
    """The answer as the caller gets it, if it gets one."""
    kind = fate.answer
    if kind in WORSE_MANNERS:
        return answer.travelling(kind, fate.seconds)
    return MANGLED[kind](fate, answer)


def _whole(fate: Fate, answer: Answer) -> Answer:
    return answer


def _status(fate: Fate, answer: Answer) -> Answer:
    status = fate.status or (int(fate.kind) if fate.kind.isdigit() else 500)
    if status >= 500:
        return delayed(html_answer(status, "Something went wrong"), fate.retry_after)
    return delayed(json_answer(status, _complaint(status, fate).body()), fate.retry_after)


def _complaint(status: int, fate: Fate) -> Complaint:
    if status == 401:
        return expired(0, 1000)
    if status == 403:
        return missing_scopes(fate.scopes or ["crm.objects.contacts.write"])
    if status == 429:
        return too_many(fate.policy)
    category, said = SAID.get(status, ("", "Something went wrong"))
    return Complaint(status, category, said)


def _undeclared(fate: Fate, answer: Answer) -> Answer:
    """A success that the published interface does not know for this call (hubspot-api-python issue #448)."""
    answer.status = fate.status or (201 if answer.status == 200 else 200)
    return answer


def _short(fate: Fate, answer: Answer) -> Answer:
    """Rows that were done are not told; without ids the last one."""
    told = json.loads(answer.body)
    kept = [each for each in told["results"] if str(each.get("id")) not in fate.ids]
    told["results"] = kept if fate.ids else told["results"][:-1]
    return json_answer(answer.status, told)


def _rows(fate: Fate, answer: Answer) -> Answer:
    told: dict[str, Any] = json.loads(answer.body)
    errors = [*told.get("errors", []), row_error(fate.category, fate.message, _context(fate))]
    return json_answer(207, told | {"errors": errors, "numErrors": len(errors)}, answer.headers)


def _context(fate: Fate) -> dict[str, list[str]] | None:
    return {"ids": fate.ids} if fate.context else None


def _html(fate: Fate, answer: Answer) -> Answer:
    return html_answer(fate.status or 200, "Something went wrong")


def _wrong_json(fate: Fate, answer: Answer) -> Answer:
    return json_answer(200, [])


def _redirect(fate: Fate, answer: Answer) -> Answer:
    return redirect(fate.location or "https://elsewhere.example/crm", fate.status or 302)


def _bomb(fate: Fate, answer: Answer) -> Answer:
    return bomb_answer()


MANGLED: dict[str, Callable[[Fate, Answer], Answer]] = {
    "whole": _whole,
    "status": _status,
    "undeclared": _undeclared,
    "short": _short,
    "rows": _rows,
    "html": _html,
    "wrong_json": _wrong_json,
    "redirect": _redirect,
    "bomb": _bomb,
}
