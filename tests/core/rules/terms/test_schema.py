"""The schema and the reader agree: what the schema refuses the reader refuses, and both take what is right."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from core.rules.terms import parse_terms
from core.rules.terms.documents import read_document
from core.rules.terms.schema import schema
from tests.core.rules.terms.written import changed, documents, is_read
from tests.support.hub import terms
from tests.support.places import ROOT

VALIDATOR = Draft202012Validator(schema())
EXAMPLES = sorted((ROOT / "examples" / "campaigns").glob("*.toml"))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


def test_the_published_file_is_the_schema() -> None:
    """`referhub campaigns schema > docs/terms.schema.json` makes it anew."""
    assert json.loads((ROOT / "docs" / "terms.schema.json").read_text(encoding="utf-8")) == schema()


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_example_passes_both(file: Any) -> None:
    body = read_document(file.read_text(encoding="utf-8"), is_json=False)
    assert parse_terms(body)
    assert VALIDATOR.is_valid(body)


@given(documents())
@settings(max_examples=20, deadline=None)
def test_whatever_is_right_passes_both(body: dict[str, Any]) -> None:
    assert parse_terms(body)
    assert VALIDATOR.is_valid(body)


@given(changed())
@settings(max_examples=60, deadline=None)
def test_what_the_schema_refuses_the_reader_refuses(body: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid(body) or not is_read(body)


@pytest.mark.parametrize(
    "changes",
    [
        {"campaign": {"slug": "a b"}},
        {"campaign": {"ends_at": "tomorrow"}},
        {"counts": {"minimum": 30}},
        {"counts": {"kinds": ["visit"]}},
        {"counts": {"when": {"field": "order.country"}}},
        {"counts": {"when": {"field": "colour", "is": "red"}}},
        {"counts": {"when": {"field": "order.total", "at_least": "much"}}},
        {"counts": {"when": {"all": []}}},
        {"counts": {"when": {"all": [{"field": "order.country", "is": "DE"}], "any": []}}},
        {"attribution": {"touch": "second"}},
        {"attribution": {"window_days": 0}},
        {"hold": {"days": "14"}},
        {"advocate": {"milestones": [{"at": 5}]}},
        {"friend": {"milestones": [{"at": 5, "amount": "5.00"}]}},
        {"friend": {"kind": "a hug"}},
        {"limits": {"budgett": "5.00"}},
        {"fraud": {"ring": "maybe"}},
        {"fraud": {"ring": {"length": 99}}},
        {"fraud": {"self_referral": "off"}},
        {"countz": {"minimum": "5.00"}},
    ],
)
def test_the_schema_itself_finds_the_usual_mistakes(changes: dict[str, Any]) -> None:
    body = terms(**changes)
    assert not VALIDATOR.is_valid(body)
    assert not is_read(body)
