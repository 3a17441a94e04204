"""The test server is a real, durable PostgreSQL and leaves nothing behind."""

import pytest

from tests.support.postgres import PostgresServer


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_the_server_keeps_what_it_acknowledges(postgres: PostgresServer, setting: str) -> None:
    assert postgres.show(setting) == "on"
