"""Signing in and out: every browser has a visit that the server knows, and can end."""

from datetime import timedelta
from typing import Any

from flask import Flask, Request, g, session
from flask_login import user_logged_out
from flask_security import Security, check_and_update_authn_fresh, current_user
from flask_security.signals import password_changed, user_authenticated
from flask_security.utils import set_request_attr

from core.queries.operators import has_operators
from core.services.accounts import Account
from core.services.house import House
from core.services.secretary import Secretary
from core.services.visits import Known, begin_visit, end_visit, known_by, sign_out_everywhere
from web.accounts.second_factor import is_lacking
from web.accounts.user import User
from web.accounts.visiting import CHOSEN, places_chosen
from web.accounts.visitor import Visitor

VISIT = "visit"
FRESH, GOES_ON = timedelta(minutes=15), timedelta(minutes=5)


class Signing:
    """Binds the library's sessions to visits: who has no visit is nobody, whatever else a cookie says."""

    def __init__(self, house: House, secretary: Secretary, *, requires_second_factor: bool) -> None:
        self._house = house
        self._secretary = secretary
        self._requires_second_factor = requires_second_factor

    def bind(self, app: Flask, security: Security) -> None:
        """From now on each sign-in begins a visit and each sign-out ends it."""
        security.login_manager.user_loader(self._load)
        security.login_manager.request_loader(lambda _request: None)  # no tokens: only visits
        # `weak=False`: the application holds them, nobody else does.
        user_authenticated.connect(self._begin, app, weak=False)
        password_changed.connect(self._begin_anew, app, weak=False)
        user_logged_out.connect(self._end, app, weak=False)

    def recognise(self, _request: Request) -> Visitor | None:
        """The operator whose visit it is, at the merchant they chose; None when nobody is signed in."""
        if not current_user.is_authenticated:
            return None
        account = current_user.behind
        place = places_chosen(self._house, account.id)
        return Visitor(
            account.id,
            account.name,
            place.role,
            place.id,
            place.name,
            account.is_house_owner,
            lacks_second_factor=self._lacks_second_factor(account, place.role),
        )

    def _lacks_second_factor(self, account: Account, role: str) -> bool:
        known = self.known()
        return self._requires_second_factor and is_lacking(account, role, known.proof if known else "")

    def has_operators(self) -> bool:
        """True when somebody could sign in."""
        with self._house.database.reading() as session:
            return has_operators(session)

    def known(self) -> Known | None:
        """Whose visit this request belongs to."""
        if "known" not in g:
            secret = session.get(VISIT, "")
            g.known = known_by(self._house, secret) if secret else None
        found: Known | None = g.known
        return found

    def _load(self, uniquifier: str) -> User | None:
        known = self.known()
        user = User.of(self._house, uniquifier) if known else None
        if user is None or known is None or user.id != known.operator_id:
            return None
        set_request_attr("fs_authn_via", "session")
        set_request_attr("fs_paa", session.get("fs_paa", 0))
        return user

    def _begin(self, _app: Flask, *, user: User, authn_via: list[str] | None = None, **_told: Any) -> None:
        self._leave()
        session.pop(CHOSEN, None)
        session[VISIT] = begin_visit(self._house, user.id, authn_via[0] if authn_via else "two steps")
        g.pop("known", None)

    def _begin_anew(self, app: Flask, *, user: User, **_told: Any) -> None:
        sign_out_everywhere(self._house, user.id)
        self._secretary.tell_password_changed(user.email)
        self._begin(app, user=user, authn_via=["password"])

    def _end(self, _app: Flask, **_told: Any) -> None:
        self._leave()
        session.clear()

    def _leave(self) -> None:
        if secret := session.pop(VISIT, ""):
            end_visit(self._house, secret)


def is_fresh() -> bool:
    """True when whoever is signed in has proved it in the last quarter of an hour."""
    return bool(current_user.is_authenticated) and check_and_update_authn_fresh(FRESH, GOES_ON, "session")


def scope() -> str:
    """What a form's token is bound to: this visit."""
    return str(session.get(VISIT, ""))
