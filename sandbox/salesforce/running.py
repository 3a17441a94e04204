"""A running org: its server, its courier and its truth, started and stopped together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from sandbox.ground.running import Running
from sandbox.salesforce import desk, vendor
from sandbox.salesforce.desk.setup import ANNOUNCED
from sandbox.salesforce.messages.courier import Courier
from sandbox.salesforce.messages.queue import messages, set_up
from sandbox.salesforce.oauth.assertion import public_key
from sandbox.salesforce.org import FEATURES, INTEGRATION, Org, furnish, new_secret
from sandbox.salesforce.server import OrgServer
from sandbox.salesforce.truth import Truth


class SandboxOrg(Running):
    """
    A fake Salesforce org on loopback, used as `with SandboxOrg(...) as org: ... org.base_url`.

    data is the file of its truth (None keeps it in memory); with_kit brings the referral fields; features are
    orders, persons (person accounts) and currencies; certificate is the app's (PEM, or its public key);
    hub_url is an address that hears of every object. retry_scale shortens the vendor's gaps between retries
    (0: a test asks for each retry).
    """

    def __init__(
        self,
        data: Path | str | None = None,
        port: int = 0,
        with_kit: bool = True,
        features: Sequence[str] = ("orders",),
        username: str = "referhub@acme.example",
        client_id: str = "sandbox-consumer-key",
        client_secret: str | None = None,
        certificate: str | None = None,
        hub_url: str | None = None,
        retry_scale: float = 0.0,
    ) -> None:
        unknown = sorted(set(features) - set(FEATURES))
        if unknown:
            raise ValueError(f"an org has no feature {unknown[0]!r}; there are {', '.join(FEATURES)}")
        if certificate:
            public_key(certificate)
        truth = Truth(Path(data) if data else None)
        secret = client_secret or str(truth.setting("client secret") or new_secret())
        self.org = Org(truth, username, client_id, secret, retry_scale=retry_scale)
        furnish(self.org, with_kit, list(features))
        truth.set("client secret", secret)
        if certificate:
            truth.set("certificate", certificate)
        self._announce_to(hub_url)
        courier = Courier(self.org)
        own_desk = desk.Desk(self.org, courier, desk.ROUTES)
        server = OrgServer(port, own_desk.before(partial(vendor.respond, self.org)), self.org)
        super().__init__("sandbox-org", server, [courier], [truth])
        self.org.base_url = self.base_url

    def _announce_to(self, url: str | None) -> None:
        """An address that hears already is not told twice."""
        for name in ANNOUNCED if url else ():
            known = any((each.object, each.url) == (name, url) for each in messages(self.org))
            if url and self.org.kind(name) and not known:
                set_up(self.org, name, url)

    @property
    def org_id(self) -> str:
        return self.org.id

    @property
    def integration_user_id(self) -> str:
        return str(self.org.user(INTEGRATION)["Id"])

    @property
    def username(self) -> str:
        """The integration user's, for an assertion's subject."""
        return str(self.org.user(INTEGRATION)["Username"])

    @property
    def client_id(self) -> str:
        return self.org.client_id

    @property
    def client_secret(self) -> str:
        return self.org.client_secret
