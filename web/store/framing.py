"""Framing: what a page says to the browser when it stands inside a shop's admin, or on a shop's own site."""

from urllib.parse import urlsplit

from flask import Response

from core.contract.store_app import Frame
from web.dashboard.headers import POLICY, protect


def framed(response: Response, frame: Frame) -> Response:
    """The response may stand in this shop's admin and nowhere else, and runs the store's script beside our own."""
    protect(response)
    if response.mimetype == "text/html":
        policy = POLICY | {
            "script-src": f"'self' {_folder(frame.script)}",
            "frame-ancestors": " ".join(frame.ancestors),
        }
        response.headers["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in policy.items())
        # The list above says it better; beside it, this one would keep the admin out.
        del response.headers["X-Frame-Options"]
    # Both are about windows and files that other sites share with us; a page in a frame is shared on purpose.
    del response.headers["Cross-Origin-Opener-Policy"]
    del response.headers["Cross-Origin-Resource-Policy"]
    return response


def _folder(script: str) -> str:
    """The script's own folder on its own host: what it loads besides lies there."""
    parts = urlsplit(script)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rpartition('/')[0]}/"
