"""Writing: how many people's fields per second reach a CRM, in how many calls, beside the vendor's own client.

Both send the very same bodies to the same sandbox, which runs in a process of its own: the hub finds out what has to
change, sends it and keeps what came of it; the bare client only sends.
"""

import contextlib
import json
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from bench.crms import KEY, SECRET, TOKEN, Desk, Org, Portal
from bench.scene import TERMS
from bench.servers import ROOT
from core.contract.events import IdentityKind
from core.database import Database
from core.gateway.hub import Hub
from core.gateway.vault import Vault, load_keys
from core.migrations import migrate_database
from core.models import Campaign, Code, Connection, Identity, Person, SyncedRecord, new_id
from core.services.campaigns import create_campaign
from core.services.connections import connect
from core.services.field_verbs import go_live
from core.services.lease import Lane
from core.worker import drain

LONG = 3600.0
CRMS: Mapping[str, tuple[Callable[[str], Desk], tuple[str, ...]]] = {
    "salesforce": (Org, ("--client-id", KEY, "--client-secret", SECRET, "--retry-scale", "0")),
    "hubspot": (Portal, ("--access-token", TOKEN, "--client-secret", SECRET, "--retry-scale", "0")),
}


class Incomplete(RuntimeError):
    """Not everybody's fields arrived, or not in the fewest calls: no number is worth anything then."""


@dataclass(frozen=True, slots=True)
class Told:
    """People per second through the hub and through the bare client, who both needed so many calls."""

    hub: float
    bare: float
    calls: int


def write_to(crm: str, people: int) -> Told:
    """Everybody's code changes twice: once untimed, so that all is known, and once timed. Raises `Incomplete`."""
    desk_at, options = CRMS[crm]
    with _sandbox(crm, options) as url, _hub() as hub:
        desk = desk_at(url)
        connection, _, _ = connect(hub, crm, crm, desk.settings())
        codes = _enroll(hub, connection, desk.people(people))
        go_live(hub, crm)
        _write_all(hub, connection, codes, desk, "A")
        desk.forget_calls()
        seconds = _write_all(hub, connection, codes, desk, "B")
        bodies = [_with_other_codes(body) for body in desk.bodies()]
        if len(bodies) != -(-people // desk.batch):
            raise Incomplete(f"{people} people took {len(bodies)} calls of at most {desk.batch}")
        began = time.perf_counter()
        desk.write(bodies)
        return Told(people / seconds, people / (time.perf_counter() - began), len(bodies))


def _with_other_codes(body: Any) -> Any:
    """Of the same size, but not the same: a CRM has less to do for a value that stands there already."""
    return json.loads(re.sub(r"(BENCH-[0-9]+)B", r"\1C", json.dumps(body)))


def _write_all(hub: Hub, connection: Connection, codes: Mapping[str, str], desk: Desk, mark: str) -> float:
    """Everybody has a new code, and it stands in the CRM; the seconds that the writing took. Raises `Incomplete`."""
    changed = {"is_dirty": True, "due_at": hub.now(), "revision": SyncedRecord.revision + 1}
    with hub.database.transaction() as session:
        session.execute(update(Code), [{"id": one, "text": f"{text}{mark}"} for one, text in codes.items()])
        session.execute(update(SyncedRecord).values(changed))
    began = time.perf_counter()
    while drain(hub, connection.id, Lane.PAY, budget_seconds=LONG):
        pass
    seconds = time.perf_counter() - began
    wanted = {f"{text}{mark}" for text in codes.values()}
    if missing := wanted - set(desk.codes()):
        raise Incomplete(f"of {len(wanted)} codes {len(missing)} did not arrive in {connection.label}")
    return seconds


@contextlib.contextmanager
def _hub() -> Iterator[Hub]:
    with tempfile.TemporaryDirectory(prefix="referhub-bench-") as folder:
        database = Database(f"sqlite:///{folder}/hub.db")
        migrate_database(database)
        yield Hub(database=database, vault=Vault(load_keys(Path(folder) / "secret.key")))
        database.close()


@contextlib.contextmanager
def _sandbox(crm: str, options: tuple[str, ...]) -> Iterator[str]:
    """The sandbox's address, as long as it runs."""
    started = subprocess.Popen(
        [sys.executable, "-m", "referhub", "sandbox", crm, "--port", "0", "--json", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert started.stdout is not None
        yield str(json.loads(started.stdout.readline())["url"])
    finally:
        started.terminate()
        started.communicate()


def _enroll(hub: Hub, connection: Connection, record_ids: list[str]) -> dict[str, str]:
    """Everybody is an advocate whom the CRM knows by its own id, straight into the tables; codes by their ids."""
    create_campaign(hub, tomllib.loads(TERMS.read_text()))
    rows: dict[type[Any], list[dict[str, Any]]] = {Person: [], Identity: [], Code: []}
    with hub.database.transaction() as session:
        campaign = session.scalars(select(Campaign)).one()
        for number, record_id in enumerate(record_ids):
            for table, row in _person(hub, connection, campaign.id, record_id, f"BENCH-{number}"):
                rows[table].append(row)
        for table, values in rows.items():
            session.execute(insert(table), values)
    return {row["id"]: row["text"] for row in rows[Code]}


def _person(
    hub: Hub, connection: Connection, campaign_id: str, record_id: str, code: str
) -> Iterator[tuple[type[Any], dict[str, Any]]]:
    merchant_id, person_id, now = connection.merchant_id, new_id(), hub.now()
    yield Person, {"id": person_id, "merchant_id": merchant_id, "created_at": now}
    account = {"scope": connection.id, "kind": IdentityKind.CONTACT, "lookup": record_id, "is_gone": False}
    yield Identity, {"id": new_id(), "merchant_id": merchant_id, "person_id": person_id, "seen_at": now} | account
    passed_on = {"campaign_id": campaign_id, "advocate_id": person_id, "text": code, "lookup": code.casefold()}
    yield Code, {"id": new_id(), "merchant_id": merchant_id, "is_active": True, "created_at": now} | passed_on
