"""The portals' own desk: it knows them all and the one courier."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.ground import desk
from sandbox.ground.desk import Body, Route
from sandbox.ground.refusal import Refused
from sandbox.hubspot.cloud import Cloud
from sandbox.hubspot.complaints import Complaint
from sandbox.hubspot.nouns import Portal
from sandbox.hubspot.webhooks.courier import Courier


class Desk(desk.Desk):
    """The desk of all portals; what HubSpot itself would refuse is refused here too."""

    REFUSALS = (Refused, Complaint)

    def __init__(self, cloud: Cloud, courier: Courier, routes: Sequence[Route]) -> None:
        super().__init__(cloud, courier, routes)
        self.cloud, self.courier = cloud, courier

    def portal(self, given: Body) -> Portal:
        """The portal that was named, or the first."""
        return self.cloud.portal(int(given["portal"])) if given.get("portal") else self.cloud.portals()[0]
