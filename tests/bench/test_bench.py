"""The benchmark runs and measures everything; how fast this machine is, it must not care."""

import json
import subprocess
import sys

import pytest

from bench import rounds
from bench.__main__ import main
from bench.crms import UNLIMITED
from bench.measures import AIMS, WORDS, Aim, Measure, Results
from bench.orders import signed_orders
from bench.report import as_text
from bench.writing import Told
from connectors.hubspot.governor import Governor
from connectors.shopify.signature import is_signed
from referhub import Memory
from tests.support.places import ROOT
from tests.support.postgres import PostgresServer

BATCHES = {"salesforce": 200, "hubspot": 100}


@pytest.fixture(scope="module")
def told(postgres: PostgresServer) -> dict:
    """What `python -m bench --quick --json` prints; the server is only asked for so that it is known to be there."""
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_measure_has_a_positive_number_on_both_databases(told: dict) -> None:
    found = {(measure["kind"], measure["database"]) for measure in told["measures"]}
    at_crms = {(kind, crm) for kind in ("write", "bare") for crm in ("Salesforce", "HubSpot")}
    kinds = set(WORDS) - {"hello", "write", "bare"}
    assert found == {(kind, one) for kind in kinds for one in ("SQLite", "PostgreSQL")} | {("hello", None)} | at_crms
    assert all(rate > 0 for measure in told["measures"] for rate in measure["per_second"])


def test_answers_come_with_latencies(told: dict) -> None:
    for measure in told["measures"]:
        if measure["kind"] in {"hello", "accept", "naive"}:
            assert 0 < measure["p50_ms"][0] <= measure["p99_ms"][0]


def test_fields_are_written_in_the_fewest_calls_that_the_vendors_allow(told: dict) -> None:
    """Salesforce takes two hundred people in a call, HubSpot a hundred."""
    calls = {measure["database"]: measure["calls"] for measure in told["measures"] if measure["kind"] == "write"}
    assert calls == {"Salesforce": 2, "HubSpot": 4}


def test_the_writing_can_be_measured_alone_with_ten_thousand_people(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line for each size and CRM; who writes, and how fast, is the other test's matter."""
    monkeypatch.setattr(rounds, "write_to", lambda crm, people: Told(300.0, 600.0, people // BATCHES[crm]))
    assert main(["write"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["Salesforce", "10,000", "50", "300", "600", "0.50"] in lines
    assert ["HubSpot", "10,000", "100", "300", "600", "0.50"] in lines


def test_the_sandbox_hubspot_limits_no_measurement() -> None:
    """The connector believes the limit that the sandbox tells, so it never waits for its ten seconds to be over."""

    def pause(seconds: float) -> None:
        raise AssertionError(f"it waits for {seconds} seconds")

    keep = Memory()
    governor = Governor(lambda: keep, lambda: 1_000_000.0, pause)
    governor.note({"x-hubspot-ratelimit-max": str(UNLIMITED), "x-hubspot-ratelimit-interval-milliseconds": "10000"})
    for _ in range(1_000):
        governor.take()


def test_every_aim_has_its_ratio(told: dict) -> None:
    assert [(ratio["words"], ratio["aim"]) for ratio in told["ratios"]] == [(aim.words, aim.at_least) for aim in AIMS]
    assert all(ratio["ratio"] > 0 for ratio in told["ratios"])


def test_orders_are_signed_and_as_large_as_real_ones() -> None:
    orders = list(signed_orders(100, shop_secret="s", codes=["ALICE"]))
    assert all(is_signed(order.body, order.signature, [b"s"]) for order in orders)
    assert all(4_000 < len(order.body) < 12_500 for order in orders)
    assert len({json.loads(order.body)["customer"]["id"] for order in orders}) == 100
    assert len({len(order.body) // 1_000 for order in orders}) > 3


def test_a_ratio_compares_within_a_round_and_says_when_it_is_below_its_aim() -> None:
    results = Results()
    for accepted, greeted in ((10, 100), (60, 100), (400, 1_000)):
        results.add(Measure("accept", "SQLite"), accepted)
        results.add(Measure("hello"), greeted)
    aim = Aim("accepts ÷ hello", Measure("accept", "SQLite"), Measure("hello"), 0.5)
    assert results.ratio(aim) == 0.4
    assert aim in AIMS
    assert "0.40" in as_text(results)
    assert "below" in as_text(results)
