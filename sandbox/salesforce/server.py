"""The sockets of an org: the sandbox's server, with the org's own clock in every Date."""

from __future__ import annotations

from email.utils import format_datetime

from sandbox.ground.server import Conversation, Respond, Server
from sandbox.salesforce.org import Org


class OrgConversation(Conversation):
    """One connection to the org."""

    server: OrgServer

    def date_time_string(self, timestamp: float | None = None) -> str:
        """What the Date header says: integrations take the org's time from it."""
        return format_datetime(self.server.org.truth.now(), usegmt=True)


class OrgServer(Server):
    """The server of one org."""

    def __init__(self, port: int, respond: Respond, org: Org) -> None:
        super().__init__(port, respond)
        self.org = org
        self.RequestHandlerClass = OrgConversation
