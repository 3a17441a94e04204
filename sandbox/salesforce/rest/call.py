"""One call of the REST API as its act sees it: the org, who calls, what was asked, and the fate that meets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.ground.server import Request
from sandbox.salesforce import exact_json
from sandbox.salesforce.fates import Fate
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refusal, not_there
from sandbox.salesforce.schema import Kind
from sandbox.salesforce.trade.actor import Actor


@dataclass
class RestCall:
    org: Org
    request: Request
    version: str
    user_id: str
    fate: Fate | None = None

    @property
    def base(self) -> str:
        return f"/services/data/v{self.version}"

    def json(self) -> Any:
        """The body; raises Refusal for what is no JSON."""
        try:
            return exact_json.read(self.request.body)
        except ValueError:
            raise Refusal("JSON_PARSER_ERROR", "Unexpected character in the body at [line:1, column:1]") from None

    def fields(self) -> dict[str, Any]:
        found = self.json()
        if not isinstance(found, dict):
            raise Refusal("JSON_PARSER_ERROR", "The HTTP entity body is required, but this request has no entity body.")
        return found

    def kind(self, name: str) -> Kind:
        kind = self.org.kind(name)
        if kind is None or not self.org.may("read", kind):
            raise not_there()
        return kind

    def actor(self) -> Actor:
        """The caller, with what its headers say of duplicate rules."""
        said = (self.request.header("sforce-duplicate-rule-header") or "").replace(" ", "").lower()
        return Actor(self.user_id, by_api=True, allows_duplicates="allowsave=true" in said, fate=self.fate)
