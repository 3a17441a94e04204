"""The command serves a shop in a process of its own, and its truth outlives that process."""

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

from click.testing import CliRunner

from sandbox.shopify import SandboxShop, ShopControl
from sandbox.shopify.command import shopify
from tests.support.places import ROOT


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    command = [sys.executable, "-m", "sandbox.shopify.command", "--json", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_it_says_where_it_listens_and_ends_by_sigterm(tmp_path: Path) -> None:
    options = ("--domain", "my.myshopify.com", "--client-secret", "s3", "--currency", "USD", "--access-token", "t0")
    with running(*options) as (process, where):
        assert (where["domain"], where["client_secret"], where["access_token"]) == ("my.myshopify.com", "s3", "t0")
        assert ShopControl(where["url"]).hello()["currency"] == "USD"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_the_truth_survives_a_kill_with_its_counters_its_clock_and_its_post(tmp_path: Path) -> None:
    data = str(tmp_path / "shop.db")
    with running("--data", data, "--webhook-url", "http://127.0.0.1:9/") as (process, where):
        desk = ShopControl(where["url"])
        desk.hold()
        desk.advance(3600)
        first = desk.create_order(paid=True)
        before = desk.truth()
        os.kill(process.pid, signal.SIGKILL)
    with running("--data", data) as (_, where):
        desk = ShopControl(where["url"])
        assert desk.truth() == before
        assert [each["topic"] for each in desk.deliveries(state="held")] == ["orders/create", "orders/paid"]
        assert desk.now() > first["created_at"]
        assert desk.create_order()["id"] == first["id"] + 1


def test_a_currency_nobody_sells_in_is_refused_in_one_sentence() -> None:
    told = CliRunner().invoke(shopify, ["--currency", "XYZ"])
    assert told.exit_code == 1
    assert told.output.startswith("Error: currency 'XYZ'")


def test_a_taken_port_is_refused_in_one_sentence(shop: SandboxShop) -> None:
    port = shop.base_url.rsplit(":", 1)[1]
    told = CliRunner().invoke(shopify, ["--port", port])
    sentence = f"Error: port {port} is taken: stop what listens there, or choose another with --port\n"
    assert (told.exit_code, told.output) == (1, sentence)
