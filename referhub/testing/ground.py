"""What every check stands on: a connector opened as the hub opens it, and what its author gives."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from referhub import Connector, Credit, Http, Marks, WebhookRequest, config_from, settings_of
from referhub.testing.faulty_http import FaultyHttp
from referhub.testing.recordings import Recording, recordings_in
from referhub.testing.source import Source
from referhub.testing.verdict import missing
from referhub.testing.watched import Watched

Opening = Callable[..., Watched]


class Ground:
    """Fixtures and attributes that the author of a connector overrides.

    `connector_class` and `recordings_folder` are needed always, `settings` too, `source` by most optional parts.
    `wrong_settings` names one value that must be refused for each setting that is not just any text.
    `signature_headers` are those without which a request is not proven; `covered` says what else the proof covers
    beside the body: "method", "path", "query". A source that signs nothing has `covered = {"path"}` and no
    signature headers: then the secret part of the address is all the proof there is.
    `kinds_without_key` are the reward kinds that the source would give twice if it were asked twice.
    `exempt` are tests that cannot be run, with the reason: they are shown as skipped, never as passed.
    """

    connector_class: ClassVar[type[Connector]]
    recordings_folder: ClassVar[Path]
    wrong_settings: ClassVar[Mapping[str, str]] = {}
    signature_headers: ClassVar[tuple[str, ...]] = ()
    covered: ClassVar[frozenset[str]] = frozenset({"body"})
    kinds_without_key: ClassVar[frozenset[str]] = frozenset()
    exempt: ClassVar[Mapping[str, str]] = {}

    @pytest.fixture
    def settings(self) -> Mapping[str, str]:
        """What somebody would fill in to connect."""
        missing("the fixture `settings`", "override it: return a dict with a value for every required setting")

    @pytest.fixture
    def source(self) -> Source:
        """The pretend vendor."""
        return Source()

    @pytest.fixture
    def network(self) -> Http:
        """The way to the pretend vendor; the hub's own by default, for a vendor that is a server on this machine."""
        from core.gateway.http_client import HttpClient

        return HttpClient()

    @pytest.fixture
    def recordings(self, source: Source) -> list[Recording]:
        """The recorded requests; after `source`, so that it can hold what they speak of."""
        return recordings_in(self.recordings_folder) if hasattr(self, "recordings_folder") else []

    def signed(self, request: WebhookRequest, settings: Mapping[str, str]) -> WebhookRequest:
        """The request as the source would send it now. By default as recorded; override it to sign anew."""
        return request

    def opened(self, settings: Mapping[str, str], http: Http) -> Connector:
        """A connector as the hub opens it."""
        return self.connector_class(config_from(self.connector_class.config_class, settings), http)

    @pytest.fixture
    def http(self, network: Http) -> FaultyHttp:
        """The network of this test's connector."""
        return FaultyHttp(network)

    @pytest.fixture
    def another(self, settings: Mapping[str, str]) -> Opening:
        """Opens one more connector, over that `http` or over none: as another process of the hub would."""

        def another(http: FaultyHttp | None = None) -> Watched:
            over = http or FaultyHttp()
            return Watched(self.opened(settings, over), over, self.secrets(settings))

        return another

    @pytest.fixture
    def connector(self, another: Opening, http: FaultyHttp) -> Watched:
        """The connector under test."""
        return another(http)

    def secrets(self, settings: Mapping[str, str]) -> list[str]:
        """The values that nobody may see."""
        names = [spec.name for spec in settings_of(self.connector_class.config_class) if spec.is_secret]
        return [settings[name] for name in names if settings.get(name)]

    @pytest.fixture(autouse=True)
    def _told_exemption(self, request: pytest.FixtureRequest) -> None:
        reason = self.exempt.get(getattr(request.node, "originalname", ""))
        if reason:
            pytest.skip(reason)


def intended(connector: Watched, credit: Credit) -> Credit:
    """The credit as the hub sends it: with the watermark that was taken before, where there is one."""
    if not isinstance(connector.connector, Marks):
        return credit
    from dataclasses import replace

    return replace(credit, watermark=connector.must("watermark", credit))


def told(outcome: Any) -> str:
    """An outcome in words, for a message."""
    return f"{type(outcome).__name__}({getattr(outcome, 'reason', outcome)})"
