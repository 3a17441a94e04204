"""The mount: the dashboard's pages stand a second time under `/store/<key>`, and all their links stay there.

WSGI's own way of mounting (`SCRIPT_NAME`), so that no page needs to know where it stands.
"""

from collections.abc import Callable, Iterable
from typing import Any

PREFIX = "/store/"
DASHBOARD = "/dashboard"
MOUNTED = "referhub.store"

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class StoreMount:
    """`/store/<key>` is the app's home, `/store/<key>/dashboard/…` its pages; anything else goes on unchanged."""

    def __init__(self, keys: Iterable[str], behind: Application) -> None:
        self._keys = frozenset(keys)
        self._behind = behind

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if path.startswith(PREFIX):
            key, slash, rest = path[len(PREFIX) :].partition("/")
            place = slash + rest
            if key in self._keys and (is_home := place in ("", "/")) | _is_page(place):
                name = environ.get("SCRIPT_NAME", "") + PREFIX + key
                inside = f"{DASHBOARD}/" if is_home else place
                environ = {**environ, "SCRIPT_NAME": name, "PATH_INFO": inside, MOUNTED: key}
        return self._behind(environ, start_response)


def _is_page(place: str) -> bool:
    return place == DASHBOARD or place.startswith(f"{DASHBOARD}/")
