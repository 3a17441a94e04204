"""A connector that the settings switch off stays off, whatever anybody clicks or types."""

from pathlib import Path

from config.settings import ConnectorSettings
from tests.support.live import Scene, scene

OFF = {"shopify": ConnectorSettings(enabled=False)}
BY = "the program's own start"


def test_what_the_file_switches_off_no_command_switches_on(tmp_path: Path, sqlite_url: str) -> None:
    with scene(tmp_path, sqlite_url) as before:
        before.advocate()
        before.order(before.friend())
        with before.door():
            assert before.desk.settle(30)
        locked = Scene(tmp_path, sqlite_url, before.shop, port=before.port, given={"connectors": OFF})
        locked.connection_id = before.connection_id
        assert f"off: by {BY}" in locked.invoke("connections", "list").stdout
        assert [row["health"] for row in locked.referhub("connections", "list")] == ["disabled"]
        answer = locked.referhub("connections", "enable", "shopify")
        assert (answer["enabled"], answer["is_on"], answer["locked_by"]) == (True, False, BY)
        assert f"It stays off: {BY} says so" in locked.invoke("connections", "enable", "shopify").stdout
        assert f"off: by {BY}" in locked.invoke("connections", "list").stdout
        calls = len(before.desk.calls())
        assert locked.drain() == 0
        assert len(before.desk.calls()) == calls
        assert locked.referhub("conversions", "list") == []
        locked.hub.database.close()


def test_what_arrives_while_it_is_off_is_kept_and_counted_later(tmp_path: Path, sqlite_url: str) -> None:
    with scene(tmp_path, sqlite_url) as open_again:
        open_again.advocate()
        locked = Scene(tmp_path, sqlite_url, open_again.shop, port=open_again.port, given={"connectors": OFF})
        with locked.door():
            open_again.order(open_again.friend())
            assert open_again.desk.settle(30)
        locked.drain()
        assert {row["state"] for row in locked.deliveries()} == {"stored"}
        locked.hub.database.close()
        open_again.drain()
        assert len(open_again.referhub("conversions", "list")) == 1
