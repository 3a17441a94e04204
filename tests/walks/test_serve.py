"""The whole program as an operator starts it: one process that serves, reads, decides and pays."""

from pathlib import Path

from tests.support.live import Scene, scene
from tests.support.processes import wait_until


def test_one_process_does_everything(tmp_path: Path, sqlite_url: str) -> None:
    with scene(tmp_path, sqlite_url) as stage:
        stage.campaign(hold={"days": 0})
        with stage.serving(worker="true") as server:
            alice, bob = stage.advocate(), stage.friend()
            stage.order(bob)
            wait_until(lambda: is_paid(stage), "both rewards are paid")
            assert server.end() == 0, server.output
        assert (stage.moves(alice), stage.moves(bob)) == (["10.00"], ["4.00"])
        stage.assert_sound()


def is_paid(stage: Scene) -> bool:
    return stage.states() == {"advocate": "pushed", "friend": "pushed"}
