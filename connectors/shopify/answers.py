"""What an answer of the Admin API means: which failure is certain to have had no effect, and which is not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NoReturn

from connectors.shopify.picking import Body, child, objects
from referhub import ConnectorError, HttpResponse, NeedsAttention, Rejected, TryLater, Unknown

# Statuses that Shopify answers instead of executing: https://shopify.dev/docs/api/usage/response-codes
HINTS = {
    401: "Shopify no longer accepts our access token: reconnect the shop",
    402: "the shop is frozen: its owner has to settle the bill with Shopify",
    403: "Shopify forbids us this shop: check that the app is still installed and has its access scopes",
    404: "Shopify does not know this shop or this API version: check both settings",
    423: "the shop is locked: its owner has to contact Shopify",
}
LONGEST_WAIT = timedelta(hours=1)
DEFAULT_WAIT = timedelta(seconds=10)


class RightMissing(NeedsAttention):
    """The shop did not give the app the right to this one thing; everything else goes on."""


@dataclass(frozen=True, slots=True)
class GraphqlError:
    """One entry of `errors`; `root` is the top-level field it speaks of, None for the whole request."""

    code: str
    message: str
    root: str | None


def refuse_status(response: HttpResponse) -> None:
    """Raise for every status but 200."""
    status = response.status
    if status == 200:
        return
    if status == 429:
        raise TryLater("Shopify asks us to slow down (HTTP 429)", retry_after(response.headers))
    if status in HINTS:
        raise NeedsAttention(HINTS[status])
    if 300 <= status < 400:
        raise NeedsAttention("Shopify answered with a redirect: the shop was renamed or moved, reconnect it")
    if 400 <= status < 500 and status != 408:
        # Not about this one request: something stands between us and the API, and a person has to see it.
        raise NeedsAttention(f"Shopify refuses our requests (HTTP {status}): check shop, api_base and api_version")
    raise Unknown(f"Shopify failed while answering (HTTP {status})")


def retry_after(headers: Mapping[str, str], now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> timedelta:
    """The wait that `Retry-After` asks for, in seconds or as a date; absent or absurd becomes ours."""
    asked = headers.get("retry-after", "").strip()
    try:
        wait = timedelta(seconds=float(asked)) if asked[:1].isdigit() else parsedate_to_datetime(asked) - now()
    except (ValueError, TypeError, OverflowError):
        return DEFAULT_WAIT
    return min(max(wait, timedelta(seconds=1)), LONGEST_WAIT)


def errors_of(reply: Body) -> list[GraphqlError]:
    """The errors of a reply; `errors` is sometimes a bare text."""
    told = reply.get("errors")
    if isinstance(told, str):
        return [GraphqlError("", told[:200], None)]
    return [_error(item) for item in objects(told)]


def _error(item: Body) -> GraphqlError:
    path = item.get("path")
    root = path[0] if isinstance(path, list) and path and isinstance(path[0], str) else None
    code = child(item, "extensions").get("code")
    return GraphqlError(code if isinstance(code, str) else "", str(item.get("message"))[:200], root)


def data_of(reply: Body, errors: Sequence[GraphqlError]) -> Body:
    """The data, even beside errors about single protected fields, as long as no top-level field was lost."""
    data = reply.get("data")
    if not isinstance(data, dict):
        _explain(errors, was_executed=data is None and "data" in reply)
    lost = [error for error in errors if error.root is None or data.get(error.root) is None]
    if lost:
        _explain(lost, was_executed=True)
    return data


def _explain(errors: Sequence[GraphqlError], *, was_executed: bool) -> NoReturn:
    for error in errors:
        if error.code in KNOWN_CODES:
            raise KNOWN_CODES[error.code](error.message)
    # A reply without the key `data` is a request error: GraphQL did not begin to execute (spec, section 7.1).
    if errors and not was_executed and all(error.code in MALFORMED for error in errors):
        raise Rejected(f"Shopify did not understand the request: {errors[0].message}")
    raise Unknown(f"Shopify answered without a result: {errors[0].message if errors else 'no reason given'}")


def _access_denied(message: str) -> ConnectorError:
    return RightMissing(f"Shopify denies access: {message} Grant the app this scope, then reconnect")


def _too_costly(message: str) -> ConnectorError:
    return Rejected(f"the request costs more than Shopify allows: {message}")


KNOWN_CODES: Mapping[str, Callable[[str], ConnectorError]] = {
    "ACCESS_DENIED": _access_denied,
    "MAX_COST_EXCEEDED": _too_costly,
    "SHOP_INACTIVE": lambda message: NeedsAttention(f"the shop is not active: {message}"),
}
MALFORMED = frozenset(
    {
        "argumentLiteralsIncompatible",
        "argumentNotAccepted",
        "INVALID_VARIABLE",
        "missingRequiredArguments",
        "parseError",
        "undefinedField",
        "undefinedType",
        "variableMismatch",
        "variableRequiresValidType",
    }
)
