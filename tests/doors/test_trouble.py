"""When the database, the disk or the senders make trouble: 503 rather than a lie, and nothing acknowledged is lost."""

import contextlib
import os
import resource
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from app import create_app
from core.services.inbox import Inbox
from tests.doors.knocking import BODY, Door, status_of
from tests.support.hooks import headers
from tests.support.live import Scene, scene
from tests.support.processes import wait_until
from webhooks.server import Server

MIB = 1024 * 1024


@pytest.fixture
def own_door(tmp_path: Path, sqlite_url: str) -> Iterator[Door]:
    """A server that this test alone may ill-treat."""
    with scene(tmp_path, sqlite_url) as stage, stage.serving() as server:
        yield Door(stage, server)


@contextlib.contextmanager
def locked(stage: Scene) -> Iterator[None]:
    """Another process's transaction has the database to itself."""
    other = stage.another_hub().database
    with contextlib.closing(other), other.transaction() as session:
        session.connection()  # a transaction begins with its first statement
        yield


def test_a_locked_database_is_a_503_in_time_and_a_success_later(own_door: Door) -> None:
    """F14: the shop gives up after five seconds, so the answer comes before."""
    key = str(uuid4())
    time.sleep(2.1)  # whatever the door knew of the connection, it has to ask again
    with locked(own_door.stage):
        began = time.monotonic()
        assert own_door.post(own_door.signed(key=key)) == 503
        assert time.monotonic() - began < 5
    wait_until(lambda: own_door.post(own_door.signed(key=key)) == 200, "the same delivery is accepted")
    assert [row["key"] for row in own_door.stage.deliveries()].count(key) == 1


def test_a_full_inbox_refuses_at_once_and_keeps_what_it_took(tmp_path: Path, sqlite_url: str) -> None:
    with scene(tmp_path, sqlite_url) as stage:
        inbox = Inbox(stage.hub, capacity=1, patience=60)
        server = Server(create_app(stage.settings, stage.hub, inbox), host="127.0.0.1", port=stage.port, threads=8)
        ended = threading.Event()
        serving = threading.Thread(target=server.run, kwargs={"until": ended}, daemon=True)
        serving.start()
        address = ("127.0.0.1", stage.port)
        with locked(stage):
            taken: dict[str, socket.socket] = {}
            while not inbox._waiting.qsize():  # the first ones are in the writer's hand, and it waits for the database
                taken[f"taken {len(taken)}"] = knock(address, stage, f"taken {len(taken)}")
                time.sleep(0.1)
            assert status_of(knock(address, stage, "one too many")) == 503
        assert [status_of(connection) for connection in taken.values()] == [200] * len(taken)
        assert set(taken) <= {row["key"] for row in stage.deliveries()}
        assert status_of(knock(address, stage, "one too many")) == 200
        ended.set()
        serving.join(10)
        inbox.close()


def knock(address: tuple[str, int], stage: Scene, key: str) -> socket.socket:
    """A genuine webhook is sent; its answer may be waited for."""
    connection = socket.create_connection(address, timeout=30)
    told = headers(stage.shop.client_secret, BODY, key=key) | {"Host": "x", "Content-Length": str(len(BODY))}
    lines = [f"{name}: {value}" for name, value in told.items()]
    path = f"/hooks/{stage.connection_id}"
    connection.sendall("\r\n".join([f"POST {path} HTTP/1.1", "Connection: close", *lines, "", ""]).encode() + BODY)
    return connection


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lets one process limit another's files")
def test_a_full_disk_is_a_503_until_there_is_room_again(own_door: Door) -> None:
    """F13: the process lives, no acknowledged delivery is lost, and the file is whole."""
    pid = own_door.server.popen.pid
    file = own_door.stage.hub.database.url.removeprefix("sqlite:///")
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (Path(file).stat().st_size + MIB, resource.RLIM_INFINITY))
    body = b'"' + os.urandom(MIB // 8).hex().encode() + b'"'
    acknowledged, statuses = set(), []
    for _ in range(12):
        key = str(uuid4())
        statuses.append(own_door.post(own_door.signed(body, key), body))
        if statuses[-1] == 200:
            acknowledged.add(key)
    assert set(statuses) == {200, 503}
    assert own_door.server.popen.poll() is None
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert own_door.post(own_door.signed(body), body) == 200
    assert acknowledged <= own_door.stored()
    with own_door.stage.hub.database.engine.connect() as database:
        assert database.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_a_request_under_way_is_answered_before_the_server_ends(own_door: Door) -> None:
    """SIGTERM: what was begun is finished, and what is new is refused."""
    address = ("127.0.0.1", own_door.stage.port)
    key = str(uuid4())
    with locked(own_door.stage):
        under_way = knock(address, own_door.stage, key)
        time.sleep(0.5)
        own_door.server.popen.terminate()
        time.sleep(0.5)
    assert status_of(under_way) == 200
    assert own_door.server.ended(20) == 0, own_door.server.output
    assert key in own_door.stored()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=2)


def test_restarted_in_the_middle_nothing_acknowledged_is_missing(own_door: Door) -> None:
    """Publish, kill, start again, verify every id."""
    acknowledged = {key for key in (str(uuid4()) for _ in range(30)) if own_door.post(own_door.signed(key=key)) == 200}
    assert len(acknowledged) == 30
    own_door.server.kill()
    with own_door.stage.serving() as second:
        again = Door(own_door.stage, second)
        assert acknowledged <= again.stored()
        assert again.is_alive()
