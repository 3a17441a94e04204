"""The form on which a source is connected: what to fill in, what to click at the source, where something is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.contract.connector import Guide
from core.contract.errors import ConnectorError, NeedsAttention, WrongSetting
from core.contract.http import Http, HttpResponse, NotSent
from core.contract.settings import SettingSpec, settings_of
from core.gateway.hub import Hub
from core.gateway.registry import connector_class, connector_keys
from core.models import Connection
from core.services.connections import connect, webhook_url
from core.services.install import begin_install, return_address

LONGEST_LABEL = 60
LABEL = "label"
OTHERWISE = ""  # the problem is of no single field


class BadField(ValueError):
    """Something has to be written differently, or done at the source first; `field` is its name, "" for the whole."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of source: its settings in order, and what to do there; one that `rotates` has a secret of ours."""

    key: str
    label: str
    settings: tuple[SettingSpec, ...]
    guide: Guide
    rotates: bool = False


@dataclass(frozen=True, slots=True)
class Connected:
    """What came of it; `agree_at` is where an admin has to agree first, and then nothing else is known yet."""

    agree_at: str = ""
    connection_id: str = ""
    label: str = ""
    account: str = ""
    webhook_url: str = ""
    findings: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


def kinds(hub: Hub) -> list[Kind]:
    """Every kind that is installed and can be loaded."""
    found = []
    for key in connector_keys():
        try:
            found.append(kind_of(hub, key))
        except WrongSetting:
            continue  # `referhub connect KEY` says what is wrong with it
    return found


def kind_of(hub: Hub, key: str) -> Kind:
    """That kind of source; what the hub makes up by itself is not asked for. Raises `WrongSetting`."""
    kind = connector_class(key)
    known = settings_of(kind.config_class)
    asked = [spec for spec in known if not spec.is_unasked and not _is_ours(spec, kind.config_class)]
    before = tuple(_told(step, hub) for step in kind.guide.before)
    rotates = any(spec.name.startswith("previous_") and spec not in asked for spec in known)
    return Kind(key, kind.label, tuple(asked), Guide(before, kind.guide.after), rotates)


def fill_in(hub: Hub, key: str, label: str, given: Mapping[str, str]) -> Connected:
    """The source is connected with what was filled in, or an admin has to agree first. Raises `BadField`."""
    label, kind = label.strip(), kind_of(hub, key)
    if not label or len(label) > LONGEST_LABEL:
        raise BadField(LABEL, f"give the connection a name of {LONGEST_LABEL} letters at most")
    values = {name: written.strip() for name, written in given.items() if written.strip()}
    heard = _Listening(hub)
    try:
        return _connected(replace(hub, http_factory=lambda: heard), kind, label, values)
    except ConnectorError as problem:
        raise _at_field(kind, values, problem, heard) from problem


def steps_after(hub: Hub, connection_id: str) -> tuple[str, ...]:
    """What is left to do at the source of that connection, with its own address."""
    with hub.database.reading() as session:
        row = session.get_one(Connection, connection_id)
    return _steps(hub, row.connector, webhook_url(hub, row))


def _connected(hub: Hub, kind: Kind, label: str, values: dict[str, str]) -> Connected:
    address = begin_install(hub, kind.key, label, values)
    if address:
        return Connected(agree_at=address, label=label)
    row, account, findings = connect(hub, kind.key, label, values)
    told = [*(f"Missing right: {right}" for right in account.missing_rights), *account.warnings, *findings]
    address = webhook_url(hub, row)
    return Connected(
        connection_id=row.id,
        label=row.label,
        account=f"{account.name} ({account.source_id})",
        webhook_url=address,
        findings=tuple(dict.fromkeys(told)),
        steps=_steps(hub, kind.key, address),
    )


def _steps(hub: Hub, key: str, address: str) -> tuple[str, ...]:
    return tuple(_told(step, hub, address) for step in connector_class(key).guide.after)


def _told(step: str, hub: Hub, address: str = "") -> str:
    return step.replace("{return_url}", return_address(hub)).replace("{webhook_url}", address)


def _is_ours(spec: SettingSpec, config_class: type) -> bool:
    """True for what the hub makes up, and for what a rotation of that leaves behind."""
    generated = {one.name for one in settings_of(config_class) if one.is_generated}
    return spec.name in generated | {f"previous_{name}{end}" for name in generated for end in ("", "_until")}


def _at_field(kind: Kind, values: Mapping[str, str], problem: ConnectorError, heard: "_Listening") -> BadField:
    """The problem in words, at the first field that it speaks of."""
    words = problem.hint if isinstance(problem, NeedsAttention) else str(problem)
    if heard.refusal:
        at = [name for name, written in values.items() if heard.host and heard.host in written.lower()]
        return BadField(at[0] if at else OTHERWISE, f"the hub could not connect there: {heard.refusal}")
    spoken = words.lower()
    named = [(spoken.find(one.name), one.name) for one in kind.settings if one.name in spoken]
    return BadField(min(named)[1] if named and isinstance(problem, WrongSetting) else OTHERWISE, words)


class _Listening:
    """The hub's way to the network, which remembers why a request could not even be sent."""

    def __init__(self, hub: Hub) -> None:
        self._inner: Http = hub.http_factory()
        self.refusal = self.host = ""

    def request(self, method: str, url: str, **more: object) -> HttpResponse:
        """As `Http.request`."""
        try:
            return self._inner.request(method, url, **more)  # type: ignore[arg-type]
        except NotSent as problem:
            self.refusal, self.host = str(problem), url.partition("://")[2].partition("/")[0].rpartition("@")[2].lower()
            raise
