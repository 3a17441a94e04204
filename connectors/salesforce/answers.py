"""What an answer of the REST API means: which failure is certain to have had no effect, and what to do next.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from connectors.salesforce.exact import loads
from referhub import ConnectorError, HttpResponse, NeedsAttention, Rejected, TryLater, Unknown

UNTIL_RESET = timedelta(hours=1)  # the day's calls come back bit by bit: the limit is counted over the last 24 hours
A_MOMENT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=24)
LONGEST_MESSAGE = 200


class SessionEnded(TryLater):
    """The token is no longer good; nothing was done."""


class LimitReached(TryLater):
    """The org's calls of the day are used up; nothing was done."""


class Refusal(Rejected):
    """Salesforce said no to the request: `code` is its own name of the reason."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(f"Salesforce refuses this ({code}): {message}")
        self.code = code
        self.message = message
        self.status = status


HINTS = {
    "API_DISABLED_FOR_ORG": "this edition of Salesforce has no API access: ask Salesforce to switch it on",
    "API_CURRENTLY_DISABLED": "the integration user may not use the API: tick `API Enabled` in its permission set",
    "INSUFFICIENT_ACCESS": "the integration user lacks a right: assign it the permission set Referral_Hub_Integration",
    "INACTIVE_OWNER_OR_USER": "the integration user is not active: activate it",
    "ORG_LOCKED": "the org is locked: its owner has to contact Salesforce",
    "PASSWORD_LOCKOUT": "the integration user is locked out: unlock it",
    "FUNCTIONALITY_NOT_ENABLED": "a feature that the hub needs is not switched on in the org",
    "UNSUPPORTED_API_VERSION": "Salesforce no longer speaks this API version: set a newer api_version",
}
BUSY = frozenset({"SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION", "QUERY_TIMEOUT", "OPERATION_TOO_LARGE"})


def problem_of(response: HttpResponse) -> ConnectorError:
    """Why this answer is none that can be used."""
    code, message = _first_error(response.body)
    status = response.status
    if status == 401 or code == "INVALID_SESSION_ID":
        return SessionEnded("Salesforce no longer accepts the session")
    if code == "REQUEST_LIMIT_EXCEEDED" or status == 429:
        return _limit(message, response.headers)
    if code in HINTS:
        return NeedsAttention(f"{HINTS[code]} ({code})")
    if status >= 500 or status == 408 or code in BUSY:
        return Unknown(f"Salesforce failed while answering (HTTP {status})")
    if status == 403:
        return NeedsAttention(f"Salesforce forbids this to the integration user ({code or 'HTTP 403'}): {message}")
    if status == 300 or (code and 400 <= status < 500):
        return Refusal(code or "MULTIPLE_CHOICES", message, status)
    if 300 <= status < 400:
        return NeedsAttention("Salesforce answers with a redirect: the org was moved or renamed, check domain")
    return TryLater(f"something between us and Salesforce answers (HTTP {status})", timedelta(minutes=5))


def _first_error(body: bytes) -> tuple[str, str]:
    """The code and the words of the first error; empty when the body tells none, such as a proxy's page."""
    try:
        told = loads(body)
    except ValueError:
        return "", ""
    first = told[0] if isinstance(told, list) and told else told
    if not isinstance(first, dict) or not isinstance(first.get("errorCode"), str):
        return "", ""
    return first["errorCode"], str(first.get("message", "")).strip()[:LONGEST_MESSAGE]


def _limit(message: str, headers: Mapping[str, str]) -> TryLater:
    if "concurrent" in message.lower():
        return TryLater("Salesforce answers too many long requests at once", A_MOMENT)
    asked = _retry_after(headers.get("retry-after", ""))
    return LimitReached("the org's API calls of the last 24 hours are used up", asked or UNTIL_RESET)


def _retry_after(written: str) -> timedelta | None:
    if not written.isdecimal() or len(written) > 9:
        return None
    return min(max(timedelta(seconds=int(written)), timedelta(seconds=1)), LONGEST_WAIT)


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """Salesforce's own time, from the header `Date`."""
    try:
        told = parsedate_to_datetime(headers.get("date", ""))
        return told.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
