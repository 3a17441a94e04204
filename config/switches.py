"""Which place of the settings says what of which connection, so that pages can name it."""

from collections.abc import Iterable, Mapping
from typing import Any

from config.complaints import FILE, PREFIX
from core.rules.switches import Lock, Place, Switches, plain

Told = Mapping[str, Any]
TABLES = ("connectors", "connections")


def switches_of(given: Told, variables: Told, secrets: Told, file: Told, names: Iterable[str]) -> Switches:
    """The switches, from what each place says; `names` are those of the environment's variables."""
    known = {name.upper() for name in names}
    return Switches(
        (
            _place(given, lambda _table, _name: "the program's own start"),
            _place(variables, lambda table, name: f"environment variable {_variable(table, name, known)}"),
            _place(secrets, lambda table, _name: f"secret file {PREFIX.lower()}{table}"),
            _place(file, lambda _table, _name: f"configuration file {FILE}"),
        )
    )


def _place(told: Told, by: Any) -> Place:
    kinds, labels = (
        {
            name if table == "connectors" else plain(name): Lock(_is_true(said["enabled"]), by(table, name))
            for name, said in _tables(told.get(table))
            if said.get("enabled") is not None
        }
        for table in TABLES
    )
    return Place(kinds, labels)


def _tables(told: Any) -> Iterable[tuple[str, Told]]:
    """The tables as they were written, or as a caller has made them."""
    for name, said in (told or {}).items():
        yield name, said if isinstance(said, Mapping) else said.model_dump()


def _is_true(said: object) -> bool:
    """As the settings have taken it: they were checked before."""
    return str(said).strip().casefold() in {"true", "1", "yes", "on", "t", "y"}


def _variable(table: str, name: str, known: set[str]) -> str:
    own = f"{PREFIX}{table.upper()}__{name.upper()}__ENABLED"
    return own if own in known else f"{PREFIX}{table.upper()}"
