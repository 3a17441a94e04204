"""A stand-in that runs: a server and its couriers, started and stopped together over truths that close with them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from sandbox.ground.postman import Postman
from sandbox.ground.server import Server

LOOK_FOR_THE_END_SECONDS = 0.01


class Truth(Protocol):
    """What a stand-in really holds."""

    def close(self) -> None: ...


class Running:
    """Used as `with … as it: ... it.base_url`; the name is that of its threads."""

    def __init__(self, name: str, server: Server, couriers: Sequence[Postman], truths: Sequence[Truth]) -> None:
        self._server, self._couriers, self._truths = server, couriers, truths
        self._thread = threading.Thread(
            target=server.serve_forever, args=[LOOK_FOR_THE_END_SECONDS], name=name, daemon=True
        )

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> Self:
        for courier in self._couriers:
            courier.start()
        self._thread.start()
        return self

    def stop(self) -> None:
        """No request is answered and nothing sent any more; every truth is closed."""
        if self._thread.is_alive():
            self._server.shutdown()
            for courier in self._couriers:
                courier.stop()
        self._server.server_close()
        self._server.hang_up()
        for truth in self._truths:
            truth.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
