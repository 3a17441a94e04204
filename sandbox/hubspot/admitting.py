"""Who may call: the token, the portal it belongs to, its scopes, and how many calls are left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.ground.server import Request
from sandbox.hubspot.cloud import Cloud
from sandbox.hubspot.complaints import Complaint, missing_scopes
from sandbox.hubspot.installing import access_of
from sandbox.hubspot.nouns import Portal
from sandbox.hubspot.values import iso

UNKNOWN = "Authentication credentials not found. This API supports OAuth 2.0 authentication."
SAID = {
    "TEN_SECONDLY_ROLLING": "You have reached your ten_secondly_rolling limit.",
    "SECONDLY": "You have reached your secondly limit.",
    "DAILY": "You have reached your daily limit.",
}


@dataclass(frozen=True)
class Caller:
    portal: Portal
    scopes: list[str]
    static: bool


def admit(cloud: Cloud, request: Request) -> Caller:
    """The portal of a good token; raises Complaint 401 for any other."""
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Complaint(401, "INVALID_AUTHENTICATION", UNKNOWN)
    if token in cloud.static:
        portal = cloud.portal(cloud.static[token])
        return _installed(Caller(portal, portal.scopes, static=True))
    known = access_of(cloud, token)
    if known is None:
        raise Complaint(401, "INVALID_AUTHENTICATION", UNKNOWN)
    access, grant = known
    now = cloud.truth.now()
    if access.expires_at <= now:
        raise expired(access.expires_at, now)
    portal = cloud.portal(grant.portal)
    return _installed(Caller(portal, [each for each in grant.scopes if each in portal.scopes], static=False))


def _installed(caller: Caller) -> Caller:
    if not caller.portal.installed:
        raise Complaint(401, "INVALID_AUTHENTICATION", UNKNOWN)
    return caller


def expired(at: int, now: int) -> Complaint:
    said = f"The OAuth token used to make this call expired {(now - at) // 1000} second(s) ago."
    return Complaint(401, "EXPIRED_AUTHENTICATION", said, context={"expire time": [iso(at)]})


def require_scopes(caller: Caller, needed: Sequence[str]) -> None:
    """One of those needed is enough; raises Complaint 403 that names them."""
    if needed and not set(needed) & set(caller.scopes):
        raise missing_scopes(needed[:1])


def too_many(policy: str) -> Complaint:
    more = {"errorType": "RATE_LIMIT", "policyName": policy, "groupName": "publicapi:private-apps:api-calls"}
    return Complaint(429, "RATE_LIMITS", SAID.get(policy, "You have reached your limit."), **more)


def throttle(cloud: Cloud, caller: Caller, is_search: bool) -> dict[str, str]:
    """The headers that say what is left; searches have a limit of their own and no headers. Raises Complaint 429."""
    portal, now = caller.portal, cloud.truth.now()
    if is_search:
        if cloud.rates.take_search(portal.portal, now, cloud.setting(portal, "searches_per_second")) is None:
            raise too_many("SECONDLY")
        return {}
    most, daily = cloud.setting(portal, "per_ten_seconds"), cloud.setting(portal, "per_day")
    left = cloud.rates.take_call(portal.portal, now, most)
    told = {
        "X-HubSpot-RateLimit-Max": str(most),
        "X-HubSpot-RateLimit-Remaining": str(left or 0),
        "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
    }
    if left is None:
        raise too_many("TEN_SECONDLY_ROLLING").with_headers(told)
    if not caller.static:
        return told
    left_today = cloud.rates.take_day(portal.portal, now, portal.time_zone, daily)
    told |= {"X-HubSpot-RateLimit-Daily": str(daily), "X-HubSpot-RateLimit-Daily-Remaining": str(left_today or 0)}
    if left_today is None:
        raise too_many("DAILY").with_headers(told)
    return told
