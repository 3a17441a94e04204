"""The command serves an org in a process of its own, and its truth outlives that process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from sandbox.salesforce import OrgControl, SandboxOrg
from sandbox.salesforce.command import salesforce
from tests.sandbox.salesforce.listening import Listener
from tests.support.places import ROOT


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    command = [sys.executable, "-m", "sandbox.salesforce.command", "--json", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_it_says_where_it_listens_and_its_truth_outlives_a_kill(tmp_path: Path, listener: Listener) -> None:
    kept = str(tmp_path / "org.db")
    options = ("--data", kept, "--client-secret", "s3", "--username", "hub@acme.example", "--hub-url", listener.url)
    with running(*options, "--feature", "persons", "--no-kit") as (_, where):
        assert (where["client_secret"], where["username"], where["client_id"]) == (
            "s3",
            "hub@acme.example",
            "sandbox-consumer-key",
        )
        desk = OrgControl(where["url"])
        assert desk.hello()["org_id"] == where["org_id"]
        person = desk.create_account(LastName="Berg")
        assert desk.settle()
        assert [each["Id"] for each in listener.about(person["Id"])] == [person["Id"]]
    with running("--data", kept) as (process, where):
        assert where["client_secret"] == "s3"
        assert OrgControl(where["url"]).read(person["Id"]) == person
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_a_taken_port_is_refused_in_one_sentence(org: SandboxOrg) -> None:
    port = org.base_url.rsplit(":", 1)[1]
    told = CliRunner().invoke(salesforce, ["--port", port])
    sentence = f"Error: port {port} is taken: stop what listens there, or choose another with --port\n"
    assert (told.exit_code, told.output) == (1, sentence)


def test_a_certificate_that_is_none_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("nonsense", encoding="utf-8")
    told = CliRunner().invoke(salesforce, ["--certificate", str(tmp_path / "x.pem")])
    assert (told.exit_code, told.output[:7], told.output.count("\n")) == (1, "Error: ", 1)
