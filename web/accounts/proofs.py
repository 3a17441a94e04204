"""What proofs are held against: codes that work once, passkeys for our own address, passwords nobody guesses."""

from typing import Any

from flask import current_app, request
from flask_security import MailUtil, PasswordUtil, Totp, UserMixin, WebauthnUtil
from passlib.exc import UsedTokenError
from passlib.totp import TotpMatch

from core.services.accounts import spend_counter
from core.services.house import House
from web.accounts.limits import EXTENSION

LONGEST_PASSWORD = 200  # strength is judged in a time that grows with the length


def house() -> House:
    """The hub behind the application that answers."""
    found: House = current_app.extensions[EXTENSION]
    return found


class Codes(Totp):
    """The authenticator's codes, each of which works once."""

    def set_last_counter(self, user: UserMixin, tmatch: TotpMatch) -> None:
        """The code is spent. Raises `UsedTokenError` for whoever comes second with it."""
        if not spend_counter(house(), str(user.id), tmatch.counter):
            raise UsedTokenError


class Passkeys(WebauthnUtil):
    """Passkeys of the address that the browser sees, which a proxy may hide from us."""

    def origin(self) -> str:
        """The configured address when the request names its host, else the one that was asked."""
        base = house().base_url
        return base if base.partition("://")[2] == request.host else request.host_url.rstrip("/")

    def authenticator_selection(self, user: UserMixin, usage: str) -> Any:
        """Any device of the operator's will do, a phone as well as a key."""
        wanted = super().authenticator_selection(user, usage)
        wanted.authenticator_attachment = None
        return wanted


class Passwords(PasswordUtil):
    """Long ones that are not on every list of common ones, nor made of what everybody knows of the operator."""

    def validate(self, password: str, is_register: bool, **told: Any) -> tuple[list[Any] | None, str]:
        """The library's checks, told who the operator is, within a bounded length."""
        if len(password) > LONGEST_PASSWORD:
            return [f"Write at most {LONGEST_PASSWORD} letters."], password
        user = told.pop("user", None)
        if user is not None:
            told = {"email": user.behind.email, "name": user.behind.name}
        told["place"] = "referhub"
        return super().validate(password, True, **told)


class NoMail(MailUtil):
    """The hub writes its own letters (`core.mail`); the library sends none."""

    def send_mail(self, *_told: Any, **_named: Any) -> None:
        """Raises `NotImplementedError`: no feature that mails is switched on."""
        raise NotImplementedError("the library was asked to send mail")
