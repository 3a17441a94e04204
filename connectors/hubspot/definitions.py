"""The properties in which the hub shows referrals, and what is known of those that a portal has.

https://developers.hubspot.com/docs/api-reference/crm-properties-v3/guide
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.hubspot.answers import MissingScopes
from connectors.hubspot.days import Days
from connectors.hubspot.records import CONTACTS
from connectors.hubspot.sdk import Portal
from connectors.hubspot.spelling import DAY
from referhub import Rejected, TryLater

GROUP, GROUP_LABEL = "referral_hub", "Referral hub"
FRESH_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Definition:
    """A property as the hub wants it."""

    ours: str
    name: str
    label: str
    type: str
    field_type: str
    help: str

    def body(self) -> dict[str, Any]:
        """What HubSpot is told to make it."""
        return {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "groupName": GROUP,
            "description": self.help,
            "formField": self.ours == "referred_by",
        }


def _text(ours: str, name: str, label: str, help: str) -> Definition:
    return Definition(ours, name, label, "string", "text", help)


def _number(ours: str, name: str, label: str, help: str) -> Definition:
    return Definition(ours, name, label, "number", "number", help)


def _moment(ours: str, name: str, label: str, help: str) -> Definition:
    return Definition(ours, name, label, "datetime", "date", help)


REFERRED_BY_HELP = (
    "The code of who recommended us to this contact. Type it in when you hear it; the hub fills it only if empty"
)
STATUS_HELP = (
    "advocate: recommends us. referred: came by a recommendation. converted: came by one, and bought. "
    "reversed: bought, and the purchase was taken back"
)
PENDING_HELP = "Rewards promised and not given yet, usually because the return period is still running"
DEFINITIONS = (
    _text("code", "referral_code", "Referral code", "The code this contact passes on to friends. The hub writes it."),
    _text("link", "referral_link", "Referral link", "The link this contact passes on to friends. The hub writes it."),
    _text("referred_by", "referred_by_code", "Referred by (code)", REFERRED_BY_HELP),
    _text("status", "referral_status", "Referral status", STATUS_HELP),
    _number("friends_brought", "referral_count", "Friends brought", "How many friends bought something and kept it"),
    _number("revenue_brought", "referral_revenue", "Referral revenue", "What those friends bought for, net of refunds"),
    _number("rewards_earned", "referral_rewards_earned", "Referral rewards earned", "Rewards given and not taken back"),
    _number("rewards_pending", "referral_rewards_pending", "Referral rewards pending", PENDING_HELP),
    _text("currency", "referral_rewards_currency", "Referral currency", "The currency of revenue and rewards"),
    _moment("last_referral_at", "referral_last_at", "Last referral", "When the last friend who bought was brought"),
    _moment("last_reward_at", "referral_last_reward_at", "Last referral reward", "When a reward was last given"),
    _text("trace", "referral_trace", "Referral story", "The page of the hub that tells what happened and why"),
)
DEFAULT_FIELDS: Mapping[str, str] = {one.ours: one.name for one in DEFINITIONS}
SHARED = "referred_by"
OWN_FIELDS = frozenset(one.name for one in DEFINITIONS if one.ours != SHARED)
# What HubSpot can hold our values in; a text holds everything.
TYPES: Mapping[str, tuple[str, ...]] = {
    "string": ("string", "enumeration"),
    "number": ("number", "string"),
    "datetime": ("datetime", "date", "string"),
}
WANTED_TYPES: Mapping[str, str] = {one.ours: one.type for one in DEFINITIONS}
STATUSES = ("advocate", "referred", "converted", "reversed")


@dataclass(frozen=True, slots=True)
class Present:
    """A property that the portal has."""

    name: str
    type: str
    is_writable: bool
    options: tuple[str, ...] = ()


class Definitions:
    """The portal's contact properties, asked for again after some minutes."""

    def __init__(self, api: Portal, days: Days, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._days = days
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._present: dict[str, Present] = {}
        self._fresh_until = 0.0

    def present(self, *, fresh: bool = False) -> Mapping[str, Present]:
        """All of them by name. Raises `TryLater` or `NeedsAttention`."""
        with self._lock:
            if fresh or self._monotonic() > self._fresh_until:
                self._present = {one.name: one for one in self._asked()}
                self._fresh_until = self._monotonic() + FRESH_SECONDS
                self._days.note(one.name for one in self._present.values() if one.type == DAY)
            return self._present

    def _asked(self) -> list[Present]:
        try:
            model = self._api.ask(self._api.properties.get_all, CONTACTS)
        except Rejected as problem:
            raise TryLater(str(problem)) from None
        results = getattr(model, "results", None)
        if not isinstance(results, list):
            raise TryLater("HubSpot's answer could not be understood")
        return [_present(one) for one in results]


def _present(told: Any) -> Present:
    meta = getattr(told, "modification_metadata", None)
    is_locked = getattr(meta, "read_only_value", None) is True or getattr(told, "calculated", None) is True
    options = tuple(str(getattr(one, "value", "")) for one in getattr(told, "options", None) or ())
    return Present(str(getattr(told, "name", "")), str(getattr(told, "type", "")), not is_locked, options)


def problems_of(fields: Mapping[str, str], definitions: Definitions) -> dict[str, str]:
    """Of these (ours: theirs), why each of theirs cannot be written. Raises `TryLater` or `NeedsAttention`."""
    try:
        present = definitions.present(fresh=True)
    except MissingScopes as problem:
        return dict.fromkeys(fields.values(), problem.hint)  # stops the fields, and nothing else
    problems = {theirs: problem_of(ours, theirs, present) for ours, theirs in fields.items()}
    return {theirs: problem for theirs, problem in problems.items() if problem}


def problem_of(ours: str, name: str, present: Mapping[str, Present]) -> str:
    """Why our field cannot be written into this property, with what to click; empty if it can."""
    found = present.get(name)
    where = "in HubSpot under Settings, Properties, Contact properties"
    if found is None:
        return f"the property {name} does not exist: create it {where}, or map the field to another one"
    if not found.is_writable:
        return f"HubSpot computes {name} itself: map the field to another property"
    wanted = WANTED_TYPES.get(ours, "string")
    if found.type not in TYPES[wanted]:
        return f"{name} is of the type {found.type}, and {wanted} is needed: map the field to another property"
    missing = [one for one in STATUSES if one not in found.options]
    if ours == "status" and found.type == "enumeration" and missing:
        return f"{name} has no option {', '.join(missing)}: add it {where}"
    if ours not in ("status", SHARED) and found.type == "enumeration":
        return f"{name} takes only its own options: map the field to a property with free text"
    return ""
