"""What Flask-Security calls a user and a credential: an account and its passkeys, under the names it asks for."""

from datetime import UTC, datetime
from typing import Any

from flask_security import RoleMixin, UserMixin, WebAuthnMixin

from core.services.accounts import Account, Key, find_account
from core.services.house import House


class Role(RoleMixin):
    """Roles are the hub's own, one for each merchant: `Visitor.role`. The library is told of none."""


class _Part:
    """An attribute under the library's name that is one of the account's; there it is called `name`, or the same."""

    def __init__(self, name: str = "") -> None:
        self._name = name

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = self._name or name

    def __get__(self, owner: Any, _kind: type | None = None) -> Any:
        return self if owner is None else getattr(owner.behind, self._name)

    def __set__(self, owner: Any, value: Any) -> None:
        setattr(owner.behind, self._name, value)


class Credential(WebAuthnMixin):
    """A passkey of a user."""

    credential_id: Any = _Part()
    public_key: Any = _Part()
    name: Any = _Part()
    usage: Any = _Part()
    sign_count: Any = _Part()
    transports: Any = _Part()
    extensions: Any = _Part()
    device_type: Any = _Part()
    backup_state: Any = _Part("is_backed_up")

    def __init__(self, key: Key, user: "User") -> None:
        self.behind = key
        self.user = user

    @property
    def lastuse_datetime(self) -> datetime:
        """When it was used last, UTC without a zone, as the library wants it."""
        return self.behind.used_at.replace(tzinfo=None)

    @lastuse_datetime.setter
    def lastuse_datetime(self, at: datetime) -> None:
        self.behind.used_at = at.replace(tzinfo=UTC)

    def get_user_mapping(self) -> dict[str, Any]:
        """How its user is found."""
        return {"id": self.user.behind.id}


class User(UserMixin):
    """An operator who signs in."""

    id: Any = _Part()
    email: Any = _Part()
    password: Any = _Part()
    active: Any = _Part("is_active")
    fs_uniquifier: Any = _Part("uniquifier")
    fs_webauthn_user_handle: Any = _Part("passkey_handle")
    tf_primary_method: Any = _Part("factor")
    tf_totp_secret: Any = _Part("factor_secret")
    mf_recovery_codes: Any = _Part("recovery_codes")
    tf_phone_number: Any = None
    roles: Any = ()
    webauthn: Any = ()

    def __init__(self, account: Account) -> None:
        self.behind = account
        self.webauthn = [Credential(key, self) for key in account.passkeys]

    @classmethod
    def of(cls, house: House, uniquifier: str) -> "User | None":
        """The operator with that uniquifier, unless they may not come any more."""
        account = find_account(house, uniquifier=uniquifier)
        return cls(account) if account and account.is_active else None

    @property
    def account(self) -> Account:
        """The account with the passkeys that the user has now."""
        self.behind.passkeys = [one.behind for one in self.webauthn]
        return self.behind
