"""The command serves a portal in a process of its own, and its truth outlives that process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sandbox.hubspot import PortalControl, SandboxPortal
from sandbox.hubspot.command import hubspot
from tests.support.places import ROOT


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    command = [sys.executable, "-m", "sandbox.hubspot.command", "--json", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_it_says_where_it_listens_and_ends_by_sigterm() -> None:
    options = ("--portal", "1", "--portal", "2", "--client-secret", "s3", "--access-token", "t0", "--app-id", "9")
    with running(*options, "--with-kit", "--hub-url", "http://127.0.0.1:9/") as (process, where):
        assert (where["portals"], where["client_secret"], where["app_id"]) == ([1, 2], "s3", 9)
        assert where["access_tokens"] == ["t0", "t0-1"]
        desk = PortalControl(where["url"])
        assert "referral_code" in desk.truth()["properties"]
        assert desk.configure()["url"] == "http://127.0.0.1:9/"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_the_truth_survives_a_kill(tmp_path: Path) -> None:
    data = str(tmp_path / "portal.db")
    with running("--data", data, "--webhook-url", "http://127.0.0.1:9/") as (process, where):
        desk = PortalControl(where["url"])
        desk.hold()
        desk.advance(3600)
        first = desk.create_contact(email="x@example.com")
        before = desk.truth()
        os.kill(process.pid, signal.SIGKILL)
    with running("--data", data) as (_, where):
        desk = PortalControl(where["url"])
        assert desk.truth() == before
        held = [each["body"]["subscriptionType"] for each in desk.events(state="held")]
        assert held == ["contact.propertyChange", "contact.creation"]
        assert desk.create_contact(email="y@example.com")["id"] == first["id"] + 1


@pytest.mark.parametrize(
    ("options", "said"), [(["--time-zone", "Mars/Olympus"], "Mars/Olympus"), (["--plan", "gold"], "'gold'")]
)
def test_what_cannot_be_is_refused_in_words(options: list[str], said: str) -> None:
    told = CliRunner().invoke(hubspot, options)
    assert told.exit_code != 0
    assert said in told.output
    assert "Traceback" not in told.output


def test_a_taken_port_is_refused_in_one_sentence(portal: SandboxPortal) -> None:
    port = portal.base_url.rsplit(":", 1)[1]
    told = CliRunner().invoke(hubspot, ["--port", port])
    sentence = f"Error: port {port} is taken: stop what listens there, or choose another with --port\n"
    assert (told.exit_code, told.output) == (1, sentence)
