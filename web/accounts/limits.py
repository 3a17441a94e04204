"""How often somebody may guess: every form that compares a secret counts its tries first."""

from typing import Any

from flask import current_app, request
from flask_security import current_user
from flask_security.forms import ChangePasswordForm, LoginForm, TwoFactorVerifyCodeForm, VerifyForm
from flask_security.recovery_codes import MfRecoveryForm
from werkzeug.exceptions import TooManyRequests

from core.services.guesses import may_try, proved
from core.services.house import House

EXTENSION = "referhub-house"


def allow_guess(account: str) -> None:
    """One more try is counted. Raises `TooManyRequests`, whether or not there is such an account."""
    if not may_try(_house(), account, address()):
        raise TooManyRequests


def right_guess(account: str) -> None:
    """The tries before are forgotten."""
    proved(_house(), account, address())


def address() -> str:
    """Where the request comes from, as far as the server knows."""
    return request.remote_addr or ""


def _house() -> House:
    house: House = current_app.extensions[EXTENSION]
    return house


class _Guessed:
    """A form whose right answer nobody may find by trying."""

    user: Any
    what = "password"

    def validate(self, **told: Any) -> bool:
        """True when the form is right; raises `TooManyRequests` before it is compared with anything."""
        account = f"{self.what}:{self._account()}"
        allow_guess(account)
        is_right: bool = super().validate(**told)  # type: ignore[misc]  # the library's form stands behind
        if is_right:
            right_guess(account)
        return is_right

    def _account(self) -> str:
        return str(self.user.id)


class SignInForm(_Guessed, LoginForm):
    """Address and password; nobody is remembered longer than their visit lasts."""

    remember = None  # how wtforms takes a field away

    def _account(self) -> str:
        return str(self.email.data or "")


class ProveForm(_Guessed, VerifyForm):
    """The password once more."""


class CodeForm(_Guessed, TwoFactorVerifyCodeForm):
    """The authenticator's code."""

    what = "code"


class RecoveryForm(_Guessed, MfRecoveryForm):
    """A recovery code."""

    what = "code"


class PasswordForm(_Guessed, ChangePasswordForm):
    """The old password and a new one."""

    def _account(self) -> str:
        return str(current_user.id)
