"""Fates: what is scripted to happen to coming calls, one after the other, each so many times or for ever."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from sandbox.ground.fates import Script
from sandbox.ground.refusal import Refused

TOKEN = "token"  # the name by which a fate matches the token endpoint


@dataclass(frozen=True)
class Kind:
    """Whether the org acts, and what becomes of the answer on its way back."""

    acts: bool
    answer: str
    status: int = 200
    code: str = ""
    message: str = ""


ROW_MESSAGES = {
    "UNABLE_TO_LOCK_ROW": "unable to obtain exclusive access to this record or 1 records",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "The record is not the way we want it",
    "ENTITY_IS_DELETED": "entity is deleted",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "execution of BeforeUpdate caused by: System.NullPointerException",
    "INSUFFICIENT_ACCESS_OR_READONLY": "insufficient access rights on object id",
    "DUPLICATES_DETECTED": "You're creating a duplicate record. We recommend you use an existing record instead.",
    "INVALID_CROSS_REFERENCE_KEY": "invalid cross reference id",
}

KINDS = {
    "ok": Kind(True, "whole"),
    "effect_then_drop": Kind(True, "drop"),
    "drop_before_effect": Kind(False, "drop"),
    "effect_then_timeout": Kind(True, "hang"),
    "timeout_before_effect": Kind(False, "hang"),
    "effect_then_503": Kind(True, "html", 503),
    "reset": Kind(True, "reset"),
    "truncated": Kind(True, "truncated"),
    "slow": Kind(True, "slow"),
    "short_results": Kind(True, "short"),
    "empty": Kind(True, "empty"),
    "401": Kind(False, "errors", 401, "INVALID_SESSION_ID", "Session expired or invalid"),
    "401_html": Kind(False, "html", 401),
    "401_object": Kind(False, "object", 401, "INVALID_SESSION_ID", "Session expired or invalid"),
    "html": Kind(False, "html", 200),
    "403_limit": Kind(False, "errors", 403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    "403": Kind(False, "errors", 403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization."),
    "404": Kind(False, "errors", 404, "NOT_FOUND", "The requested resource does not exist"),
    "429": Kind(False, "errors", 429, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."),
    "500": Kind(False, "errors", 500, "UNKNOWN_EXCEPTION", "An unexpected error occurred."),
    "503": Kind(False, "errors", 503, "SERVER_UNAVAILABLE", "The server is temporarily unavailable."),
    "redirect": Kind(False, "redirect", 302),
    "row_error": Kind(True, "whole"),
    "row_locked": Kind(True, "whole", code="UNABLE_TO_LOCK_ROW"),
    "row_validation": Kind(True, "whole", code="FIELD_CUSTOM_VALIDATION_EXCEPTION"),
    "row_deleted": Kind(True, "whole", code="ENTITY_IS_DELETED"),
    # For the token endpoint:
    "invalid_grant": Kind(False, "oauth", 400, "invalid_grant", "authentication failure"),
    "not_installed": Kind(False, "oauth", 400, "invalid_grant", "app must be installed into org"),
    "approval_error": Kind(False, "oauth", 400, "OAUTH_APPROVAL_ERROR_GENERIC", "An unexpected error has occurred"),
    "instance_url": Kind(True, "instance"),
}


@dataclass
class Fate(Script):
    """
    One script: skip so many matching calls, then befall so many (-1: until it is cleared).

    match is an operation ("query", "describe", "collections", "token" ...), an object ("Contact"), or both
    ("query Contact"); None befalls every call but that for a token. seconds: how long to hang, or the pause
    between slow bytes. code, message and fields are those of a row's error; rows are ids or places in the call
    (none given: the first row). location is where a redirect or an instance_url leads.
    """

    KINDS: ClassVar = KINDS
    TOKEN: ClassVar = TOKEN
    FOR_EVER: ClassVar = -1

    code: str | None = None
    message: str | None = None
    fields: list[str] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)
    retry_after: str | None = None
    location: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kind == "row_error" and not self.code:
            raise Refused("a row_error needs the code that the row is refused with")
        self.seconds = float(self.seconds)

    @property
    def script(self) -> Kind:
        return KINDS[self.kind]

    def row_error(self, place: int, id: str | None) -> tuple[str, str, list[str]] | None:
        """Code, message and fields for this row of the call, if it is one of those that the fate is for."""
        code = self.code or self.script.code
        if not self.kind.startswith("row_") or not code:
            return None
        meant = (
            place in self.rows or (id or "")[:15] in [str(each)[:15] for each in self.rows] if self.rows else place == 0
        )
        return (code, self.message or ROW_MESSAGES.get(code, code), self.fields) if meant else None
