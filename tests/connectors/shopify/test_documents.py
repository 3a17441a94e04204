"""Every GraphQL document is valid for the pinned version of the Admin API and for the sandbox."""

import gzip
import json
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_client_schema, build_schema, parse, validate
from graphql.language import OperationDefinitionNode

import connectors.shopify.documents as documents
import sandbox.shopify
from connectors.shopify.documents import document
from connectors.shopify.fields import tags_document

FOLDER = Path(documents.__file__).parent
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.graphql"))}
TEXTS |= {"tags_add (1)": tags_document(1), "tags_add (20)": tags_document(20)}


@pytest.fixture(scope="module")
def published(shared_data: Path) -> GraphQLSchema:
    with gzip.open(shared_data / "shopify" / "schema" / "admin_2026-10.json.gz") as file:
        return build_client_schema(json.load(file)["data"], assume_valid=True)


@pytest.fixture(scope="module")
def sandboxed() -> GraphQLSchema:
    path = Path(sandbox.shopify.__file__).parent / "graph" / "schema.graphql"
    return build_schema(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", TEXTS)
def test_a_document_is_valid_for_the_published_schema(name: str, published: GraphQLSchema) -> None:
    """SH-59"""
    assert validate(published, parse(TEXTS[name])) == []


@pytest.mark.parametrize("name", TEXTS)
def test_a_document_is_valid_for_the_sandbox(name: str, sandboxed: GraphQLSchema) -> None:
    """SH-60"""
    assert validate(sandboxed, parse(TEXTS[name])) == []


@pytest.mark.parametrize("name", TEXTS)
def test_a_document_is_one_operation_with_our_name_on_it(name: str) -> None:
    (operation,) = parse(TEXTS[name]).definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    assert operation.name.value.startswith("Referhub")


def test_every_file_is_loaded_by_its_name() -> None:
    assert len(TEXTS) > 20
    assert document("order") == TEXTS["order"]
    with pytest.raises(FileNotFoundError):
        document("no_such_operation")
