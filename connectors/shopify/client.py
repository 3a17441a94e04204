"""Speaks GraphQL with one shop's Admin API, and says of every failure what to do next.

https://shopify.dev/docs/api/admin-graphql
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import Enum
from typing import Any

from connectors.shopify import answers
from connectors.shopify.config import ShopifyConfig
from connectors.shopify.documents import document
from connectors.shopify.governor import Governor
from connectors.shopify.picking import Body, child
from connectors.shopify.strict_json import loads
from connectors.shopify.tokens import tokens_for
from referhub import AnswerLost, Http, HttpResponse, Keep, Memory, NotSent, Rejected, TryLater, Unknown


class Urgency(Enum):
    """Whether a request may be held back to leave room for the merchant's own traffic."""

    PATIENT = "patient"
    PROMPT = "prompt"


class AdminApi:
    """One shop's Admin API. Its errors are true statements about the effect:

    `TryLater`, `NeedsAttention` and `Rejected` mean that certainly nothing happened; `Unknown`, which only
    mutations raise, means that it may have.
    """

    def __init__(self, config: ShopifyConfig, http: Http, keep: Callable[[], Keep] = Memory) -> None:
        self.observed_version: str | None = None
        self._http = http
        self._address = f"{config.api_base}/admin/api/{config.api_version}/graphql.json"
        self.tokens = tokens_for(config, http, keep)
        self._governor = Governor()

    def query(self, name: str, variables: Mapping[str, Any], urgency: Urgency = Urgency.PATIENT) -> Body:
        """The `data` of the reading operation `name`."""
        try:
            return self._data(name, document(name), variables, urgency)
        except Unknown as error:
            raise TryLater(str(error)) from None

    def mutate(
        self, name: str, variables: Mapping[str, Any], urgency: Urgency = Urgency.PATIENT, *, source: str = ""
    ) -> Body:
        """The `data` of the writing operation `name`, sent at most once; `source` replaces its text."""
        return self._data(name, source or document(name), variables, urgency)

    def _data(self, name: str, source: str, variables: Mapping[str, Any], urgency: Urgency) -> Body:
        self._hold_back(name, urgency)
        response = self._send(source, variables)
        self.observed_version = response.headers.get("x-shopify-api-version", self.observed_version)
        answers.refuse_status(response)
        reply = _parsed(response)
        self._governor.note(name, child(child(reply, "extensions"), "cost"))
        errors = answers.errors_of(reply)
        if "THROTTLED" in {error.code for error in errors}:
            raise TryLater("Shopify asks us to slow down", self._governor.wait_after_throttling(name))
        return answers.data_of(reply, errors)

    def _hold_back(self, name: str, urgency: Urgency) -> None:
        if self._governor.is_too_costly(name):
            raise Rejected(f"{name} costs more than one request may: Shopify would refuse it")
        wait: timedelta | None = self._governor.wait_before(name)
        if wait and urgency is Urgency.PATIENT:
            raise TryLater("leaving room for the shop's own traffic", wait)

    def _send(self, source: str, variables: Mapping[str, Any]) -> HttpResponse:
        token = self.tokens.current()
        response = self._post(source, variables, token)
        # Shopify answers 401 before it executes anything, so sending again with a new token is safe.
        if response.status == 401:
            response = self._post(source, variables, self.tokens.replace(token))
        return response

    def _post(self, source: str, variables: Mapping[str, Any], token: str) -> HttpResponse:
        headers = {"X-Shopify-Access-Token": token, "Accept": "application/json"}
        try:
            return self._http.request(
                "POST", self._address, headers=headers, json={"query": source, "variables": dict(variables)}
            )
        except NotSent:
            raise TryLater("Shopify could not be reached") from None
        except AnswerLost:
            raise Unknown("the connection to Shopify broke before the answer arrived") from None


def _parsed(response: HttpResponse) -> Body:
    try:
        reply = loads(response.body)
    except ValueError:
        raise Unknown("Shopify's answer could not be read") from None
    if not isinstance(reply, dict):
        raise Unknown("Shopify's answer was not an object")
    return reply
