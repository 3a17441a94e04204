"""A pretend vendor that can do everything the contract knows, kept in memory and asked through `Http`."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from referhub import Credit, HttpResponse, IdentityClaim, IdentityKind, Money
from referhub.testing import Source

BASE = "https://vendor.example"
TOKEN, SECRET = "permanent-token-1", "hush-hush"
START = datetime(2026, 11, 20, 9, tzinfo=UTC)
FIELDS = {
    "ref_code",
    "ref_link",
    "ref_by",
    "ref_status",
    "ref_count",
    "ref_revenue",
    "ref_earned",
    "ref_pending",
    "ref_currency",
    "ref_last_at",
    "ref_reward_at",
    "ref_trace",
    "ref_hub",
}


def proof_of(told: Mapping[str, str], secret: str) -> str:
    """What the vendor signs an address with at which somebody comes back."""
    return hmac.new(secret.encode(), urlencode(sorted(told.items())).encode(), hashlib.sha256).hexdigest()


@dataclass
class Vendor(Source):
    """Its own truth: orders, people with fields, coupons, subscriptions; and the answers of its API."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    fields: dict[str, dict[str, Any]] = field(default_factory=lambda: {f"p{number}": {} for number in range(3)})
    coupons: dict[str, dict[str, Any]] = field(default_factory=dict)
    hooks: list[str] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    clock: datetime = START

    # What the tests see

    recipient = "p0"
    missing_person = "p99"
    missing_order = "o99"

    def now(self) -> datetime:
        return self.clock

    def change(self) -> str:
        self.clock += timedelta(minutes=2)
        return self._order(self.clock)

    def late_change(self) -> str:
        return self._order(self.clock - timedelta(minutes=1))

    def _order(self, at: datetime) -> str:
        order_id = f"o{len(self.orders) + 1}"
        self.orders[order_id] = {"id": order_id, "modified": at.isoformat(), "total": "79.00", "person": "p1"}
        return order_id

    def people(self) -> dict[IdentityClaim, str]:
        return {IdentityClaim(IdentityKind.EMAIL, "p1@example.com"): "p1"}

    def addresses(self) -> dict[IdentityClaim, IdentityClaim]:
        return {
            IdentityClaim(IdentityKind.EMAIL, f"{one}@example.com"): IdentityClaim(IdentityKind.CONTACT, one)
            for one in ("p1", "p2")
        }

    def held(self, credit: Credit) -> int:
        found = [one for one in self.coupons.values() if one["push"] == credit.push_id and one["is_on"]]
        return sum(Money.parse(one["amount"], one["currency"]).minor for one in found)

    def person_ids(self) -> list[str]:
        return list(self.fields)

    def carried(self, person_id: str) -> dict[str, str | None]:
        return {name: None if value is None else str(value) for name, value in self.fields[person_id].items()}

    def prepared(self) -> list[str]:
        return list(self.hooks)

    def consent(self, address: str) -> str:
        self.codes.add(code := f"code-{len(self.codes)}")
        return code

    def returned(self, address: str) -> str:
        asked = parse_qs(urlsplit(address).query)
        told = {"state": asked["state"][0], "code": self.consent(address), "at": self.clock.isoformat()}
        return urlencode({**told, "proof": proof_of(told, SECRET)})

    # What the connector sees

    def request(self, method: str, url: str, *, headers: Any = None, json: Any = None, **_: Any) -> HttpResponse:
        parts = urlsplit(url)
        assert url.startswith(BASE)
        first, *rest = [unquote(part) for part in parts.path.strip("/").split("/")]
        if first == "token":
            return self._token(json)
        if dict(headers or {}).get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return told(401, {"error": "who are you"})
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        work = getattr(self, f"_{method.lower()}_{first}", None)
        return work(rest, query, json) if work else told(404, {"error": "no such page"})

    def _token(self, wanted: Any) -> HttpResponse:
        if wanted["code"] not in self.codes:
            return told(400, {"error": "bad code"})
        self.codes.remove(wanted["code"])
        self.tokens.add(token := f"token-{len(self.tokens)}-of-{wanted['code']}")
        return told(200, {"token": token})

    def _get_me(self, rest: list[str], query: dict[str, str], wanted: Any) -> HttpResponse:
        return told(200, {"id": "vendor-1", "name": "The vendor"})

    def _delete_me(self, rest: list[str], query: dict[str, str], wanted: Any) -> HttpResponse:
        self.tokens -= {wanted["token"]}
        return told(200, {"gone": True})

    def _get_orders(self, rest: list[str], query: dict[str, str], wanted: Any) -> HttpResponse:
        if "ids" in query:
            ids = query["ids"].split(",")
            return told(200, {"orders": [self.orders[one] for one in ids if one in self.orders]})
        if "since" in query:
            found = [one for one in self.orders.values() if one["modified"] >= query["since"]]
            return told(200, {"orders": sorted(found, key=lambda one: one["modified"])})
        found_one = self.orders.get(rest[0]) if len(rest) == 1 else None
        return told(200, found_one) if found_one else told(404, {"error": "no such order"})

    def _get_people(self, rest: list[str], query: dict[str, str], wanted: Any) -> HttpResponse:
        if "emails" in query:
            asked = [one.partition("@")[0] for one in query["emails"].split(",")]
            return told(
                200, {"people": [{"id": one, "email": f"{one}@example.com"} for one in asked if one in self.fields]}
            )
        if "email" in query:
            person = query["email"].partition("@")[0]
            return told(
                200,
                {
                    "people": [{"id": person}]
                    if query["email"] == f"{person}@example.com" and person in self.fields
                    else []
                },
            )
        ids = [one for one in query["ids"].split(",") if one in self.fields]
        return told(200, {"people": [{"id": one, "fields": self.fields[one]} for one in ids]})

    def _post_people(self, rest: list[str], query: dict[str, str], wanted: Any) -> HttpResponse:
        results = []
        for one in wanted["records"]:
            known = self.fields.get(one["id"])
            if known is not None:
                known |= one["fields"]
            results.append({"id": one["id"], "status": "ok" if known is not None else "missing"})
        return told(200, {"results": results})

    def _get_fields(self, rest: list[str], query: dict[str, str], wanted: Any) -> HttpResponse:
        return told(200, {"fields": sorted(FIELDS)})

    def _post_coupons(self, rest: list[str], query: dict[str, str], wanted: Any) -> HttpResponse:
        if wanted["person"] not in self.fields:
            return told(422, {"error": "no such person"})
        if wanted["code"] in self.coupons:
            return told(409, self.coupons[wanted["code"]])
        self.coupons[wanted["code"]] = {**wanted, "is_on": True}
        return told(201, self.coupons[wanted["code"]])

    def _get_coupons(self, rest: list[str], query: dict[str, str], wanted: Any) -> HttpResponse:
        found = self.coupons.get(rest[0])
        return told(200, found) if found else told(404, {"error": "no such coupon"})

    def _delete_coupons(self, rest: list[str], query: dict[str, str], wanted: Any) -> HttpResponse:
        self.coupons[rest[0]]["is_on"] = False
        return told(200, self.coupons[rest[0]])

    def _get_hooks(self, rest: list[str], query: dict[str, str], wanted: Any) -> HttpResponse:
        return told(200, {"hooks": self.hooks})

    def _post_hooks(self, rest: list[str], query: dict[str, str], wanted: Any) -> HttpResponse:
        self.hooks.append(wanted["url"])
        return told(201, {"url": wanted["url"]})


def told(status: int, body: object) -> HttpResponse:
    return HttpResponse(status, {"x-used": "3", "x-limit": "100"}, json.dumps(body).encode())
