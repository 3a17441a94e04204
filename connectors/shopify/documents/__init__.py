"""The GraphQL operations of this connector, one file each, loaded by name."""

from functools import cache
from importlib.resources import files


@cache
def document(name: str) -> str:
    """The text of the operation `name`."""
    return files(__name__).joinpath(f"{name}.graphql").read_text(encoding="utf-8")
