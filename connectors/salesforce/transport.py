"""What simple-salesforce takes for a `requests.Session`: every call goes through the contract's `Http`.

The library has no timeouts, repeats what it should not and misreads half of the errors; so it sees only answers that
are good, and everything else leaves here as an error of the contract.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from connectors.salesforce.answers import problem_of
from connectors.salesforce.exact import loads
from referhub import AnswerLost, Http, HttpResponse, NotSent, TryLater, Unknown

# Triggers and flows of the org run while a change is saved, so that takes longer than `Http` waits by itself.
CHANGE_SECONDS = 60.0


class Answer:
    """A good answer, with as much of `requests.Response` as the library looks at."""

    def __init__(self, response: HttpResponse, url: str) -> None:
        self.status_code = response.status
        self.headers = _Headers(response.headers)
        self.content = response.body
        self.url = url

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self, **_asked: Any) -> Any:
        """The body, read strictly; an empty one is an empty object. Raises `Unknown` for anything but JSON."""
        if not self.content:
            return {}
        try:
            told = loads(self.content)
        except ValueError:
            told = None
        if not isinstance(told, (dict, list)):  # the library takes the length of whatever comes
            raise Unknown("Salesforce's answer is not the JSON that was asked for")
        return told


class _Headers(dict[str, str]):
    """Header names are in lower case; the library asks for them in its own spelling."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())


class Wire:
    """Sends a request of the library to the session's instance, whatever scheme the library thinks of."""

    def __init__(self, http: Http, instance: str, heard: Callable[[HttpResponse], None]) -> None:
        self.proxies: dict[str, str] = {}
        self._http = http
        self._instance = instance
        self._heard = heard

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        data: str | bytes | None = None,
        **_others: Any,
    ) -> Answer:
        """The answer, if it is a good one. Raises the contract's errors; `Unknown` if there may have been an effect."""
        address = self._address(url, params)
        body = data.encode() if isinstance(data, str) else data
        try:
            seconds = None if method == "GET" else CHANGE_SECONDS
            response = self._http.request(method, address, headers=headers, body=body, timeout=seconds)
        except NotSent:
            raise TryLater("Salesforce could not be reached") from None
        except AnswerLost:
            raise Unknown("the connection to Salesforce broke before the answer arrived") from None
        self._heard(response)
        if not 200 <= response.status < 300:
            raise problem_of(response)
        return Answer(response, address)

    def _address(self, url: str, params: Mapping[str, Any] | None) -> str:
        parts = urlsplit(url)
        query = urlencode(params) if params else parts.query
        return f"{self._instance}{parts.path}" + (f"?{query}" if query else "")
