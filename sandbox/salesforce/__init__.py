"""A fake Salesforce org: REST and bulk API, tokens, outbound messages, scripted fates, and a desk to run it from."""

from sandbox.salesforce.control import OrgControl
from sandbox.salesforce.running import SandboxOrg

__all__ = ["OrgControl", "SandboxOrg"]
