"""`referhub serve` says where it listens, and what to do when it cannot."""

import socket

from tests.support.live import Scene, prefixed
from tests.support.processes import free_port, started, wait_for_line


def test_without_a_public_address_it_says_where_it_listens(stage: Scene) -> None:
    here = f"http://127.0.0.1:{(port := free_port())}"
    with started(["serve"], stage.environment | prefixed({"port": port}), stage.folder) as process:
        said = wait_for_line(process, "referhub listens on")
    assert said == f"referhub listens on {here} (dashboard: {here}/dashboard/)\n"


def test_with_a_public_address_it_says_both(stage: Scene) -> None:
    told = prefixed({"port": (port := free_port()), "base_url": "https://ref.example.com"})
    with started(["serve"], stage.environment | told, stage.folder) as process:
        said = wait_for_line(process, "referhub listens on")
    assert said.startswith(
        f"referhub listens on http://127.0.0.1:{port}, known to the world as https://ref.example.com"
    )


def test_a_taken_port_is_one_sentence_with_the_fix(stage: Scene) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started(["serve"], stage.environment | prefixed({"port": port}), stage.folder) as process:
            assert process.ended() == 1
    assert process.output == f"port {port} is taken: stop what listens there, or set REFERHUB_PORT\n"


def test_turning_the_clock_of_a_live_hub_says_how_to_have_a_sandbox(stage: Scene) -> None:
    stage.hub.is_sandbox = False
    result = stage.invoke("clock", "1d")
    assert result.exit_code == 1
    assert result.stderr.endswith("set REFERHUB_ENVIRONMENT=sandbox, for the server too\n")
