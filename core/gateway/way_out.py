"""The way out to the network: a client of it, whose libraries are loaded once a source is asked and no sooner."""

from core.contract.http import Http
from core.gateway.reach import WITH_THIS_COMPUTER, Reach


def way_out(*, reach: Reach = WITH_THIS_COMPUTER, proxy: str = "") -> Http:
    """A client that connects only as far as `reach` says, through the admin's own proxy if there is one."""
    from core.gateway.http_client import HttpClient  # most verbs ask nobody

    return HttpClient(reach=reach, proxy=proxy)
