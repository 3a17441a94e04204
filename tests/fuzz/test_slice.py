"""Every hostile input that is known, and a few hundred made up, at every parser and at the door."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from app import create_app
from core.queries.digest import digest
from core.services.inbox import Inbox
from fuzz.parsers import PARSERS
from tests.support import databases, hooks
from tests.support.live import Scene, scene

HOSTILE = sorted(Path(__file__).with_name("hostile").iterdir())
TOPICS = ("orders/paid", "orders/updated", "refunds/create", "customers/update", "customers/merge", "app/scopes_update")
FRAGMENTS = st.sampled_from([file.read_bytes()[:2_000] for file in HOSTILE])


@pytest.mark.parametrize("name", PARSERS)
def test_no_known_hostile_input_breaks_a_parser(name: str) -> None:
    """S9, S10: refused or understood, and nothing else."""
    for file in HOSTILE:
        PARSERS[name](file.read_bytes())


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=150, derandomize=True)
@given(raw=st.binary(max_size=200) | st.text(max_size=60).map(str.encode) | FRAGMENTS, cut=st.integers(0, 400))
def test_nothing_made_up_breaks_a_parser(name: str, raw: bytes, cut: int) -> None:
    PARSERS[name](raw[:cut] + raw[cut + 1 :])


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("hostile")
    with scene(folder, databases.copy_sqlite(migrated_sqlite, folder)) as made:
        yield made


def test_no_signed_hostile_body_is_more_than_stored_and_marked(stage: Scene) -> None:
    """S10: signed as the shop would sign it, under topics that the hub reads: no 500, and no money moves."""
    inbox = Inbox(stage.hub)
    client = Client(create_app(stage.settings, stage.hub, inbox))
    with stage.hub.database.reading() as session:
        before = digest(session)
    sent = {}
    for number, file in enumerate(HOSTILE):
        body, key = file.read_bytes(), str(uuid4())
        told = hooks.headers(stage.shop.client_secret, body, topic=TOPICS[number % len(TOPICS)], key=key)
        answer = client.post(f"/hooks/{stage.connection_id}", headers=told, data=body)
        assert answer.status_code in (200, 400, 401, 413, 415), file.name
        sent[key] = (file.name, answer.status_code)
    inbox.close()
    stage.drain()
    states = {row["key"]: row["state"] for row in stage.deliveries() if row["key"] in sent}
    assert set(states) == {key for key, (_, status) in sent.items() if status == 200}
    assert set(states.values()) <= {"read", "ignored", "unreadable"}, states
    with stage.hub.database.reading() as session:
        assert digest(session) == before
    stage.assert_sound()
