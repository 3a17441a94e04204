"""Letters: what the hub writes to its operators, in plain text, with links to its own address only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject and a text."""

    subject: str
    text: str


def invitation(link: str, merchant_name: str, role: str, invited_by: str) -> Letter:
    """Somebody may come in."""
    return Letter(
        "You are invited to referhub",
        f"{invited_by} invites you to look after the referrals of {merchant_name}, as {role}.\n\n"
        f"To accept, open this link within three days. It works once:\n\n{link}\n",
    )


def new_password(link: str) -> Letter:
    """Somebody forgot their password, or says so."""
    return Letter(
        "A new password for referhub",
        "Somebody, probably you, asked for a new password.\n\n"
        f"To set one, open this link within half an hour. It works once:\n\n{link}\n\n"
        "If it was not you, there is nothing to do: your password stays as it is.\n",
    )


def new_address(link: str) -> Letter:
    """Somebody wants to sign in with this address."""
    return Letter(
        "Is this your address?",
        "Somebody, probably you, wants to sign in to referhub with this address.\n\n"
        f"To confirm, open this link within half an hour. It works once:\n\n{link}\n\n"
        "If it was not you, there is nothing to do.\n",
    )


def password_changed() -> Letter:
    """So that nobody's password is changed without them."""
    return Letter(
        "Your password for referhub was changed",
        "Your password was changed just now, and every other browser was signed out.\n\n"
        "If it was not you, ask an owner for a link to set a new one, at once.\n",
    )
