"""The demo leaves nothing behind, whatever happens to it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.demo.processes import Servers, hub_environment
from tests.support.places import ROOT
from tests.support.processes import wait_until


@contextmanager
def demo(folder: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """`referhub demo` in a folder, in a process of its own."""
    running = subprocess.Popen(
        [sys.executable, "-m", "referhub", "demo", *options],
        cwd=folder,
        env=hub_environment() | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def addresses(running: "subprocess.Popen[str]") -> list[tuple[str, int]]:
    """Where the demo's servers listen, as soon as it says so in its two lines."""
    assert running.stdout is not None
    said = []
    for line in running.stdout:
        said.append(line)
        if line.strip().startswith("HubSpot http"):
            return [(host, int(port)) for host, port in re.findall(r"http://(127\.0\.0\.1):(\d+)", "".join(said[-2:]))]
    raise AssertionError(f"the demo ended before its servers listened: {''.join(said)}")


def answers(address: tuple[str, int]) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(address) == 0


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, *(pytest.param(one, marks=pytest.mark.long) for one in (signal.SIGINT, signal.SIGHUP))],
)
def test_a_demo_that_is_interrupted_ends_its_servers_and_removes_its_folder(
    tmp_path: Path, number: signal.Signals
) -> None:
    with demo(tmp_path, "--once") as running:
        servers = addresses(running)
        assert len(servers) == 4
        running.send_signal(number)
        said, _ = running.communicate(timeout=60)
        assert running.returncode == 128 + number, said
    assert [answers(server) for server in servers] == [False] * 4
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with demo(tmp_path, "--once", "--json", "--port", port) as running:
            said, _ = running.communicate(timeout=60)
    assert running.returncode == 1
    assert said.strip() == f"The demo failed: port {port} is taken: choose another with --port, or leave --port out"


def test_a_folder_that_is_not_the_demos_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / "data" / "demo" / "precious"
    kept.parent.mkdir(parents=True)
    kept.write_text("mine")
    with demo(tmp_path) as running:
        said, _ = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "was not made by the demo" in said
    assert kept.read_text() == "mine"


def test_no_setting_of_the_persons_own_hub_reaches_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFERHUB_DATABASE_URL", "postgresql://precious")
    monkeypatch.setenv("REFERHUB_CONNECT_CLIENT_SECRET", "precious")
    assert "precious" not in json.dumps(hub_environment(port="1"))
    assert hub_environment(port="1")["REFERHUB_PORT"] == "1"


def test_a_server_that_ends_too_early_is_noticed_with_its_last_words(tmp_path: Path) -> None:
    with Servers() as servers:
        server = servers.start("hub", ["no-such-verb"], tmp_path, os.environ | {"PYTHONPATH": str(ROOT)})
        server.process.wait(60)
        with pytest.raises(Exception, match="the hub ended with status 2"):
            server.answers("http://127.0.0.1:9/")
        assert "No such command 'no-such-verb'" in server.last_words()


def test_a_server_that_does_not_listen_to_being_asked_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    monkeypatch.setattr("sandbox.demo.processes.REFERHUB", (sys.executable, "-c", deaf))
    monkeypatch.setattr("sandbox.demo.processes.END_SECONDS", 0.2)
    began = time.monotonic()
    with Servers() as servers:
        server = servers.start("hub", [], tmp_path, os.environ)
        wait_until(lambda: "deaf" in server.last_words(), "it is deaf")
    assert server.process.returncode == -signal.SIGKILL
    assert time.monotonic() - began < 20
