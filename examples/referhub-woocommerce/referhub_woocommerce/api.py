"""Speaks with the shop's REST API, and says of every failure what to do next.

https://woocommerce.github.io/woocommerce-rest-api-docs/
"""

import base64
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from referhub_woocommerce.config import WooConfig

from referhub import AnswerLost, Http, HttpResponse, NeedsAttention, NotSent, Rejected, TryLater, Unknown

SLOW_DOWN = timedelta(minutes=1)


class Api:
    """`TryLater`, `NeedsAttention` and `Rejected` mean that certainly nothing happened, `Unknown` that it may have."""

    def __init__(self, config: WooConfig, http: Http) -> None:
        self._base = f"{config.url}/wp-json/wc/v3"
        key = f"{config.consumer_key}:{config.consumer_secret}".encode()
        self._headers = {"Authorization": f"Basic {base64.b64encode(key).decode()}", "Accept": "application/json"}
        self._http = http

    def get(self, path: str, **query: str) -> Any:
        """What the shop answers; reading changes nothing, so every doubt is `TryLater`."""
        try:
            return self.send("GET", f"{path}?{urlencode(query)}" if query else path)
        except Unknown as problem:
            raise TryLater(str(problem)) from None

    def send(self, method: str, path: str, wanted: object = None) -> Any:
        """What the shop answers. Raises `Rejected` with the shop's own word for its no."""
        try:
            answer = self._http.request(method, f"{self._base}/{path}", headers=self._headers, json=wanted)
        except NotSent:
            raise TryLater("the shop could not be reached") from None
        except AnswerLost:
            raise Unknown("the connection broke before the shop's answer arrived") from None
        _refuse_status(answer)
        told = _parsed(answer)
        if answer.status not in (200, 201):
            raise Rejected(_code(told))
        return told


def _refuse_status(answer: HttpResponse) -> None:
    if answer.status in (401, 403):
        raise NeedsAttention("the shop refuses the REST API key: make one with read and write, and connect again")
    if answer.status == 429:
        raise TryLater("the shop asks us to slow down", SLOW_DOWN)
    if answer.status == 503:  # WordPress says so while it is updated, before anything else happens
        raise TryLater("the shop is being maintained")
    if answer.status not in (200, 201, 400, 404, 422):
        raise Unknown(f"the shop answered HTTP {answer.status}")


def _parsed(answer: HttpResponse) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise Unknown("the shop's answer could not be read") from None


def _code(told: Any) -> str:
    """The shop's word for its no. Raises `Unknown` when that is none: then something else answered."""
    code = told.get("code") if isinstance(told, dict) else None
    if not isinstance(code, str):
        raise Unknown("the shop's answer could not be read")
    return code
