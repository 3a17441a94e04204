"""The place where Flask-Security finds and keeps its users: the hub's operators, through the services."""

import logging
from typing import Any

from flask import g
from flask_security import RoleMixin, UserDatastore, UserMixin, WebAuthnMixin
from werkzeug.exceptions import Conflict

from core.services.accounts import AccountChanged, Key, find_account, keep_account, spend_code
from core.services.house import House
from web.accounts.user import Credential, Role, User

log = logging.getLogger(__name__)
BY = {"id": "id", "email": "email", "fs_uniquifier": "uniquifier"}


class Operators(UserDatastore):
    """Nothing is written before `commit`, which the library calls when a page has done what was asked."""

    def __init__(self, house: House) -> None:
        super().__init__(User, Role, Credential)
        self._house = house

    def find_user(self, case_insensitive: bool = False, **by: Any) -> User | None:
        """The operator with that id, address or uniquifier; an address never minds its case."""
        ((name, value),) = by.items()
        found = find_account(self._house, **{BY[name]: value})
        return User(found) if found else None

    def find_role(self, role: str) -> RoleMixin | None:
        """The library is told of no roles."""
        return None

    def find_webauthn(self, credential_id: bytes) -> Credential | None:
        """The passkey with that id, and its operator with it."""
        account = find_account(self._house, credential_id=credential_id)
        user = User(account) if account else None
        keys: list[Credential] = user.webauthn if user else []
        return next((key for key in keys if key.credential_id == credential_id), None)

    def find_user_from_webauthn(self, webauthn: WebAuthnMixin) -> UserMixin | None:
        """Whose passkey it is."""
        assert isinstance(webauthn, Credential)
        return webauthn.user

    def create_webauthn(self, user: UserMixin, credential_id: bytes, *told: Any, **named: Any) -> None:
        """The operator has one more passkey."""
        assert isinstance(user, User)
        key = Key(
            credential_id=credential_id,
            is_backed_up=named.pop("backup_state"),
            transports=[str(getattr(one, "value", one)) for one in named.pop("transports", None) or ()],
            used_at=self._house.now(),
            **named,
        )
        user.webauthn.append(Credential(key, user))
        self.put(user)

    def delete_webauthn(self, webauthn: WebAuthnMixin) -> None:
        """The passkey opens nothing any more."""
        assert isinstance(webauthn, Credential)
        webauthn.user.webauthn.remove(webauthn)
        self.put(webauthn.user)

    def mf_delete_recovery_code(self, user: UserMixin, idx: int) -> bool:
        """The code is spent now, not at the end: two who bring it at once are not both let in."""
        assert isinstance(user, User)
        code = user.mf_recovery_codes.pop(idx)
        if not spend_code(self._house, user.id, code):
            raise Conflict("that recovery code has just been used")
        return True

    def put(self, model: Any) -> Any:
        """What has changed is kept at the next `commit`."""
        user = getattr(model, "user", model)
        changed = g.setdefault("changed_users", [])
        if user not in changed:
            changed.append(user)
        return model

    def commit(self) -> None:
        """What has changed is kept."""
        for user in g.pop("changed_users", []):
            try:
                keep_account(self._house, user.account)
            except AccountChanged:  # its visit ended with the old password: the next page asks to sign in
                log.warning("a form of %s was not kept: a new password was set meanwhile", user.id)
