"""A running org: its server, its courier and its truth, started and stopped together."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from sandbox.ground.answers import Answer
from sandbox.ground.server import Request
from sandbox.salesforce import desk, vendor
from sandbox.salesforce.desk.setup import ANNOUNCED
from sandbox.salesforce.messages.courier import Courier
from sandbox.salesforce.messages.queue import messages, set_up
from sandbox.salesforce.oauth.assertion import public_key
from sandbox.salesforce.org import FEATURES, INTEGRATION, Org, furnish, new_secret
from sandbox.salesforce.server import OrgServer
from sandbox.salesforce.truth import Truth


class SandboxOrg:
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
        self._courier = Courier(self.org)
        self._desk = desk.Desk(self.org, self._courier, desk.ROUTES)
        self._server = OrgServer(port, self._respond, self.org)
        self.org.base_url = self.base_url
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01], name="sandbox-org", daemon=True)

    def _announce_to(self, url: str | None) -> None:
        """An address that hears already is not told twice."""
        for name in ANNOUNCED if url else ():
            known = any((each.object, each.url) == (name, url) for each in messages(self.org))
            if url and self.org.kind(name) and not known:
                set_up(self.org, name, url)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

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

    def start(self) -> SandboxOrg:
        self._courier.start()
        self._thread.start()
        return self

    def stop(self) -> None:
        """No call is answered and no message sent any more; the truth is closed."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._courier.stop()
        self._server.server_close()
        self._server.hang_up()
        self.org.truth.close()

    def __enter__(self) -> SandboxOrg:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _respond(self, request: Request) -> Answer:
        if request.path.startswith(desk.PREFIX):
            return self._desk.respond(request)
        return vendor.respond(self.org, request)
