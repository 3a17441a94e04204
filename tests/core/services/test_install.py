"""Install: whoever comes back left from here, lately and once, and speaks for the same account as before."""

from urllib.parse import parse_qs, urlsplit

import pytest

from core.contract.errors import NeedsAttention
from core.models import Connection, ConnectionStatus
from core.services import install
from core.services.failpoints import OF_INSTALLING
from core.services.install import BadReturn, begin_install, finish_install
from tests.support.hub import MINUTE, Scene
from tests.support.shop import SHOPS, PretendShop


@pytest.fixture
def portal(bare: Scene) -> PretendShop:
    """A portal that lets one code in as itself, and another as somebody else."""
    made = PretendShop(f"portal-{bare.shop.name}", codes={"good": "portal-1", "foreign": "portal-2"})
    SHOPS[made.name] = made
    return made


def begin(bare: Scene, portal: PretendShop) -> str:
    """The state with which the admin leaves."""
    address = begin_install(bare.hub, "portal", "The portal", {"shop": portal.name})
    assert address is not None
    told = parse_qs(urlsplit(address).query)
    assert told["back"] == [f"{bare.hub.base_url}/dashboard/connect/back"]
    return told["state"][0]


def row(bare: Scene) -> Connection:
    """The connection as stored."""
    found: Connection = bare.one(Connection, connector="portal")
    return found


def tokens(bare: Scene) -> str | None:
    """What the connection's keep holds."""
    return bare.hub.keep_of(row(bare).id).get("tokens")


def test_until_an_admin_agreed_the_connection_waits(bare: Scene, portal: PretendShop) -> None:
    begin(bare, portal)
    assert (row(bare).status, row(bare).hint) == (
        ConnectionStatus.NEEDS_ATTENTION,
        "an admin of Pretend portal has to agree first",
    )


def test_whoever_agrees_is_connected_and_their_tokens_are_kept(bare: Scene, portal: PretendShop) -> None:
    _, account, _ = finish_install(bare.hub, begin(bare, portal), "good")
    assert account.source_id == "portal-1"
    assert (row(bare).status, row(bare).source_id, row(bare).hint) == (ConnectionStatus.ACTIVE, "portal-1", None)
    assert tokens(bare) == "tokens of portal-1"
    assert begin_install(bare.hub, "portal", "The portal", {"shop": portal.name}) is None


@pytest.mark.parametrize("spoilt", ["", "nobody", "{row}", "{row}.", "{row}.guess", "0" * 32 + ".guess", "x" * 10_000])
def test_a_missing_or_foreign_state_is_refused(bare: Scene, portal: PretendShop, spoilt: str) -> None:
    """HS-30."""
    state = begin(bare, portal)
    with pytest.raises(BadReturn, match="begin again"):
        finish_install(bare.hub, spoilt.format(row=row(bare).id), "good")
    assert tokens(bare) is None
    assert finish_install(bare.hub, state, "good")  # a guess did not use it up


def test_a_state_works_once(bare: Scene, portal: PretendShop) -> None:
    """HS-30."""
    state = begin(bare, portal)
    finish_install(bare.hub, state, "good")
    portal.codes["good"] = "portal-1"
    with pytest.raises(BadReturn):
        finish_install(bare.hub, state, "good")


def test_a_state_is_forgotten_after_ten_minutes(bare: Scene, portal: PretendShop) -> None:
    state = begin(bare, portal)
    bare.watch.forward(10 * MINUTE)
    with pytest.raises(BadReturn, match="ten minutes"):
        finish_install(bare.hub, state, "good")


def test_a_code_of_another_account_is_refused_and_the_old_tokens_stay(bare: Scene, portal: PretendShop) -> None:
    """HS-30: a code for a different portal than the connection's."""
    finish_install(bare.hub, begin(bare, portal), "good")
    bare.hub.keep_of(row(bare).id).change("tokens", lambda _known: "tokens of portal-1")
    again = _begin_anew(bare, portal)
    with pytest.raises(NeedsAttention, match="connected to portal-1"):
        finish_install(bare.hub, again, "foreign")
    assert tokens(bare) == "tokens of portal-1"
    assert row(bare).source_id == "portal-1"


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("point", OF_INSTALLING)
def test_a_connection_works_and_has_its_tokens_or_neither_wherever_the_hub_dies(
    bare: Scene, portal: PretendShop, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that passed in between would find a connection without tokens, and have a person look after it."""

    def reach(name: str) -> None:
        if name == point:
            raise Killed

    monkeypatch.setattr(install, "reach", reach)
    state = begin(bare, portal)
    with pytest.raises(Killed):
        finish_install(bare.hub, state, "good")
    is_done = point == "install.after_commit"
    assert (row(bare).status == ConnectionStatus.ACTIVE) is (tokens(bare) is not None) is is_done
    monkeypatch.undo()
    if not is_done:
        portal.codes["good"] = "portal-1"
        finish_install(bare.hub, begin(bare, portal), "good")
        assert (row(bare).status, tokens(bare)) == (ConnectionStatus.ACTIVE, "tokens of portal-1")


def test_a_code_that_the_source_refuses_changes_nothing(bare: Scene, portal: PretendShop) -> None:
    with pytest.raises(NeedsAttention, match="used up"):
        finish_install(bare.hub, begin(bare, portal), "unknown")
    assert (row(bare).source_id, tokens(bare)) == (None, None)


def _begin_anew(bare: Scene, portal: PretendShop) -> str:
    """The tokens were revoked, so the admin has to agree once more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.support.shop.PortalConnector.is_installed", lambda _self: False)
        return begin(bare, portal)
