"""The desk's world: the app's standing, what befalls callers, the clock, and the truth itself."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from sandbox.ground.desk import FATES, Body, Route
from sandbox.ground.keys import keys
from sandbox.ground.refusal import Refused
from sandbox.shopify.codec import as_json
from sandbox.shopify.desk.routing import Desk
from sandbox.shopify.fates import Fate
from sandbox.shopify.graph.engine import error_codes
from sandbox.shopify.ledger import everything
from sandbox.shopify.oauth import id_tokens
from sandbox.shopify.trade import app
from sandbox.shopify.traffic import Call, Token

STANDINGS = ("open", "frozen", "locked")


def hello(desk: Desk, given: Body) -> Any:
    shop = desk.shop
    return {"domain": shop.domain, "currency": shop.currency, "now": shop.truth.now().isoformat()}


def uninstall(desk: Desk, given: Body) -> Any:
    app.uninstall(desk.shop)
    return {}


def install(desk: Desk, given: Body) -> Any:
    """The merchant installs the app, with all that it requires or with these scopes."""
    wanted = given.get("scopes") or (desk.shop.app.scopes if desk.shop.app.is_in_store else None)
    app.install(desk.shop, wanted)
    return {"scopes": desk.shop.scopes()}


def deploy(desk: Desk, given: Body) -> Any:
    """The app's maker released a version that asks for other rights; each shop is asked when it next opens the app."""
    own = desk.shop.app
    own.scopes = [str(scope) for scope in given.get("scopes", own.scopes)]
    own.optional_scopes = [str(scope) for scope in given.get("optional_scopes", own.optional_scopes)]
    return {"scopes": own.scopes, "optional_scopes": own.optional_scopes}


def rotate_secret(desk: Desk, given: Body) -> Any:
    desk.shop.rotate_secret(str(given["secret"]))
    return {}


def set_scopes(desk: Desk, given: Body) -> Any:
    app.set_scopes(desk.shop, [str(scope) for scope in given["scopes"]])
    return {"scopes": desk.shop.scopes()}


def save_shop(desk: Desk, given: Body) -> Any:
    app.save_shop(desk.shop)
    return {}


def redact_shop(desk: Desk, given: Body) -> Any:
    app.redact_shop(desk.shop)
    return {}


def settings(desk: Desk, given: Body) -> Any:
    if given.get("standing", "open") not in STANDINGS:
        raise Refused(f"a shop is {', '.join(STANDINGS)}, not {given['standing']!r}")
    for name, value in given.items():
        desk.shop.truth.set(name, value)
    return given


def expire_tokens(desk: Desk, given: Body) -> Any:
    """Every issued access token ends now; refresh tokens too with refresh=True."""
    truth = desk.shop.truth
    with truth.transaction():
        for token in truth.all(Token):
            token.expires_at = truth.now()
            if given.get("refresh"):
                token.refresh_expires_at = truth.now()
            truth.keep(token)
    return {}


def id_token(desk: Desk, given: Body) -> Any:
    """As App Bridge would hand it to the embedded page; claims replace its own, null takes one away."""
    return {"id_token": id_tokens.id_token(desk.shop, int(given.get("seconds", 60)), given.get("claims"))}


def buyer_token(desk: Desk, given: Body) -> Any:
    """What a checkout or, with a customer, an account page holds: no merchant's page may take it."""
    return {"id_token": id_tokens.buyer_token(desk.shop, given.get("customer"))}


def add_fate(desk: Desk, given: Body) -> Any:
    fate = Fate(**given)
    codes = error_codes(fate.match or "")
    if fate.code and codes and fate.code not in codes:
        raise Refused(f"{fate.match} knows the codes {', '.join(codes)}, not {fate.code}")
    fate.freeze(desk.shop.truth)
    desk.shop.fates.add(fate)
    return desk.shop.fates.coming()


def throttle(desk: Desk, given: Body) -> Any:
    """size and per_second reshape the bucket; drain=True empties it, as the merchant's other apps would."""
    bucket, now = desk.shop.bucket, desk.shop.truth.now()
    if "size" in given or "per_second" in given:
        bucket.resize(int(given.get("size", bucket.size)), int(given.get("per_second", bucket.per_second)))
    if given.get("drain"):
        bucket.drain(now)
    return bucket.status(now)


def clock(desk: Desk, given: Body) -> Any:
    return {"now": desk.shop.truth.now().isoformat()}


def advance(desk: Desk, given: Body) -> Any:
    """The shop's clock moves on by so many seconds, or to a time (`to`); what became due happens."""
    seconds = float(given.get("seconds", 0))
    if "to" in given:
        seconds = (datetime.fromisoformat(given["to"]) - desk.shop.truth.now()).total_seconds()
    desk.shop.truth.advance(seconds)
    desk.shop.late.run(desk.shop.truth.now())
    app.come_due(desk.shop)
    desk.shop.woken.set()
    return clock(desk, {})


def truth(desk: Desk, given: Body) -> Any:
    return everything(desk.shop)


def calls(desk: Desk, given: Body) -> Any:
    found = desk.shop.truth.all(Call)
    if given.get("field"):
        found = [each for each in found if given["field"] in each.fields]
    return [as_json(each) for each in found]


ROUTES: list[Route] = [
    ("GET", "", hello, keys()),
    ("POST", "app/uninstall", uninstall, keys()),
    ("POST", "app/install", install, keys("scopes")),
    ("POST", "app/scopes", set_scopes, keys("scopes")),
    ("POST", "app/version", deploy, keys("scopes optional_scopes")),
    ("POST", "app/secret", rotate_secret, keys("secret")),
    ("POST", "shop/update", save_shop, keys()),
    ("POST", "shop/redact", redact_shop, keys()),
    ("POST", "settings", settings, keys("redacts credit_limit gift_card_limit presentment_currencies standing")),
    ("POST", "tokens/expire", expire_tokens, keys("refresh")),
    ("POST", "id_token", id_token, {"seconds": None, "claims": None}),
    ("POST", "id_token/buyer", buyer_token, keys("customer")),
    ("POST", "fates", add_fate, keys(" ".join(each.name for each in fields(Fate)))),
    *FATES,
    ("POST", "throttle", throttle, keys("size per_second drain")),
    ("GET", "clock", clock, keys()),
    ("POST", "clock", advance, keys("seconds to")),
    ("GET", "truth", truth, keys()),
    ("GET", "calls", calls, keys("field")),
]
