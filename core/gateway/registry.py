"""Which connectors exist: found through the entry-point group `referhub.connectors`, ours and strangers' alike."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from core.contract.connector import Connector
from core.contract.errors import WrongSetting

GROUP = "referhub.connectors"
MOST_WORDS = 200


@cache
def _found() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def connector_keys() -> list[str]:
    """The keys of all installed connectors."""
    return sorted(_found())


@cache
def connector_class(key: str) -> type[Connector]:
    """The connector of that key; loaded only now, so that its SDK costs nothing until it is used.

    Raises `WrongSetting` when there is none of that key, or when what is installed under it cannot be used.
    """
    point = _found().get(key)
    if point is None:
        raise WrongSetting(f"there is no connector {key!r}: installed are {', '.join(connector_keys())}")
    try:
        loaded = point.load()
    except Exception as problem:  # a stranger's package: whatever goes wrong in it is told, and only it is lost
        cause = " ".join(f"{type(problem).__name__}: {problem}".split())[:MOST_WORDS]
        raise WrongSetting(f"the connector {key!r} ({_origin(point)}) cannot be loaded: {cause}") from problem
    _refuse_unfit(point, loaded)
    return cast(type[Connector], loaded)


def _refuse_unfit(point: EntryPoint, loaded: object) -> None:
    if not (isinstance(loaded, type) and issubclass(loaded, Connector)):
        raise WrongSetting(f"the entry point {point.name!r} in {GROUP} is not a Connector")
    missing = [name for name in ("key", "label", "config_class") if not hasattr(loaded, name)]
    if missing:
        raise WrongSetting(f"the connector {point.name!r} ({_origin(point)}) has no {' and no '.join(missing)}")
    if loaded.key != point.name:
        raise WrongSetting(
            f"the entry point {point.name!r} ({_origin(point)}) leads to a connector with the key {loaded.key!r}: "
            "give both the same name"
        )


def _origin(point: EntryPoint) -> str:
    package = f" of the package {point.dist.name}" if point.dist else ""
    return f"{point.value}{package}"
