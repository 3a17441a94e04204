"""Speaks with one org's REST API: sessions, budget and clock around what simple-salesforce does well.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from simple_salesforce.api import Salesforce as Library

from connectors.salesforce.answers import LimitReached, SessionEnded, server_time
from connectors.salesforce.budget import Budget, Purpose
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.exact import spelt
from connectors.salesforce.picking import Body, child, rows
from connectors.salesforce.tokens import Session, Sessions
from connectors.salesforce.transport import Wire
from referhub import Http, HttpResponse, Keep, NeedsAttention, TryLater, Unknown

MOST_PAGES = 100
T = TypeVar("T")


class OrgApi:
    """One org's API. `TryLater`, `NeedsAttention` and `Rejected` mean that certainly nothing happened;
    `Unknown`, which only `change` raises, that it may have.
    """

    def __init__(self, config: SalesforceConfig, http: Http, keep: Callable[[], Keep]) -> None:
        self.sessions = Sessions(config, http, keep)
        self.budget = Budget()
        self.server_time: datetime | None = None
        self._config = config
        self._http = http
        self._opened: tuple[Session, Library] | None = None

    def query(self, soql: str, purpose: Purpose = Purpose.READ) -> list[Body]:
        """All rows, deleted ones too, from as many pages as it takes."""
        reply = self._asked(lambda library: library.query(soql, include_deleted=True), purpose)
        return self._all_of(reply, purpose)

    def children(self, row: Body, name: str) -> list[Body]:
        """The rows of a sub-select, which Salesforce pages too."""
        return self._all_of(child(row, name), Purpose.READ)

    def get(self, path: str, purpose: Purpose = Purpose.READ) -> Any:
        """What stands at a path below the version."""
        return self._asked(lambda library: library.restful(path), purpose)

    def text(self, path: str, purpose: Purpose = Purpose.WRITE) -> str:
        """What stands at a path that answers in another form than JSON."""
        send: Callable[[Library], Any] = lambda library: library.session.request(  # noqa: E731
            "GET", library.base_url + path, headers={**library.headers, "Accept": "text/csv"}
        )
        answer = self._asked(send, purpose)
        return str(answer.text)

    def change(
        self,
        method: str,
        path: str,
        body: Any,
        *,
        headers: Mapping[str, str] | None = None,
        purpose: Purpose = Purpose.WRITE,
    ) -> Any:
        """The answer to a change, sent once. `body` is a text as it is, or what its JSON says. Raises `Unknown`."""
        spelling = body if isinstance(body, str) else spelt(body)
        return self._ask(
            lambda library: library.restful(path, method=method, data=spelling, headers=dict(headers or {})), purpose
        )

    def _all_of(self, reply: Any, purpose: Purpose) -> list[Body]:
        found = rows(reply.get("records")) if isinstance(reply, Mapping) else []
        for _page in range(MOST_PAGES):
            following = reply.get("nextRecordsUrl") if isinstance(reply, Mapping) else None
            # A reply that says it is done may still name a page: https://developer.salesforce.com query resource
            if not isinstance(following, str) or reply.get("done") is True:
                return found
            reply = self._asked(_more(following), purpose)
            found += rows(reply.get("records"))
        raise TryLater("Salesforce's answer to a query does not end")

    def _asked(self, send: Callable[[Library], T], purpose: Purpose) -> T:
        """As `_ask`, for what only reads: a lost answer is no harm."""
        try:
            return self._ask(send, purpose)
        except Unknown as error:
            raise TryLater(str(error)) from None

    def _ask(self, send: Callable[[Library], T], purpose: Purpose) -> T:
        self._hold_back(purpose)
        session, library = self._library(self.sessions.current())
        try:
            return send(library)
        except SessionEnded:
            # Refused before anything was done, so once more with another session is safe.
            return self._once_more(send, session)
        except LimitReached as limit:
            self.budget.close(limit.after)
            raise

    def _once_more(self, send: Callable[[Library], T], refused: Session) -> T:
        _session, library = self._library(self.sessions.replace(refused))
        try:
            return send(library)
        except SessionEnded:
            raise NeedsAttention(
                "Salesforce refuses even a new session: check the integration user's rights and the app's policies"
            ) from None

    def _hold_back(self, purpose: Purpose) -> None:
        if self.budget.is_short(purpose) and self.budget.is_stale():
            self._asked(lambda library: library.limits(), Purpose.READ)  # its headers say how much is used now
        self.budget.refuse(purpose)

    def _library(self, session: Session) -> tuple[Session, Library]:
        """The library on this session, built anew for each: it never logs in by itself."""
        if self._opened is None or self._opened[0] != session:
            wire: Any = Wire(self._http, session.instance, self._heard)
            library = Library(
                session_id=session.token,
                instance_url=session.instance,
                version=self._config.api_version,
                session=wire,
            )
            library.headers.pop("X-PrettyPrint", None)  # only people need it, and it makes answers larger
            self._opened = (session, library)
        return self._opened

    def _heard(self, response: HttpResponse) -> None:
        self.budget.note(response.headers)
        self.server_time = server_time(response.headers) or self.server_time


def _more(following: str) -> Callable[[Library], Any]:
    return lambda library: library.query_more(following, identifier_is_url=True)


def batches(items: Sequence[T], size: int) -> list[Sequence[T]]:
    """The items in order, so many at a time."""
    return [items[start : start + size] for start in range(0, len(items), size)]
