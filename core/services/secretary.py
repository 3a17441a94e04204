"""The secretary: makes links to the hub, and mails them where a mail server is configured."""

from dataclasses import dataclass

from core.gateway.hub import Hub
from core.mail import letters
from core.mail.letters import Letter
from core.mail.post import Post

OWNER, JOIN, RESET, CONFIRM = "owner", "join", "reset", "confirm"


def owner_link(hub: Hub, secret: str) -> str:
    """The address that makes its bearer the owner of the hub."""
    return Secretary(hub).link(OWNER, secret)


@dataclass(frozen=True, slots=True)
class Secretary:
    """Links begin with the configured address of the hub, never with what a request says."""

    hub: Hub
    post: Post | None = None

    @property
    def can_mail(self) -> bool:
        """True when links are mailed; where not, they are shown to whoever asked for them."""
        return self.post is not None

    def link(self, kind: str, secret: str) -> str:
        """The address that holds the secret."""
        return f"{self.hub.base_url.rstrip('/')}/welcome/{kind}/{secret}"

    def invite(self, email: str, secret: str, merchant_name: str, role: str, invited_by: str) -> str:
        """The link to show; empty when it was mailed, because then only the mailbox may hold it."""
        link = self.link(JOIN, secret)
        self._mail(email, letters.invitation(link, merchant_name, role, invited_by))
        return "" if self.can_mail else link

    def reset(self, email: str, secret: str) -> None:
        """The link is mailed; nobody else ever sees it."""
        self._mail(email, letters.new_password(self.link(RESET, secret)))

    def confirm(self, email: str, secret: str) -> None:
        """The link is mailed to the new address."""
        self._mail(email, letters.new_address(self.link(CONFIRM, secret)))

    def tell_password_changed(self, email: str) -> None:
        """The operator hears of it."""
        self._mail(email, letters.password_changed())

    def _mail(self, email: str, letter: Letter) -> None:
        if self.post is not None:
            self.post.send(email, letter.subject, letter.text)
