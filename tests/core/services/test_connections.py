"""Connections: tested before they are stored, switched without loss, and paused when a person has to act."""

import pytest

from core.contract.errors import NeedsAttention, TryLater, WrongSetting
from core.contract.events import OrderPaid, SourceChanged, SourceRemoved
from core.models import AuditEntry, Connection, StoredDelivery
from core.rules.switches import Lock, Place, Switches
from core.services.connections import NotFound, connect, find, pause, switch
from core.services.connections import test_connection as try_connection
from core.worker import due_jobs, keep_house
from tests.support.hub import DAY, START, Scene, order
from tests.support.shop import SHOPS, PretendShop


def again(bare: Scene, **values: str) -> None:
    """The same label is connected once more."""
    connect(bare.hub, "pretend", "The shop", {"shop": bare.shop.name, **values})


def test_a_connection_is_tested_prepared_and_sealed(bare: Scene) -> None:
    row = bare.one(Connection)
    assert (row.source_id, row.status, row.is_enabled) == (bare.shop.name, "active", True)
    assert row.account["currency"] == "EUR"
    assert b"shpat_secret" not in row.config
    assert bare.hub.config_of(row) == {"shop": bare.shop.name}
    assert bare.shop.prepared == [f"http://127.0.0.1:8000/hooks/{row.id}"]
    assert bare.one(AuditEntry, verb="connect").subject == f"connection:{row.id}"


@pytest.mark.parametrize("problem", [NeedsAttention("the token is wrong"), TryLater("busy")])
def test_a_source_that_does_not_let_us_in_is_not_stored(bare: Scene, problem: Exception) -> None:
    SHOPS["other"] = PretendShop("other", ping_problem=problem)
    with pytest.raises(type(problem)):
        connect(bare.hub, "pretend", "Another", {"shop": "other"})
    assert len(bare.all(Connection)) == 1


def test_a_missing_setting_is_named_before_anything_happens(bare: Scene) -> None:
    with pytest.raises(WrongSetting, match="shop is missing"):
        connect(bare.hub, "pretend", "Another", {})
    with pytest.raises(WrongSetting, match="no connector 'shopfy'"):
        connect(bare.hub, "shopfy", "Another", {})
    assert len(bare.all(Connection)) == 1


def test_fresh_credentials_replace_the_old_ones_and_keep_the_address(bare: Scene) -> None:
    before = bare.one(Connection)
    old = bare.hub.connector(before)
    pause(bare.hub, before.id, "the token was revoked")
    again(bare, token="shpat_fresh")
    row = bare.one(Connection)
    assert (row.id, row.status, row.hint) == (before.id, "active", None)
    assert bare.hub.config_of(row)["token"] == "shpat_fresh"
    assert bare.hub.connector(row) is not old
    assert bare.hub.connector(row) is bare.hub.connector(row)


def test_a_label_cannot_be_moved_to_another_shop(bare: Scene) -> None:
    SHOPS["other"] = PretendShop("other")
    with pytest.raises(NeedsAttention, match="choose another label for other"):
        connect(bare.hub, "pretend", "The shop", {"shop": "other"})
    assert bare.one(Connection).source_id == bare.shop.name


def test_what_arrives_while_a_connection_is_off_is_kept(stage: Scene) -> None:
    switch(stage.hub, "The shop", on=False)
    stage.deliver(OrderPaid(order()))
    assert stage.work() == 0
    assert due_jobs(stage.hub) == []
    assert stage.one(StoredDelivery).state == "stored"
    switch(stage.hub, "The shop", on=True)
    stage.work()
    assert stage.one(StoredDelivery).state == "read"
    assert [entry.verb for entry in stage.all(AuditEntry) if entry.verb in ("enable", "disable")] == [
        "disable",
        "enable",
    ]


def test_a_connector_switched_off_in_the_configuration_is_left_alone(stage: Scene) -> None:
    stage.deliver(OrderPaid(order()))
    stage.hub.switches = Switches((Place({"pretend": Lock(False, "a file")}),))
    assert stage.work() == 0
    stage.hub.switches = Switches()
    stage.work()
    assert stage.one(StoredDelivery).state == "read"


def test_a_connection_is_found_by_id_or_label(bare: Scene) -> None:
    with bare.hub.database.reading() as session:
        assert find(session, "The shop").id == find(session, bare.connection.id).id
        with pytest.raises(NotFound, match="no connection is called 'shop'; connected: The shop"):
            find(session, "shop")


def test_trying_a_paused_connection_wakes_it_or_says_what_stands_in_the_way(bare: Scene) -> None:
    pause(bare.hub, bare.connection.id, "connect again")
    bare.shop.ping_problem = NeedsAttention("still revoked")
    with pytest.raises(NeedsAttention, match="still revoked"):
        try_connection(bare.hub, bare.connection.id)
    assert bare.one(Connection).status == "needs_attention"
    bare.shop.ping_problem = None
    try_connection(bare.hub, bare.connection.id)
    assert (bare.one(Connection).status, bare.one(Connection).hint) == ("active", None)


def test_an_uninstalled_app_removes_the_connection(stage: Scene) -> None:
    stage.tell(SourceRemoved(START + DAY))
    row = stage.one(Connection)
    assert row.status == "removed"
    assert "install it again" in row.hint
    assert stage.work() == 0


def test_a_late_uninstall_notice_does_not_remove_a_newer_installation(stage: Scene) -> None:
    stage.tell(SourceRemoved(START - DAY))
    assert stage.one(Connection).status == "active"


def test_a_source_that_changed_is_asked_who_it_is(stage: Scene) -> None:
    stage.shop.currency = "USD"
    stage.tell(SourceChanged(START + DAY))
    assert stage.one(Connection).account is None
    keep_house(stage.hub)
    assert stage.one(Connection).account["currency"] == "USD"


def test_one_source_is_never_connected_under_two_labels(bare: Scene) -> None:
    """Every order would count, and be rewarded, once for each label."""
    with pytest.raises(NeedsAttention, match="connected already: use its label 'The shop'"):
        connect(bare.hub, "pretend", "The shop again", {"shop": bare.shop.name})
    assert len(bare.all(Connection)) == 1


def test_of_two_who_connect_one_source_at_once_only_one_does(bare: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both looked before either had written: the table itself holds one source to one label."""
    monkeypatch.setattr("core.services.connections._refuse_twice", lambda *_: None)
    with pytest.raises(NeedsAttention, match="in use on this hub already, or is being connected just now"):
        connect(bare.hub, "pretend", "Another label", {"shop": bare.shop.name})
    assert [row.label for row in bare.all(Connection)] == ["The shop"]
