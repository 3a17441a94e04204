"""Pages: what one test compiled of a template or address the next does not compile again, as in a long-lived hub."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

_build = Rule._compile_builder
_builders: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}


class Compiled(BytecodeCache):
    """Templates by what stands in them: a changed one is another one."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """As it was compiled before, if it was."""
        if told := self._kept.get(f"{bucket.key}-{bucket.checksum}"):
            bucket.bytecode_from_string(told)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Kept for the next application of this process."""
        self._kept[f"{bucket.key}-{bucket.checksum}"] = bucket.bytecode_to_string()


def _built(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """What writes addresses of this rule: the same for every rule of the same text, so it is made once."""
    if rule.defaults:  # these are written into it
        return _build(rule, append_unknown)
    known = (rule.rule, *rule._trace, append_unknown)
    if known not in _builders:
        _builders[known] = _build(rule, append_unknown)
    return _builders[known]


def pytest_configure(config: pytest.Config) -> None:
    """Every application of this process is made so."""
    kept: dict[str, Any] = {"bytecode_cache": Compiled()}
    Flask.jinja_options = kept
    Rule._compile_builder = _built  # type: ignore[assignment,method-assign]
