"""A hub at work that rehearses: connected to stand-ins of a shop and CRMs, with campaigns to be played."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from sqlalchemy import text

from app import RehearsalGround, create_hub, serve
from config.settings import Settings, load_settings
from core.commands import cli
from core.commands.office import Office
from core.gateway.hub import Hub
from core.models import Base
from core.rules.rehearsal import CAST, Role
from core.services.connections import connect
from core.services.rehearse import Rehearsed, rehearse
from core.worker import one_round
from sandbox.cast import open_place
from sandbox.cast.places import Place
from tests.support import databases

# What a rehearsal may change in the hub's own database.
ITS_OWN = {"rehearsals", "audit_entries", "audit_heads"}
TERMS: dict[str, Any] = {
    "campaign": {"slug": "friends", "name": "Friends", "destination": "https://demo.myshopify.com/"},
    "counts": {"currency": "EUR", "minimum": "20.00", "kinds": ["order", "deal"]},
    "advocate": {"kind": "store_credit", "amount": "10.00", "tiers": [{"from": 2, "amount": "15.00"}]},
    "friend": {"kind": "gift_card", "percent": "5", "at_most": "25.00"},
    "hold": {"days": 14},
    "limits": {"budget": "1000.00", "rewards_per_advocate": 20},
}


@dataclass
class Live:
    """A hub at work, with the sources it is connected to."""

    folder: Path
    settings: Settings
    hub: Hub
    places: Mapping[str, Place]

    @property
    def ground(self) -> RehearsalGround:
        return RehearsalGround(self.settings)

    def said(self, *words: str) -> Result:
        """`referhub WORDS` in this process."""
        office = Office(
            lambda: self.settings, lambda _settings: self.hub, lambda _settings: self.hub, serve, RehearsalGround
        )
        return CliRunner().invoke(cli, list(words), obj=office, catch_exceptions=False)

    def told(self, *words: str, status: int = 0) -> Any:
        """`referhub WORDS --json`; its answer, once the exit status is as expected."""
        result = self.said(*words, "--json")
        assert result.exit_code == status, result.output
        return json.loads(result.stdout)

    def create(self, slug: str, **changes: Any) -> dict[str, Any]:
        """A draft with these tables of its terms changed; empty, or what was wrong with them."""
        file = self.folder / f"{slug}.json"
        told = {**TERMS, **changes}
        told["campaign"] = {**told["campaign"], "slug": slug}
        file.write_text(json.dumps({name: table for name, table in told.items() if table is not None}))
        result = self.said("campaigns", "create", str(file), "--json")
        return json.loads(result.stdout) if result.exit_code else {}

    def rehearse(self, slug: str, *roles: str) -> Rehearsed:
        """The campaign is played by these roles only."""
        return rehearse(self.hub, slug, self.ground, one_round, cast=_roles(*roles))

    def everything(self) -> dict[str, list[Any]]:
        """Every row of every table but those that tell of rehearsals."""
        with self.hub.database.engine.connect() as connection:
            return {
                name: sorted(map(repr, connection.execute(text(f"SELECT * FROM {name}"))))
                for name in Base.metadata.tables
                if name not in ITS_OWN
            }


def _roles(*keys: str) -> Sequence[Role]:
    return [role for role in CAST if role.key in keys]


@contextmanager
def at_work(folder: Path, migrated_sqlite: Path, about: Mapping[str, Mapping[str, str]]) -> Iterator[Live]:
    """A hub where money is real, connected to stand-ins of these kinds with these settings of the merchant's."""
    settings = load_settings(
        database_url=databases.copy_sqlite(migrated_sqlite, folder),
        secret_key_file=folder / "secret.key",
        rehearsals_folder=folder / "rehearsals",
        environment="sandbox",  # its sources answer on this computer, which a live hub does not let itself reach
    )
    with ExitStack() as stack:
        places = {kind: stack.enter_context(open_place(kind, kind, "EUR", own)) for kind, own in about.items()}
        hub = create_hub(settings)
        stack.callback(hub.database.close)
        hub.must_rehearse = True
        for kind, place in places.items():
            connect(hub, kind, kind, {**about[kind], **place.settings})
        yield Live(folder, settings, hub, places)
