"""A desk finds the act of a request, and says what it did not understand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.ground.answers import Answer
from sandbox.ground.desk import NUMBER, Body, Desk, Route
from sandbox.ground.keys import keys
from sandbox.ground.refusal import Refused
from sandbox.ground.server import Request


def double(desk: Desk, given: Body, number: int) -> Any:
    if number > 99:
        raise Refused("that is too much")
    return {"told": number * int(given.get("times", 2))}


ROUTES: list[Route] = [
    ("POST", f"numbers/{NUMBER}", double, {**keys("times"), "why": keys("sentence")}),
    ("POST", f"anything/{NUMBER}", double, None),
]


class Numbers(Desk):
    WORD = int


@pytest.fixture
def desk() -> Desk:
    return Numbers(None, None, ROUTES)  # type: ignore[arg-type]  # it has no place: its acts need none


def asked(desk: Desk, path: str, body: str = "", method: str = "POST") -> tuple[int, Any]:
    answer = desk.respond(Request(method, f"/_sandbox/{path}", {}, {}, body.encode()))
    assert answer.body.endswith(b"\n"), "a line of its own in a terminal"
    return answer.status, json.loads(answer.body)


def test_the_act_gets_what_is_in_the_path_and_in_the_body(desk: Desk) -> None:
    assert asked(desk, "numbers/21") == (200, {"told": 42})
    assert asked(desk, "numbers/21", '{"times": 3}') == (200, {"told": 63})
    assert asked(desk, "anything/21", '{"times": 1, "whatever": 1}') == (200, {"told": 21})


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('{"time": 3}', "numbers/21 has no key 'time'; its keys are: times, why"),
        ('{"why": {"word": 1}}', "numbers/21.why has no key 'word'; its keys are: sentence"),
        ("[1]", "numbers/21 is described by a JSON object, not by list"),
        ("{", "the body is not JSON"),
        ('{"times": "many"}', "ValueError: invalid literal for int() with base 10: 'many'"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(desk: Desk, body: str, says: str) -> None:
    assert asked(desk, "numbers/21", body) == (422, {"error": says})


def test_an_act_may_refuse_and_what_no_route_knows_is_not_there(desk: Desk) -> None:
    assert asked(desk, "numbers/100") == (422, {"error": "that is too much"})
    assert asked(desk, "numbers/1", method="GET")[0] == 404
    assert asked(desk, "anything/1", "7") == (
        422,
        {"error": "anything/1 is described by a JSON object, not by int"},
    )


def test_all_other_paths_are_the_vendors(desk: Desk) -> None:
    respond = desk.before(lambda request: Answer(299))
    assert respond(Request("GET", "/admin", {}, {}, b"")).status == 299
    assert respond(Request("POST", "/_sandbox/numbers/1", {}, {}, b"")).status == 200
