"""The pages behind links that work once: owning the hub, joining a merchant, a new password, a new address."""

from typing import Any

from flask import current_app, flash, redirect, render_template, request
from flask_security import current_user, hash_password
from flask_security.proxies import _security
from flask_security.utils import login_user
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from core.services import invitations, operator_links
from core.services.house import House
from core.services.invitations import LinkSpent
from core.services.operators import BadOperator
from core.services.secretary import CONFIRM, JOIN, OWNER, RESET
from web.accounts.limits import allow_guess
from web.accounts.places import DASHBOARD, SIGN_IN

Answer = str | Response | tuple[str, int]
GONE = 410


class BadPassword(ValueError):
    """The password would be guessed; the text says why."""


class Links:
    """One page for each kind of link. Looking at it changes nothing; sending its form uses the link up."""

    def __init__(self, house: House) -> None:
        self._house = house

    def link(self, kind: str, secret: str) -> Answer:
        """What the link is good for, and the form that uses it."""
        return self._answer(kind, secret, self._shown)

    def use_link(self, kind: str, secret: str) -> Answer:
        """The link is used."""
        return self._answer(kind, secret, self._used)

    def _answer(self, kind: str, secret: str, verb: Any) -> Answer:
        if kind not in (OWNER, JOIN, RESET, CONFIRM):
            raise NotFound
        try:
            answer: Answer = verb(kind, secret)
        except LinkSpent as problem:
            allow_guess("links")  # nobody guesses 256 bits; who tries is told to wait
            return render_template("accounts/link_spent.html", problem=str(problem), sign_in=SIGN_IN), GONE
        except (BadOperator, BadPassword) as problem:
            return self._shown(kind, secret, str(problem)), 400
        return answer

    def _shown(self, kind: str, secret: str, problem: str = "") -> str:
        told: dict[str, Any] = {"kind": kind, "problem": problem, "here": request.path, "said": request.form}
        self._check(kind, secret)
        if kind == JOIN:
            told["offer"] = invitations.offer_of(self._house, secret)
            told["sign_in"] = SIGN_IN
        return render_template("accounts/link.html", **told)

    def _used(self, kind: str, secret: str) -> Response:
        self._check(kind, secret)  # before a password is hashed, which takes its time
        verbs = {OWNER: self._own, JOIN: self._join, RESET: self._reset, CONFIRM: self._confirm}
        return verbs[kind](secret)

    def _check(self, kind: str, secret: str) -> None:
        """Raises `LinkSpent`; a link to a new address says so when it is used."""
        if kind == OWNER and not invitations.welcome_works(self._house, secret):
            raise LinkSpent(invitations.OWN_ANEW)
        if kind == RESET and not operator_links.reset_works(self._house, secret):
            raise LinkSpent(operator_links.ASK_AGAIN)

    def _own(self, secret: str) -> Response:
        said = {"email": _said("email"), "name": _said("name")}
        who = invitations.accept_welcome(self._house, secret, **said, password=_hashed(**said))
        return _signed_in(who)

    def _join(self, secret: str) -> Response:
        offer = invitations.offer_of(self._house, secret)
        if offer.is_known:
            if not current_user.is_authenticated:
                raise BadOperator("sign in first, with the address that was invited")
            invitations.accept_as(self._house, secret, current_user.id)
            return redirect(f"{DASHBOARD}/", 303)
        password = _hashed(email=offer.email, name=_said("name"))
        return _signed_in(invitations.accept(self._house, secret, name=_said("name"), password=password))

    def _reset(self, secret: str) -> Response:
        operator_links.reset_password(self._house, secret, _hashed())
        flash("Your new password is set, and every browser was signed out.", "success")
        return redirect(SIGN_IN, 303)

    def _confirm(self, secret: str) -> Response:
        operator_links.confirm_email(self._house, secret)
        flash("From now on, sign in with your new address.", "success")
        return redirect(SIGN_IN, 303)


def _said(name: str) -> str:
    return request.form.get(name, "").strip()


def _hashed(**who: str) -> str:
    """The password of the form, as the table keeps it. Raises `BadPassword`."""
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        raise BadPassword("The two passwords are not the same.")
    problems, normal = _security.password_util.validate(password, True, **who)
    if problems:
        raise BadPassword(" ".join(map(str, problems)))
    return str(hash_password(normal))


def _signed_in(operator_id: str) -> Response:
    user = current_app.extensions["security"].datastore.find_user(id=operator_id)
    login_user(user, authn_via=["link"])
    return redirect(f"{DASHBOARD}/", 303)
