"""Answers in the vendor's way: exact JSON, a list of errors, or a page where JSON was expected."""

from __future__ import annotations

from typing import Any

from sandbox.ground.answers import Answer
from sandbox.salesforce import exact_json
from sandbox.salesforce.refusals import Refusal

JSON = {"Content-Type": "application/json;charset=UTF-8"}


def api_answer(status: int, body: Any) -> Answer:
    return Answer(status, exact_json.written(body).encode(), dict(JSON))


def refused(refusal: Refusal) -> Answer:
    return api_answer(refusal.status, [refusal.as_error()])


def text_answer(text: str, kind: str = "text/csv") -> Answer:
    return Answer(200, text.encode(), {"Content-Type": kind})
