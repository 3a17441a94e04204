"""What an answer of HubSpot's API means: chosen by its status, told once, never repeating a token.

https://developers.hubspot.com/docs/api-reference/error-handling
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.hubspot.strict_json import Body, child, loads, object_of, objects, texts
from referhub import ConnectorError, HttpResponse, NeedsAttention, Rejected, TryLater

SCOPE = re.compile(r"[a-z0-9]+([.-][a-z0-9_-]+)+")
PROPERTY = re.compile(r"[A-Za-z0-9_]{1,100}")
MOST_WORDS = 200
LONGEST_WAIT = timedelta(hours=24)
SHORTEST_WAIT = timedelta(seconds=1)
WAIT_WHEN_SLOWED = timedelta(seconds=10)
WAITS = {"SECONDLY": timedelta(seconds=1), "TEN_SECONDLY_ROLLING": WAIT_WHEN_SLOWED}
WAIT_WHEN_LOCKED = timedelta(seconds=2)
WAIT_WHEN_MIGRATING = timedelta(minutes=5)
WAIT_WHEN_BROKEN = timedelta(seconds=30)
MIGRATING = 477  # https://developers.hubspot.com/docs/api-reference/error-handling


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that HubSpot found wrong; `name` is the property it speaks of, if any."""

    code: str
    name: str
    words: str


class NotLetIn(ConnectorError):
    """HubSpot did not accept the access token (HTTP 401); nothing was executed."""


class MissingScopes(NeedsAttention):
    """The app may not do this one thing; whatever else it does goes on."""

    def __init__(self, scopes: tuple[str, ...]) -> None:
        named = ", ".join(scopes) or "a scope that HubSpot does not name"
        super().__init__(f"HubSpot denies access: add {named} to the app's scopes, then install it again")
        self.scopes = scopes


class NotFound(Rejected):
    """HubSpot has no such thing (HTTP 404)."""


class Conflict(Rejected):
    """It is there already (HTTP 409)."""


class BadRequest(Rejected):
    """The whole request was refused and nothing of it was done; `problems` say why."""

    def __init__(self, problems: tuple[Problem, ...], words: str) -> None:
        super().__init__(f"HubSpot refused the request: {words}")
        self.problems = problems


class Slowed(TryLater):
    """A limit is reached (HTTP 429); `is_daily` when only the next day helps."""

    def __init__(self, words: str, after: timedelta, *, is_daily: bool = False) -> None:
        super().__init__(words, after)
        self.is_daily = is_daily


def refuse(response: HttpResponse, *, now: datetime, zone: str) -> None:
    """Raise for every status but success. `zone` is the portal's time zone: at its midnight a new day begins."""
    status = response.status
    if 200 <= status < 300:
        return
    body = object_of(response.body)
    if status in REFUSALS:
        REFUSALS[status](response, body, now, zone)
    if 300 <= status < 400:
        raise NeedsAttention("HubSpot answered with a redirect: check api_base")
    if 400 <= status < 500 and status != 408:
        raise BadRequest(problems_of(body), words_of(body, status))
    raise TryLater(f"HubSpot failed while answering (HTTP {status})", retry_after(response, WAIT_WHEN_BROKEN, now))


def _not_let_in(response: HttpResponse, body: Body, now: datetime, zone: str) -> NoReturn:
    raise NotLetIn("HubSpot does not accept the access token")


def _forbidden(response: HttpResponse, body: Body, now: datetime, zone: str) -> NoReturn:
    raise MissingScopes(scopes_of(body))


def _not_found(response: HttpResponse, body: Body, now: datetime, zone: str) -> NoReturn:
    raise NotFound("HubSpot has no such thing")


def _conflict(response: HttpResponse, body: Body, now: datetime, zone: str) -> NoReturn:
    raise Conflict(f"HubSpot: {words_of(body, 409)}")


def _locked(response: HttpResponse, body: Body, now: datetime, zone: str) -> NoReturn:
    raise TryLater(
        "the record is locked at HubSpot", max(WAIT_WHEN_LOCKED, retry_after(response, WAIT_WHEN_LOCKED, now))
    )


def _slowed(response: HttpResponse, body: Body, now: datetime, zone: str) -> NoReturn:
    policy = str(body.get("policyName")).upper()
    if policy == "DAILY":
        raise Slowed("HubSpot's limit for today is used up", until_midnight(now, zone), is_daily=True)
    raise Slowed("HubSpot asks us to slow down", retry_after(response, WAITS.get(policy, WAIT_WHEN_SLOWED), now))


def _migrating(response: HttpResponse, body: Body, now: datetime, zone: str) -> NoReturn:
    raise TryLater("HubSpot is moving this portal", retry_after(response, WAIT_WHEN_MIGRATING, now))


REFUSALS = {
    401: _not_let_in,
    403: _forbidden,
    404: _not_found,
    409: _conflict,
    423: _locked,
    429: _slowed,
    MIGRATING: _migrating,
}


def retry_after(response: HttpResponse, otherwise: timedelta, now: datetime) -> timedelta:
    """The wait that `Retry-After` asks for, in seconds or as a date; absent or absurd becomes `otherwise`."""
    asked = response.headers.get("retry-after", "").strip()
    try:
        wait = timedelta(seconds=float(asked)) if asked[:1].isdigit() else parsedate_to_datetime(asked) - now
    except (ValueError, TypeError, OverflowError):
        return otherwise
    return min(max(wait, SHORTEST_WAIT), LONGEST_WAIT)


def until_midnight(now: datetime, zone: str) -> timedelta:
    """How long until the portal's next day begins."""
    try:
        there = now.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        there = now.astimezone(UTC)
    tomorrow = datetime.combine(there.date() + timedelta(days=1), datetime.min.time(), there.tzinfo)
    # In UTC, because a difference within one zone overlooks the hour that the clock is changed by.
    return max(SHORTEST_WAIT, tomorrow.astimezone(UTC) - now.astimezone(UTC))


def scopes_of(body: Body) -> tuple[str, ...]:
    """The scopes that an answer names as missing."""
    contexts = [body.get("context"), *(error.get("context") for error in objects(body.get("errors")))]
    named = [
        scope
        for context in contexts
        if isinstance(context, dict)
        for key, value in context.items()
        if "scope" in key.lower()
        for scope in texts(value)
    ]
    return tuple(sorted({scope for scope in named if SCOPE.fullmatch(scope)}))


def problems_of(body: Mapping[str, Any]) -> tuple[Problem, ...]:
    """What is wrong with the properties, from `errors` or, where that is missing, from the list inside the message."""
    told = [_problem(error) for error in objects(body.get("errors"))]
    found = [problem for problem in told if problem.name] or list(_problems_in(body.get("message")))
    return tuple(dict.fromkeys(found))


def _problem(error: Body) -> Problem:
    names = texts(child(error, "context").get("propertyName")) or texts(error.get("name"))
    return _safe(error.get("code") or error.get("error") or error.get("category"), names[:1], error.get("message"))


def _problems_in(message: Any) -> Iterable[Problem]:
    """`Property values were not valid: [{…}]`: the list is JSON inside the text."""
    if not isinstance(message, str) or "[" not in message:
        return
    try:
        listed = objects(loads(message[message.index("[") :]))
    except ValueError:
        return
    for error in listed:
        yield _safe(error.get("error"), texts(error.get("name")), error.get("message"))


def _safe(code: Any, names: list[str], words: Any) -> Problem:
    name = names[0] if names and PROPERTY.fullmatch(names[0]) else ""
    return Problem(code if isinstance(code, str) else "", name, _cut(words))


def words_of(body: Body, status: int) -> str:
    """HubSpot's own words, without the values that it repeats at length."""
    told = body.get("message")
    if not isinstance(told, str) or not told:
        return f"HTTP {status}"
    return f"{_cut(told.partition('[')[0].strip())} (HTTP {status})"


def _cut(words: Any) -> str:
    return words[:MOST_WORDS] if isinstance(words, str) else ""
