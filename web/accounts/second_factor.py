"""The second factor: whose role takes one, and an authenticator's setup that a wrong code does not throw away."""

import functools
from collections.abc import Callable
from typing import Any

from flask import Response, current_app, make_response, render_template
from flask_security import current_user
from flask_security.proxies import _security
from flask_security.utils import check_and_get_token_status

from core.services.accounts import Account
from core.services.roles import ADMIN, reaches

# The issuer asks for whatever it wants to be sure of, and is not overruled here.
BY_ISSUER = "single sign-on"


def is_lacking(account: Account, role: str, proof: str) -> bool:
    """True when somebody with that role came in by a password that has nothing beside it."""
    return reaches(role, ADMIN) and proof != BY_ISSUER and not is_proved_twice(account)


def is_proved_twice(account: Account) -> bool:
    """True when no password alone opens the account; one without a password is opened by its passkeys."""
    return account.has_second_factor or (account.password is None and bool(account.passkeys))


def asking_again(view: Callable[..., Any]) -> Callable[..., Any]:
    """The library's last step of a setup, which keeps the square that was scanned after a wrong code."""

    @functools.wraps(view)
    def answer(token: str) -> Any:
        lasts = current_app.config["SECURITY_TWO_FACTOR_SETUP_WITHIN"]
        is_over, is_forged, state = check_and_get_token_status(token, "tf_setup", lasts)
        told = view(token)
        if is_over or is_forged or current_user.tf_totp_secret == state["totp_secret"]:
            return told
        return _same_square(token, state["totp_secret"])

    return answer


def _same_square(token: str, secret: str) -> Response:
    shown = _security.totp_factory.fetch_setup_values(secret, current_user)
    page = render_template(
        "accounts/authenticator.html",
        chosen_method="authenticator",
        changing=True,
        state_token=token,
        authr_qrcode=shown["image"],
        authr_key=shown["key"],
    )
    return make_response(page, 400)
