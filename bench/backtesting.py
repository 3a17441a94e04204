"""Backtesting: how many stored orders per second are decided again under two versions of terms, and in how much memory.

Beside it: the same tellings merely read and decoded. The tellings stand alone: nothing else is asked of the database.
Each is measured in a process of its own, `python -m bench.backtesting URL KEY-FILE WORK`, so its memory is its own.
"""

import json
import resource
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert, text, update

from bench.scene import CODES, TERMS, Scene
from core.contract.events import Evidence, EvidenceKind
from core.contract.money import Money
from core.gateway.hub import Hub
from core.models import Code, Merchant, Telling
from core.rules.attribution import CodeFacts
from core.rules.identities import canonical_code
from core.rules.purchases import OrderFacts
from core.rules.replay import telling as codec
from core.services.backtest import Proposal, backtest
from core.services.campaigns import find
from core.services.told import open_world, stream

BLOCK = 5_000
# Of ten orders three are recommended, two are a friend's second one, one is partly given back.
RECOMMENDED, AGAIN, REFUNDED = 0.3, 0.2, 0.1


@dataclass(frozen=True, slots=True)
class Backtested:
    """Orders per second of processor time, through a backtest and merely read, and its most memory in megabytes.

    Both work with one thread. What a database server of its own does meanwhile is in neither.
    """

    backtest: float
    reading: float
    peak_mb: float


def lay_tellings(scene: Scene, orders: int, seed: int = 7) -> None:
    """So many orders were told, each of another friend or of the one before, over the 80 days before now."""
    hub = scene.hub()
    with hub.database.reading() as session:
        campaign = find(session, "bench")
        codes = {one.text: one for one in session.query(Code).filter_by(campaign_id=campaign.id)}
        merchant_id = campaign.merchant_id
    rows = _rows(merchant_id, scene.connection_id, codes, orders, Random(seed), hub.now())
    with hub.database.engine.connect() as connection:
        if hub.database.is_sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        with connection.begin():
            for key in ("friend_id", "order_id") if not hub.database.is_sqlite else ():
                connection.execute(text(f"ALTER TABLE tellings DROP CONSTRAINT fk_tellings_{key}"))
            while block := list(islice(rows, BLOCK)):
                connection.execute(insert(Telling), block)
            connection.execute(update(Merchant).values(decisions=2 * orders + 10))
    hub.database.close()


def _rows(
    merchant_id: str, connection_id: str, codes: dict[str, Code], orders: int, chance: Random, now: datetime
) -> Iterator[dict[str, Any]]:
    friend = "f0"
    for number in range(1, orders + 1):
        friend = friend if chance.random() < AGAIN else f"{number:032x}"
        placed_at = now - timedelta(seconds=chance.randrange(86_400 * 80))
        told = _telling(f"{number:032x}", connection_id, codes, placed_at, chance)
        row = {"merchant_id": merchant_id, "friend_id": friend, "order_id": told.order.order_id, "what": "told"}
        yield {**row, "number": number, "body": codec.written(told), "told_at": placed_at}
        if chance.random() < REFUNDED:
            part = codec.Returned(f"r{number}", told.order.base.minor // 3, "EUR", placed_at + timedelta(days=2))
            told = replace(told, refunds=(part,))
            later = {"number": orders + number, "body": codec.written(told), "told_at": placed_at + timedelta(days=2)}
            yield {**row, **later}


def _telling(
    order_id: str, connection_id: str, codes: dict[str, Code], placed_at: datetime, chance: Random
) -> codec.Telling:
    code = codes[chance.choice(CODES)]
    evidence = [Evidence(EvidenceKind.LANDING_REF, f"/products/{chance.randrange(900)}")]
    is_recommended = chance.random() < RECOMMENDED
    if is_recommended:
        evidence.append(Evidence(EvidenceKind.CODE, code.text))
    base = Money(chance.randrange(300, 30_000), "EUR")
    order = OrderFacts(
        order_id=order_id,
        source_id=f"gid://shopify/Order/{int(order_id, 16)}",
        placed_at=placed_at,
        base=base,
        is_paid=True,
        is_test=False,
        is_cancelled=False,
        evidence=tuple(evidence),
        connection_id=connection_id,
        place="bench.myshopify.com",
        name=f"#{int(order_id, 16)}",
        total=base + Money(499, "EUR"),
        shop_kind="shopify",
    )
    facts = CodeFacts(code.id, code.campaign_id, code.advocate_id, code.text, is_active=True)
    return codec.Telling(order, codes={canonical_code(code.text): facts} if is_recommended else {})


def decide_again(hub: Hub) -> None:
    """Everything told is decided once more, as it was and under other terms."""
    terms = tomllib.loads(TERMS.read_text())
    terms["counts"]["minimum"], terms["advocate"]["amount"] = "50.00", "12.00"
    now = hub.now()
    backtest(hub, "bench", Proposal(terms, now - timedelta(days=90), now))


def read_again(hub: Hub) -> None:
    """Everything told is read and decoded, and that is all."""
    with hub.database.reading() as session:
        world = open_world(session, find(session, "bench"))
    for row in stream(hub, world):
        codec.read(row.order_id, row.body)


WORK = {"backtest": decide_again, "reading": read_again}


def measured(scene: Scene, orders: int) -> Backtested:
    """Both ways, one after the other."""
    told = {work: _in_a_process(scene, work) for work in WORK}
    seconds, peak_mb = told["backtest"]
    return Backtested(orders / seconds, orders / told["reading"][0], peak_mb)


def _in_a_process(scene: Scene, work: str) -> tuple[float, float]:
    command = [sys.executable, "-m", "bench.backtesting", scene.url, str(scene.key_file), work]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, peak_mb = json.loads(done.stdout)
    return seconds, peak_mb


def main(url: str, key_file: str, work: str) -> None:
    """The seconds of processor time it took, which other load hardly changes, and its most memory, as JSON."""
    hub = Scene("", url, Path(key_file), "").hub()
    started = time.process_time()
    WORK[work](hub)
    seconds = time.process_time() - started
    hub.database.close()
    print(json.dumps([seconds, _peak_mb()]))


def _peak_mb() -> float:
    """The most memory this process had; what `getrusage` says begins with what its parent had."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
