"""The servers that are compared, each a process of its own: the product, a "hello", and a naive Flask view.

`python -m bench.servers hello|naive ...` serves the other two with the product's own server.
"""

import base64
import contextlib
import hashlib
import hmac
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from flask import Flask, Response, request

from bench.scene import SECRET, Scene
from core.clock import system_clock
from core.database import Database
from core.models import Connection, StoredDelivery, new_id
from webhooks.server import Server, end_on_signals

ROOT = Path(__file__).resolve().parents[1]
THREADS = 32
STOP_SECONDS = 20
PRODUCT = [sys.executable, str(ROOT / "app.py"), "serve"]


class Serving:
    """A server that is starting; whoever asks for its port waits until it listens, so that many start side by side."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @cached_property
    def port(self) -> int:
        """Where it listens."""
        assert self._process.stdout is not None
        first = self._process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", first)
        if found is None:
            raise RuntimeError(f"{self._process.args!r} did not start: {first!r}")
        return int(found[1])


@contextlib.contextmanager
def product(scene: Scene, *, threads: int = THREADS, worker: bool = False) -> Iterator["Serving"]:
    """`referhub serve` itself."""
    told = {
        "DATABASE_URL": scene.url,
        "SECRET_KEY_FILE": str(scene.key_file),
        "PORT": "0",
        "THREADS": str(threads),
        "WORKER": str(worker).lower(),
    }
    with _serving(PRODUCT, {f"REFERHUB_{name}": value for name, value in told.items()}) as serving:
        yield serving


@contextlib.contextmanager
def hello(*, threads: int = THREADS) -> Iterator["Serving"]:
    """A Flask application that says hello, on the product's server."""
    with _serving([sys.executable, "-m", "bench.servers", "hello", str(threads)]) as serving:
        yield serving


@contextlib.contextmanager
def naive(scene: Scene, *, threads: int = THREADS) -> Iterator["Serving"]:
    """A Flask view that verifies and commits one ORM row per request, as durably as the product."""
    command = [sys.executable, "-m", "bench.servers", "naive", str(threads), scene.url, scene.connection_id]
    with _serving(command) as serving:
        yield serving


@contextlib.contextmanager
def _serving(command: list[str], settings: dict[str, str] | None = None) -> Iterator["Serving"]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REFERHUB_")}
    given = clean | (settings or {})
    with subprocess.Popen(command, cwd=ROOT, env=given, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Serving(process)
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def hello_app() -> Flask:
    """What the server costs with nothing behind it."""
    app = Flask("hello")

    @app.get("/")
    def say() -> str:
        return "hello"

    return app


def naive_app(database_url: str, connection_id: str) -> Flask:
    """What one writes in an afternoon: right and durable, one commit per request."""
    app = Flask("naive")
    database = Database(database_url, pool_size=THREADS)
    with database.reading() as session:
        merchant_id = session.get_one(Connection, connection_id).merchant_id

    @app.post("/")
    def take() -> Response:
        body = request.get_data()
        digest = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
        if not hmac.compare_digest(digest, request.headers.get("X-Shopify-Hmac-SHA256", "")):
            return Response(status=401)
        now = system_clock()
        with database.transaction() as session:
            session.add(
                StoredDelivery(
                    id=new_id(),
                    merchant_id=merchant_id,
                    connection_id=connection_id,
                    key=request.headers["X-Shopify-Webhook-Id"],
                    topic=request.headers["X-Shopify-Topic"],
                    headers={"x-shopify-shop-domain": request.headers["X-Shopify-Shop-Domain"]},
                    body=body,
                    size=len(body),
                    received_at=now,
                    due_at=now,
                )
            )
        return Response(status=200)

    return app


def main(kind: str, threads: str, *rest: str) -> None:
    """Serves until SIGTERM."""
    end_on_signals()
    app = hello_app() if kind == "hello" else naive_app(*rest)
    server = Server(app, host="127.0.0.1", port=0, threads=int(threads))
    print(f"listens on http://127.0.0.1:{server.port}", flush=True)
    try:
        server.run()
    finally:
        server.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
