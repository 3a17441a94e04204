"""The machines' surface, asked with whatever its own description allows and does not allow."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app import create_app
from tests.support import databases
from tests.support.live import scene
from tests.support.places import ROOT

DESCRIBED = ROOT / "web" / "api" / "openapi.json"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
QUICK = settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def described() -> Any:
    return json.loads(DESCRIBED.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[tuple[Flask, str]]:
    """A connected hub's application, and the id of its connection."""
    folder = tmp_path_factory.mktemp("surface")
    with scene(folder, databases.copy_sqlite(migrated_sqlite, folder)) as stage:
        yield create_app(stage.settings, stage.hub), stage.connection_id


def test_every_address_for_machines_is_described(app: tuple[Flask, str]) -> None:
    machines = {"health", "metrics"}
    served = {one.rule for one in app[0].url_map.iter_rules() if one.endpoint.partition(".")[0] in machines}
    assert set(described()["paths"]) == (served - {"/"}) | {"/hooks/{connection}"}


@pytest.mark.parametrize("path", described()["paths"])
def test_no_request_is_answered_otherwise_than_described(app: tuple[Flask, str], path: str) -> None:
    """Schemathesis: no status and no body that the description does not know, and nothing breaks."""
    surface = schemathesis.openapi.from_dict(described())
    surface.app = app[0].wsgi_app
    method = next(iter(described()["paths"][path]))
    known = surface[path][method.upper()].as_strategy()

    @QUICK
    @given(case=known, is_ours=st.booleans())
    def ask(case: schemathesis.Case, is_ours: bool) -> None:
        if is_ours and case.path_parameters:
            case.path_parameters["connection"] = app[1]
        case.call_and_validate(checks=CHECKS)

    ask()
