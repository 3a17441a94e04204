"""HubSpot's own library on date-based paths, with every request through the contract's `Http`.

The library names versions that end in 2027 and has no timeouts; both are put right where it makes its clients.
https://developers.hubspot.com/docs/developer-tooling/platform/versioning
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import hubspot

from connectors.hubspot import answers
from connectors.hubspot.config import HubSpotConfig
from connectors.hubspot.governor import Governor
from connectors.hubspot.strict_json import Body, loads
from connectors.hubspot.tokens import Tokens
from referhub import AnswerLost, ConnectorError, Http, HttpResponse, NeedsAttention, NotSent, TryLater

TIMEOUT_SECONDS = 20.0
# The library's prefix, and ours. Longer ones first.
DATED = (
    (re.compile(r"/crm/v[34]/objects/deals(?=/|$)"), "/crm/objects/{version}/0-3"),
    (re.compile(r"/crm/v[34]/objects(?=/)"), "/crm/objects/{version}"),
    (re.compile(r"/crm/v3/properties(?=/)"), "/crm/properties/{version}"),
    (re.compile(r"/crm/v4/associations(?=/)"), "/crm/associations/{version}"),
)
# Of a batch update; 207 is a success in part: https://developers.hubspot.com/docs/api-reference/error-handling
DECLARED = frozenset({200, 207})
CAN_WAIT = ("/search", "/batch/update")  # asking for changes, and fields; reading what was heard of pays
NOT_UNDERSTOOD = "HubSpot's answer could not be understood"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in the shape in which the library expects one from urllib3."""

    status: int
    data: bytes
    headers: Mapping[str, str]
    reason: str = ""

    def getheaders(self) -> Mapping[str, str]:
        return self.headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        return self.headers.get(name.lower(), default)


class Portal:
    """One portal's API. Whatever it raises means that nothing is known to have happened, and a repeat is harmless:

    we write absolute values only, and what is created twice answers that it is there.
    """

    def __init__(
        self,
        config: HubSpotConfig,
        http: Http,
        tokens: Tokens,
        governor: Governor,
        zone: Callable[[], str] = lambda: "UTC",
        now: Callable[[], float] = time.time,
    ) -> None:
        self.config = config
        self.tokens = tokens
        self.governor = governor
        self._http = http
        self._zone = zone
        self._now = now
        self._client = hubspot.Client(api_factory=self._made)

    @cached_property
    def objects(self) -> Any:
        """The library's batch calls on records."""
        return self._client.crm.objects.batch_api

    @cached_property
    def lists(self) -> Any:
        """The library's pages of records."""
        return self._client.crm.objects.basic_api

    @cached_property
    def searches(self) -> Any:
        """The library's search, which has a limit of its own."""
        return self._client.crm.objects.search_api

    @cached_property
    def associations(self) -> Any:
        """The library's batch calls on associations."""
        return self._client.crm.associations.v4.batch_api

    @cached_property
    def labels(self) -> Any:
        """The library's definitions of associations."""
        return self._client.crm.associations.v4.schema.definitions_api

    @cached_property
    def properties(self) -> Any:
        """The library's definitions of properties."""
        return self._client.crm.properties.core_api

    @cached_property
    def property_batches(self) -> Any:
        """The library's batch calls on definitions of properties."""
        return self._client.crm.properties.batch_api

    @cached_property
    def property_groups(self) -> Any:
        """The library's groups of properties."""
        return self._client.crm.properties.groups_api

    def ask(self, call: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """What the library makes of the answer. Raises errors of the contract only."""
        try:
            model = call(*given, **named)
        except ConnectorError:
            raise
        except Exception:  # an answer of another shape than declared fails anywhere inside the library
            raise TryLater(NOT_UNDERSTOOD) from None
        if model is None:  # the library's silence about a status that it does not know
            raise TryLater(NOT_UNDERSTOOD)
        return model

    def ask_plainly(self, call: Callable[..., Any], *given: Any) -> Body:
        """The answer to a batch update as it was sent: the library's models of a full one take longer than the rest.

        Raises as `ask`.
        """
        answer: Answer = self.ask(call, *given, _preload_content=False)
        if answer.status not in DECLARED:
            raise TryLater(NOT_UNDERSTOOD)
        return _object(answer.data)

    def call(self, method: str, path: str, body: Any = None) -> Body:
        """What a path answers that the library does not know; `{version}` stands for ours."""
        address = self.config.api_base + path.format(version=self.config.api_version)
        raw = None if body is None else json.dumps(body).encode()
        response = self._sent(method, address, {"Content-Type": "application/json"}, raw)
        return _object(response.body) if response.body else {}

    def request(
        self,
        method: str,
        url: str,
        *,
        fields: Any = None,
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_ours_already: Any,
    ) -> Answer:
        """A request of the library: this object stands where it keeps its pool of connections."""
        raw = body.encode() if isinstance(body, str) else body
        if fields and method in ("GET", "HEAD"):
            url += f"?{urlencode(fields)}"
        elif fields:
            raw = urlencode(fields).encode()
        response = self._sent(method, url, headers or {}, raw)
        return Answer(response.status, response.body, response.headers)

    def _made(self, package: Any, name: str, _config: Any) -> Any:
        client = package.ApiClient(configuration=package.Configuration())
        client.configuration.host = self.config.api_base
        client.rest_client.pool_manager = self
        call_api = client.call_api
        client.call_api = lambda path, *given, **named: call_api(dated(path, self.config.api_version), *given, **named)
        return getattr(package, name)(api_client=client)

    def _sent(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> HttpResponse:
        path = url.partition("?")[0]
        if path.endswith(CAN_WAIT):
            self.governor.spare()
        if path.endswith("/search"):
            self.governor.take_search()
        token = self.tokens.current()
        try:
            return self._attempt(method, url, headers, body, token)
        except answers.NotLetIn:
            # 401 is answered before anything is executed, so sending again with a new token is safe.
            renewed = self.tokens.replace(token)
        try:
            return self._attempt(method, url, headers, body, renewed)
        except answers.NotLetIn as problem:
            raise NeedsAttention(f"{problem}, not even a new one: connect HubSpot again") from None

    def _attempt(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, token: str
    ) -> HttpResponse:
        self.governor.take()
        given = {"Accept": "application/json", **headers, "Authorization": f"Bearer {token}"}
        try:
            response = self._http.request(method, url, headers=given, body=body, timeout=TIMEOUT_SECONDS)
        except (NotSent, AnswerLost):
            raise TryLater("HubSpot could not be reached, or its answer was lost") from None
        self.governor.note(response.headers)
        if 200 <= response.status < 300:
            return response
        try:
            answers.refuse(response, now=datetime.fromtimestamp(self._now(), UTC), zone=self._zone())
        except answers.Slowed as slowed:
            self.governor.rest(slowed.after, str(slowed))
            raise
        return response


def dated(path: str, version: str) -> str:
    """The path under our version. Raises `ValueError` for one that has none: it must not be used by accident."""
    for pattern, ours in DATED:
        if pattern.match(path):
            return pattern.sub(ours.format(version=version), path, count=1)
    raise ValueError(f"{path} has no date-based path here")


def _object(body: bytes) -> Body:
    try:
        value = loads(body)
    except ValueError:
        raise TryLater(NOT_UNDERSTOOD) from None
    if not isinstance(value, dict):
        raise TryLater(NOT_UNDERSTOOD)
    return value
