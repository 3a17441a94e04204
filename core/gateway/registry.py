"""Which connectors exist: found through the entry-point group `referhub.connectors`, ours and strangers' alike."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from core.contract.connector import Connector
from core.contract.errors import WrongSetting

GROUP = "referhub.connectors"


@cache
def _found() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def connector_keys() -> list[str]:
    """The keys of all installed connectors."""
    return sorted(_found())


@cache
def connector_class(key: str) -> type[Connector]:
    """The connector of that key; loaded only now, so that its SDK costs nothing until it is used."""
    point = _found().get(key)
    if point is None:
        raise WrongSetting(f"there is no connector {key!r}: installed are {', '.join(connector_keys())}")
    loaded = point.load()
    if not (isinstance(loaded, type) and issubclass(loaded, Connector)):
        raise WrongSetting(f"the entry point {key!r} in {GROUP} is not a Connector")
    return loaded
