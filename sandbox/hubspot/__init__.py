"""A fake HubSpot: its date-based API, signed webhooks, scripted fates, and a desk to run it from."""

from sandbox.hubspot.control import PortalControl
from sandbox.hubspot.running import SandboxPortal

__all__ = ["PortalControl", "SandboxPortal"]
