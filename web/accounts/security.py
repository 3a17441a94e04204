"""Flask-Security, set up for the hub: what it offers, where, and what it holds proofs against."""

import functools
from collections.abc import Callable
from typing import Any

from flask import Flask, redirect
from flask_security import Security, current_user

from core.services.house import House
from core.services.secretary import Secretary
from web.accounts.datastore import Operators
from web.accounts.limits import EXTENSION, CodeForm, PasswordForm, ProveForm, RecoveryForm, SignInForm
from web.accounts.needs import FOR_SETUP, OPEN, Need
from web.accounts.places import ACCOUNT, DASHBOARD, SIGN_IN
from web.accounts.proofs import Codes, NoMail, Passkeys, Passwords
from web.accounts.second_factor import asking_again
from web.accounts.signing import FRESH, GOES_ON, Signing

SHORTEST_PASSWORD = 12
AUTHENTICATOR_IS_ON = "The authenticator is on. Now make recovery codes, for the day your phone is not there."
FORMS: dict[str, Any] = {
    "login_form": SignInForm,
    "verify_form": ProveForm,
    "change_password_form": PasswordForm,
    "two_factor_verify_code_form": CodeForm,
    "mf_recovery_form": RecoveryForm,
}
# The library's pages by endpoint: our template and address of each, as its settings call them.
PAGES = {
    "LOGIN": ("/sign-in", "LOGIN_USER", "sign_in"),
    "LOGOUT": ("/sign-out", "LOGOUT_USER", "sign_in"),
    "VERIFY": ("/prove", "VERIFY", "prove"),
    "CHANGE": ("/password", "CHANGE_PASSWORD", "password"),
    "TWO_FACTOR_SETUP": ("/authenticator", "TWO_FACTOR_SETUP", "authenticator"),
    "TWO_FACTOR_TOKEN_VALIDATION": ("/code", "TWO_FACTOR_VERIFY_CODE", "code"),
    "TWO_FACTOR_SELECT": ("/second-step", "TWO_FACTOR_SELECT", "second_step"),
    "TWO_FACTOR_RESCUE": ("/no-code", "TWO_FACTOR_VERIFY_CODE", "code"),
    "MULTI_FACTOR_RECOVERY_CODES": ("/recovery-codes", "MULTI_FACTOR_RECOVERY_CODES", "recovery_codes"),
    "MULTI_FACTOR_RECOVERY": ("/recovery", "MULTI_FACTOR_RECOVERY", "recovery"),
    "WAN_REGISTER": ("/passkeys", "WAN_REGISTER", "passkeys"),
    "WAN_DELETE": ("/passkeys/remove", "WAN_REGISTER", "passkeys"),
    "WAN_SIGNIN": ("/passkey", "WAN_SIGNIN", "passkey"),
    "WAN_VERIFY": ("/prove/passkey", "WAN_VERIFY", "prove_passkey"),
}
# What each of them takes. One that is missing here is for nobody, such as the library's mail to an administrator.
NEEDS: dict[str, Need] = {
    "login": OPEN,
    "logout": FOR_SETUP,
    "verify": FOR_SETUP,
    "change_password": Need(),
    "two_factor_setup": FOR_SETUP,
    "two_factor_setup_validate": FOR_SETUP,
    "two_factor_token_validation": OPEN,
    "tf_select": OPEN,
    "mf_recovery": OPEN,
    "mf_recovery_codes": Need(),
    "wan_register": FOR_SETUP,
    "wan_register_response": FOR_SETUP,
    "wan_delete": Need(needs_fresh=True),
    "wan_signin": OPEN,
    "wan_signin_response": OPEN,
    "wan_verify": FOR_SETUP,
    "wan_verify_response": FOR_SETUP,
}
# Between the password and the visit.
STEPS_OF_STRANGERS = ("two_factor_token_validation", "tf_select", "mf_recovery", "wan_signin")


def create_security(app: Flask, house: House, secretary: Secretary, *, requires_second_factor: bool) -> Signing:
    """The application has the library's pages under our address, and signs in operators by visits."""
    app.extensions[EXTENSION] = house
    app.config.update(_cookies(house), **{f"SECURITY_{name}": value for name, value in _settings(house).items()})
    security = Security(
        app,
        Operators(house),
        mail_util_cls=NoMail,
        password_util_cls=Passwords,
        webauthn_util_cls=Passkeys,
        totp_cls=Codes,
        **FORMS,
    )
    security.want_json(lambda _request: False)
    for name in STEPS_OF_STRANGERS:
        view = app.view_functions[f"security.{name}"]
        app.view_functions[f"security.{name}"] = _for_strangers(view)
    validated = app.view_functions["security.two_factor_setup_validate"]
    app.view_functions["security.two_factor_setup_validate"] = asking_again(validated)
    signing = Signing(house, secretary, requires_second_factor=requires_second_factor)
    signing.bind(app, security)
    return signing


def _for_strangers(view: Callable[..., Any]) -> Callable[..., Any]:
    """The view for whoever is not signed in; the library would sign out who is, at the sight of a mere link."""

    @functools.wraps(view)
    def answer(**told: Any) -> Any:
        return redirect(f"{DASHBOARD}/", 303) if current_user.is_authenticated else view(**told)

    return answer


def _cookies(house: House) -> dict[str, Any]:
    """The browser keeps one cookie; by https under a name that nobody else on our domain can set."""
    is_secure = house.base_url.startswith("https://")
    return {
        "SECRET_KEY": house.vault.lookup("the operators' cookies"),
        "SESSION_COOKIE_NAME": "__Host-referhub" if is_secure else "referhub",
        "SESSION_COOKIE_SECURE": is_secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        # Forms are checked in one place for all pages: web/dashboard/forms.py.
        "WTF_CSRF_ENABLED": False,
    }


def _settings(house: House) -> dict[str, Any]:
    addresses = {f"{name}_URL": path for name, (path, _kind, _page) in PAGES.items()}
    templates = {f"{kind}_TEMPLATE": f"accounts/{page}.html" for _path, kind, page in PAGES.values()}
    return {
        **addresses,
        **templates,
        **{f"POST_{what}_VIEW": place for what, place in _afterwards().items()},
        "URL_PREFIX": ACCOUNT,
        "API_ENABLED_METHODS": ["session"],
        "RETURN_GENERIC_RESPONSES": True,
        "CHANGEABLE": True,
        "SEND_PASSWORD_CHANGE_EMAIL": False,  # the secretary does
        "PASSWORD_SALT": house.vault.lookup("the operators' passwords"),
        "PASSWORD_SCHEMES": ["argon2"],
        "PASSWORD_LENGTH_MIN": SHORTEST_PASSWORD,
        "PASSWORD_COMPLEXITY_CHECKER": "zxcvbn",
        "FRESHNESS": FRESH,
        "FRESHNESS_GRACE_PERIOD": GOES_ON,
        "TWO_FACTOR": True,
        "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "TWO_FACTOR_RESCUE_EMAIL": False,
        "TOTP_SECRETS": {"1": house.vault.lookup("the operators' authenticators")},
        "TOTP_ISSUER": "referhub",
        "TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
        "MULTI_FACTOR_RECOVERY_CODES": True,
        "MULTI_FACTOR_RECOVERY_CODES_N": 8,
        "WEBAUTHN": True,
        "WAN_RP_NAME": "referhub",
        "WAN_ALLOW_USER_HINTS": False,  # whoever is asked for a passkey does not learn who has one
        "CLI_USERS_NAME": "",
        "CLI_ROLES_NAME": "",
        "MSG_GENERIC_AUTHN_FAILED": ("That address and password do not belong together.", "error"),
        "MSG_LOGIN": ("Please sign in.", "info"),
        "MSG_TWO_FACTOR_INVALID_TOKEN": ("That code is wrong, or its half minute is over.", "error"),
        "MSG_TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (AUTHENTICATOR_IS_ON, "success"),
    }


def _afterwards() -> dict[str, str]:
    return {"LOGIN": f"{DASHBOARD}/", "LOGOUT": SIGN_IN, "CHANGE": f"{ACCOUNT}/", "VERIFY": f"{ACCOUNT}/"}
