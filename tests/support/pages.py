"""Pages: what one test compiled of a template the next one does not compile again, as in a hub that lives long."""

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


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


def pytest_configure(config: pytest.Config) -> None:
    """Every application of this process compiles a template once."""
    Flask.jinja_options = {"bytecode_cache": Compiled()}
