"""The id token with which App Bridge says who looks at an embedded page, proven by the SDK and by ourselves.

https://shopify.dev/docs/apps/build/authentication-authorization/session-tokens
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from jwt import ExpiredSignatureError
from shopify import session_token

from connectors.shopify.query_proof import shop_of
from referhub import NotProven

LONGEST_TOKEN = 4_096
STAFF_ID = re.compile(r"[0-9]{1,20}")


def claims_of(token: str, client_id: str, secrets: Sequence[bytes]) -> Mapping[str, Any]:
    """The claims of a staff member's token of this app, good now. Raises `NotProven`, renewable when it only ended.

    Buyers' tokens have the same secret and audience; they carry no `iss` and no `sid`, or a customer for a `sub`.
    """
    if not token:
        raise NotProven("there is no id token", renewable=True)
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise NotProven("this is no id token")
    claims = _decoded(token, client_id, secrets)
    _refuse_odd(claims)
    return claims


def shop_in(claims: Mapping[str, Any]) -> str:
    """The shop that proven claims are about."""
    return str(claims["dest"]).removeprefix("https://")


def _decoded(token: str, client_id: str, secrets: Sequence[bytes]) -> Mapping[str, Any]:
    refused: Exception | None = None
    for secret in secrets:
        try:
            claims: Mapping[str, Any] = session_token.decode_from_header(f"Bearer {token}", client_id, secret.decode())
        except (session_token.SessionTokenError, ValueError, TypeError, AttributeError) as problem:
            refused = refused if _has_ended(refused) else problem
        else:
            return claims
    if _has_ended(refused):
        raise NotProven("the id token has ended", renewable=True)
    raise NotProven("the id token is not one of this app's staff")


def _has_ended(problem: Exception | None) -> bool:
    return problem is not None and isinstance(problem.__cause__, ExpiredSignatureError)


def _refuse_odd(claims: Mapping[str, Any]) -> None:
    """What the SDK lets through: no end, a staff id that is none, a shop by another spelling."""
    shop = shop_of(str(claims["dest"]).removeprefix("https://"))
    is_odd = (
        type(claims.get("exp")) is not int
        or type(claims.get("nbf")) is not int
        or not STAFF_ID.fullmatch(str(claims["sub"]))
        or claims["dest"] != f"https://{shop}"
        or claims["iss"] != f"https://{shop}/admin"
        or not all(isinstance(claims[name], str) and claims[name] for name in ("sid", "jti"))
    )
    if is_odd:
        raise NotProven("the id token is not one of this app's staff")
