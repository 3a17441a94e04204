"""Pages as answers: written from the templates beside this file, with every value escaped."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sandbox.ground.answers import Answer

HTML = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Frame-Options": "DENY"}


@cache
def _templates() -> Environment:
    folder = FileSystemLoader(Path(__file__).parent / "templates")
    return Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def page(name: str, status: int = 200, **shown: Any) -> Answer:
    written = _templates().get_template(f"{name}.html").render(**shown)
    return Answer(status, written.encode(), dict(HTML))


def failure(status: int, sentence: str) -> Answer:
    return page("failure", status, sentence=sentence)


def redirect(location: str) -> Answer:
    """The browser asks for another page, by GET."""
    return Answer(303, b"", {"Location": location})
