"""The desk's world: who the org is, what befalls callers, its clock, what it holds and who called."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sandbox.ground.desk import FATES, Body, Route
from sandbox.ground.keys import keys
from sandbox.salesforce.desk.routing import Desk
from sandbox.salesforce.fates import Fate
from sandbox.salesforce.messages.queue import expire
from sandbox.salesforce.org import INTEGRATION, PEOPLE
from sandbox.salesforce.times import read_time
from sandbox.salesforce.trade.life import purge

FILTERS = ("operation", "object", "method", "path")


def hello(desk: Desk, given: Body) -> Any:
    org = desk.org
    users = {word: org.user(word)["Id"] for word in (PEOPLE, INTEGRATION)}
    return {"org_id": org.id, "domain": org.domain, "now": org.truth.now().isoformat(), "users": users}


def add_fate(desk: Desk, given: Body) -> Any:
    desk.org.fates.add(Fate(**given))
    return desk.org.fates.coming()


def clock(desk: Desk, given: Body) -> Any:
    return {"now": desk.org.truth.now().isoformat()}


def advance(desk: Desk, given: Body) -> Any:
    """The org's clock moves on by so many seconds, or to a time (`to`); what became due happens."""
    seconds = float(given.get("seconds", 0))
    if "to" in given:
        seconds = (read_time(given["to"]) - desk.org.truth.now()).total_seconds()
    desk.org.truth.advance(seconds)
    expire(desk.org)
    purge(desk.org)
    desk.org.woken.set()
    return clock(desk, {})


def truth(desk: Desk, given: Body) -> Any:
    """Every record by its kind, deleted ones too."""
    return {name: desk.org.truth.all(name) for name in desk.org.kinds()}


def calls(desk: Desk, given: Body) -> Any:
    found = desk.org.truth.all("@call")
    return [each for each in found if all(each[name] == wanted for name, wanted in given.items())]


def forget_calls(desk: Desk, given: Body) -> Any:
    """The log is empty; the day's budget stays as far used as it is."""
    for each in desk.org.truth.all("@call"):
        desk.org.truth.remove("@call", str(each["number"]))
    return []


ROUTES: list[Route] = [
    ("GET", "", hello, keys()),
    ("POST", "fates", add_fate, keys(" ".join(each.name for each in fields(Fate)))),
    *FATES,
    ("GET", "clock", clock, keys()),
    ("POST", "clock", advance, keys("seconds to")),
    ("GET", "truth", truth, keys()),
    ("GET", "calls", calls, keys(" ".join(FILTERS))),
    ("DELETE", "calls", forget_calls, keys()),
]
