"""The test server is a real, durable PostgreSQL, and stopping it leaves nothing behind."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from tests.support.places import ROOT
from tests.support.postgres import URL_SETTING, PostgresServer, fresh_database

ours = pytest.mark.skipif(URL_SETTING in os.environ, reason=f"{URL_SETTING} names a server that is not ours")

STARTS_AND_WAITS = """
from tests.support.postgres import running_postgres
with running_postgres() as server:
    print(server.admin_url, flush=True)
    input()
"""


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_the_server_keeps_what_it_acknowledges(postgres: PostgresServer, setting: str) -> None:
    assert postgres.show(setting) == "on"


def test_a_copy_of_a_template_has_its_rows_and_its_own_life(postgres: PostgresServer) -> None:
    with fresh_database(postgres) as template:
        with psycopg.connect(template, autocommit=True) as connection:
            connection.execute("CREATE TABLE note AS SELECT 'kept' AS word")
        with fresh_database(postgres, template) as copy:
            with psycopg.connect(copy, autocommit=True) as connection:
                assert connection.execute("UPDATE note SET word = 'changed' RETURNING word").fetchone() == ("changed",)
            with psycopg.connect(template) as connection:
                assert connection.execute("SELECT word FROM note").fetchone() == ("kept",)


def test_a_database_is_gone_after_its_block(postgres: PostgresServer) -> None:
    with fresh_database(postgres) as url:
        psycopg.connect(url).close()
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)


@ours
def test_the_server_is_gone_with_its_folder_when_its_block_ends() -> None:
    starter = _start_another()
    folder = _folder_of(starter)
    assert (folder / "data" / "postmaster.pid").exists()
    starter.communicate(b"\n", timeout=20)
    assert starter.returncode == 0
    assert not folder.exists()


@ours
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a server that its parent died")
def test_the_server_stops_even_if_the_test_run_is_killed() -> None:
    starter = _start_another()
    folder = _folder_of(starter)
    starter.kill()
    starter.communicate()
    deadline = time.monotonic() + 20
    while (folder / "data" / "postmaster.pid").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    stopped = not (folder / "data" / "postmaster.pid").exists()
    shutil.rmtree(folder)
    assert stopped


def _start_another() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", STARTS_AND_WAITS], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def _folder_of(starter: "subprocess.Popen[bytes]") -> Path:
    assert starter.stdout is not None
    address = starter.stdout.readline().decode().strip()
    return Path(parse_qs(urlsplit(address).query)["host"][0])
