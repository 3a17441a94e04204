"""The org's own desk: it knows the org and its courier, keeps decimals exact, and says who acts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.ground import desk
from sandbox.ground.answers import Answer
from sandbox.ground.desk import Body, Route
from sandbox.ground.refusal import Refused
from sandbox.ground.server import Request
from sandbox.salesforce import exact_json
from sandbox.salesforce.answers import api_answer
from sandbox.salesforce.messages.courier import Courier
from sandbox.salesforce.org import PEOPLE, Org
from sandbox.salesforce.refusals import Refusal
from sandbox.salesforce.trade.actor import Actor

ID, NAME = r"([0-9A-Za-z]{15,18})", r"(\w+)"


class Desk(desk.Desk):
    """The desk of one org; what Salesforce itself would refuse is refused here too."""

    REFUSALS = (Refused, Refusal)

    def __init__(self, org: Org, courier: Courier, routes: Sequence[Route]) -> None:
        super().__init__(org, courier, routes)
        self.org, self.courier = org, courier

    def read(self, request: Request) -> Any:
        try:
            return exact_json.read(request.body or b"{}")
        except ValueError as error:
            raise Refused("the body is not JSON") from error

    def tell(self, status: int, body: Any) -> Answer:
        return api_answer(status, body)


def somebody(desk: Desk, given: Body) -> Actor:
    """Who does it: the one named by the key `by`, or else somebody of the sales people."""
    return Actor(desk.org.user(str(given.pop("by", PEOPLE)))["Id"])
