"""The pages about operators: who may do what for this merchant, and everybody's own account."""

from typing import Any

from flask import abort, flash, redirect, render_template, request
from flask_security import current_user
from werkzeug.wrappers import Response

from core.queries.attention import attention
from core.queries.operators import invitations, operators
from core.services import operator_links
from core.services import operators as verbs
from core.services.accounts import find_account
from core.services.house import House
from core.services.invitations import invite
from core.services.operators import BadOperator
from core.services.resets import reset_for
from core.services.roles import MEANINGS, OWNER, ROLES, VIEWER
from core.services.secretary import Secretary
from core.services.visits import sign_out_everywhere
from web.accounts.limits import allow_guess
from web.accounts.needs import Need
from web.accounts.places import ACCOUNT, DASHBOARD, SIGN_IN, WELCOME
from web.accounts.visiting import choose
from web.accounts.visitor import current_visitor

Answer = str | Response | tuple[str, int]
OPERATORS = f"{DASHBOARD}/operators"
OPEN = Need(is_open=True)
FRESH_OWNER = Need(OWNER, needs_fresh=True)
ROUTES = (
    (f"{ACCOUNT}/", "account", Need(VIEWER)),
    (f"{ACCOUNT}/forgot", "forgot", OPEN),
    (f"{ACCOUNT}/sso", "sso", OPEN),
    (f"{ACCOUNT}/sso/back", "sso_back", OPEN),
    (OPERATORS, "operators", Need(OWNER)),
    (f"{WELCOME}/<kind>/<secret>", "link", OPEN),
)
ACTIONS = (
    (f"{ACCOUNT}/name", "rename", Need(VIEWER)),
    (f"{ACCOUNT}/email", "change_email", Need(VIEWER, needs_fresh=True)),
    (f"{ACCOUNT}/everywhere", "leave_everywhere", Need(VIEWER)),
    (f"{ACCOUNT}/forgot", "send_reset", OPEN),
    (f"{DASHBOARD}/merchant", "switch", Need(VIEWER)),
    (f"{OPERATORS}/invite", "invite", FRESH_OWNER),
    (f"{OPERATORS}/<operator_id>/role", "set_role", FRESH_OWNER),
    (f"{OPERATORS}/<operator_id>/remove", "remove", FRESH_OWNER),
    (f"{OPERATORS}/<operator_id>/reset", "reset", FRESH_OWNER),
    (f"{OPERATORS}/invitations/<invitation_id>/withdraw", "withdraw", FRESH_OWNER),
    (f"{WELCOME}/<kind>/<secret>", "use_link", OPEN),
)


class Pages:
    """One method per page or button, named like its row in the tables above."""

    def __init__(self, house: House, secretary: Secretary, *, has_issuer: bool = False) -> None:
        self._house = house
        self._has_issuer = has_issuer
        self._secretary = secretary

    def account(self) -> Answer:
        """The visitor's own account."""
        return self._account()

    def rename(self) -> Answer:
        """The operator is called something else."""
        return self._own(lambda who: verbs.rename(self._house, who, _said("name")), "You are called that now.")

    def change_email(self) -> Answer:
        """The operator signs in with another address, once it is known to be theirs."""
        email = _said("email")
        if not self._secretary.can_mail:
            return self._own(lambda who: self._set_email(who, email), "Sign in with that address.")

        def ask(who: str) -> None:
            self._secretary.confirm(email, operator_links.make_email_change(self._house, who, email))

        return self._own(ask, "Open the link that was just sent to the new address.")

    def _set_email(self, who: str, email: str) -> None:
        if self._has_issuer:  # it would let somebody else into this account, by an address that nobody has proved
            raise BadOperator("no mail can be sent to prove that address: ask an owner to invite you with it")
        operator_links.set_email(self._house, who, email)

    def leave_everywhere(self) -> Answer:
        """Every browser of the operator is signed out, this one too."""
        sign_out_everywhere(self._house, _operator_id())
        return redirect(SIGN_IN, 303)

    def forgot(self) -> Answer:
        """Where somebody asks for a new password."""
        return render_template("accounts/forgot.html", can_mail=self._secretary.can_mail)

    def send_reset(self) -> Answer:
        """A link is mailed if there is such an operator; nobody learns whether there is."""
        email = _said("email")
        allow_guess(f"reset:{email}")
        account = find_account(self._house, email=email)
        if account and account.is_active and self._secretary.can_mail:
            self._secretary.reset(account.email, operator_links.make_reset(self._house, account.id))
        return render_template("accounts/forgot.html", can_mail=self._secretary.can_mail, is_sent=True)

    def switch(self) -> Answer:
        """The visit goes on at another merchant."""
        choose(_said("merchant"))
        return redirect(f"{DASHBOARD}/", 303)

    def operators(self) -> Answer:
        """Who may do what for this merchant."""
        return self._operators()

    def invite(self) -> Answer:
        """Somebody is invited; the link is mailed, or shown to be passed on."""
        visitor, email, role = current_visitor(), _said("email"), _said("role")
        try:
            secret = invite(
                self._house, visitor.merchant_id, email, role, visitor.name, is_mailed=self._secretary.can_mail
            )
        except BadOperator as problem:
            return self._operators(problem=str(problem)), 400
        link = self._secretary.invite(email, secret, visitor.merchant_name, role, visitor.name)
        return self._operators(done="" if link else f"An invitation was mailed to {email}.", link=link, whose=email)

    def set_role(self, operator_id: str) -> Answer:
        """The operator may do more, or less."""
        visitor = current_visitor()
        return self._done(
            lambda: verbs.set_role(self._house, visitor.merchant_id, operator_id, _said("role"), visitor.name)
        )

    def remove(self, operator_id: str) -> Answer:
        """The operator sees nothing of this merchant any more."""
        visitor = current_visitor()
        return self._done(lambda: verbs.remove(self._house, visitor.merchant_id, operator_id, visitor.name))

    def withdraw(self, invitation_id: str) -> Answer:
        """The invitation works no more."""
        visitor = current_visitor()
        return self._done(lambda: verbs.withdraw(self._house, visitor.merchant_id, invitation_id, visitor.name))

    def reset(self, operator_id: str) -> Answer:
        """A link with which the operator sets a new password: mailed, or shown to be passed on."""
        visitor = current_visitor()
        try:
            secret, email = reset_for(
                self._house, visitor.merchant_id, operator_id, visitor.name, is_by_house_owner=visitor.is_house_owner
            )
        except BadOperator as problem:
            return self._operators(problem=str(problem)), 400
        if self._secretary.can_mail:
            self._secretary.reset(email, secret)
            return self._operators(done=f"A link was mailed to {email}.")
        return self._operators(link=self._secretary.link("reset", secret), whose=email)

    def _done(self, verb: Any) -> Answer:
        try:
            verb()
        except BadOperator as problem:
            return self._operators(problem=str(problem)), 400
        return redirect(OPERATORS, 303)

    def _own(self, verb: Any, words: str) -> Answer:
        try:
            verb(_operator_id())
        except BadOperator as problem:
            return self._account(str(problem)), 400
        flash(words, "success")
        return redirect(f"{ACCOUNT}/", 303)

    def _operators(self, **told: Any) -> str:
        merchant_id = current_visitor().merchant_id
        with self._house.database.reading() as session:
            rows, invited = operators(session, merchant_id), invitations(session, merchant_id, self._house.now())
        shown = {"rows": rows, "invited": invited, "roles": ROLES, "meanings": MEANINGS, "waits": self._waits()}
        return render_template("accounts/operators.html", here="operators", **shown, **told)

    def _account(self, problem: str = "") -> str:
        account = find_account(self._house, id=_operator_id())
        told = {"account": account, "problem": problem, "can_mail": self._secretary.can_mail, "waits": self._waits()}
        return render_template("accounts/account.html", here="account", meanings=MEANINGS, **told)

    def _waits(self) -> Any:
        hub = self._house.within(current_visitor().merchant_id)
        with hub.database.reading() as session:
            return attention(session)


def _said(name: str) -> str:
    return request.form.get(name, "").strip()


def _operator_id() -> str:
    """Who is signed in; 404 where nobody signs in."""
    if not current_user.is_authenticated:
        abort(404)
    return str(current_user.id)
