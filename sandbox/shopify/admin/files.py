"""Scripts and styles: the stand-in for App Bridge, and what the vendor's own pages need."""

from __future__ import annotations

from pathlib import Path

from sandbox.ground.answers import Answer
from sandbox.ground.server import Request
from sandbox.shopify.admin.pages import failure

FOLDER = Path(__file__).parent / "scripts"
FILES = {
    "/shopifycloud/app-bridge.js": ("app-bridge.js", "text/javascript"),
    "/admin.js": ("admin.js", "text/javascript"),
    "/admin.css": ("admin.css", "text/css"),
}


def serve(request: Request) -> Answer:
    if request.path not in FILES or request.method != "GET":
        return failure(404, "There is no such file")
    name, kind = FILES[request.path]
    headers = {"Content-Type": f"{kind}; charset=utf-8", "Cache-Control": "no-cache"}
    return Answer(200, (FOLDER / name).read_bytes(), headers)
