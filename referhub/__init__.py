"""The public face of referhub: what a connector may import, and the launcher of the installed package."""

import os
import sys

_bundled = os.path.join(os.path.dirname(__file__), "_app")
if os.path.isdir(_bundled) and _bundled not in sys.path:
    sys.path.insert(
        0, _bundled
    )  # only an installed wheel has it; a checkout has the folders beside us


def main() -> int:
    """Run the `referhub` command line on `sys.argv`; the exit status is returned."""
    from app import main as run

    return run()


def __getattr__(name: str) -> object:
    """`referhub:wsgi` is the application for any WSGI server, made on first use."""
    if name == "wsgi":
        from app import wsgi

        return wsgi()
    raise AttributeError(f"module 'referhub' has no attribute {name!r}")
