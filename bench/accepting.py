"""Accepting: how many webhooks per second are verified, durably stored and acknowledged, and how soon (SH-22)."""

import json
import subprocess
import sys
from dataclasses import asdict

from bench.load import LoadOrder, LoadReport
from bench.scene import CODES, SECRET, SHOP, Scene, stored_keys
from bench.servers import ROOT
from core.database import Database


class Lost(RuntimeError):
    """Something was acknowledged and is not stored: no number is worth anything then."""


def post_orders(port: int, path: str, scene: Scene, seconds: float) -> LoadReport:
    """Signed orders are sent to `path`; every acknowledged one was found in the database. Raises `Lost`."""
    report = _send(LoadOrder(port, path, True, seconds, SHOP, SECRET, list(CODES)))
    database = Database(scene.url)
    missing = set(report.acknowledged) - stored_keys(database.engine)
    database.close()
    if missing or not report.acknowledged:
        raise Lost(f"{scene.name}: of {len(report.acknowledged)} acknowledged deliveries {len(missing)} are not stored")
    return report


def ask_hello(port: int, seconds: float) -> LoadReport:
    """The same connections ask for nothing but a greeting."""
    return _send(LoadOrder(port, "/", False, seconds, SHOP, SECRET, list(CODES)))


def _send(order: LoadOrder) -> LoadReport:
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(asdict(order)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return LoadReport(**json.loads(done.stdout))
