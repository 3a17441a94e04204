"""Fates: what is scripted to happen to coming requests, one after the other, each so many times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sandbox.ground.fates import Fates as Scripts
from sandbox.ground.fates import Kind, ScriptOfEffect
from sandbox.ground.refusal import Refused
from sandbox.shopify.truth import Truth

KINDS = {
    "ok": Kind("done", "whole"),
    "effect_then_drop": Kind("done", "drop"),
    "drop_before_effect": Kind("none", "drop"),
    "effect_then_500": Kind("done", "status", 500),
    "effect_then_timeout": Kind("done", "hang"),
    "timeout_before_effect": Kind("none", "hang"),
    "late_effect": Kind("late", "drop"),
    "429": Kind("none", "status", 429),
    "401": Kind("none", "status", 401),
    "402": Kind("none", "status", 402),
    "403": Kind("none", "status", 403),
    "404": Kind("none", "status", 404),
    "423": Kind("none", "status", 423),
    "500": Kind("none", "status", 500),
    "502": Kind("none", "status", 502),
    "503": Kind("none", "status", 503),
    "504": Kind("none", "status", 504),
    "throttled": Kind("none", "throttled"),
    "user_errors": Kind("none", "user_errors"),
    "partial": Kind("done", "partial"),
    "stale_read": Kind("stale", "whole"),
    "ok_but_nothing": Kind("undone", "whole"),
    "reset": Kind("done", "reset"),
    "truncated": Kind("done", "truncated"),
    "html": Kind("none", "html"),
    "wrong_json": Kind("done", "wrong_json"),
    "redirect": Kind("none", "redirect", 302),
    "slow": Kind("done", "slow"),
    "gzip_bomb": Kind("none", "bomb"),
    "invalid_subject_token": Kind("none", "refusal", 400),
    "invalid_client": Kind("none", "refusal", 400),
    "inactive_refresh_token": Kind("none", "refusal", 401),
}
TOKEN = "access_token"  # the name by which a fate matches the token endpoint
REFUSABLE = {
    TOKEN,
    "authorization_code",
    "client_credentials",
    "migration",
    "refresh_token",
    "token_exchange",
}


@dataclass
class Fate(ScriptOfEffect):
    """
    One script: skip so many matching requests, then befall so many.

    match is an operation name, a root field, "access_token" for every token request or the name of one grant;
    None befalls every GraphQL request.
    seconds: how long to hang, how late the effect is, or the pause between slow bytes. retry_after is sent as it is
    written.
    """

    KINDS: ClassVar = KINDS
    TOKEN: ClassVar = TOKEN

    code: str | None = None
    field: str | None = None
    retry_after: str | None = None
    status: int | None = None
    location: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if KINDS[self.kind].answer == "refusal" and self.match not in REFUSABLE:
            raise Refused(f"{self.kind} befalls token requests: match one of {', '.join(sorted(REFUSABLE))}")
        self.frozen: Truth | None = None

    def freeze(self, truth: Truth) -> None:
        """A stale read shows the truth as it is at this moment."""
        if self.acts == "stale":
            self.frozen = truth.frozen()

    def thaw(self) -> None:
        """The stale copy is needed no longer once the last request met it."""
        if self.frozen and self.count <= 0:
            self.frozen.close()


class Fates(Scripts[Fate]):
    """The scripts still to come."""

    def clear(self) -> None:
        """No stale copy is needed any longer."""
        with self._lock:
            for fate in self._coming:
                fate.count = 0
                fate.thaw()
            super().clear()
