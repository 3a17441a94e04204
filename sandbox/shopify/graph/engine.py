"""One GraphQL request: parsed, priced, allowed, then run against the truth in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    execute_sync,
    get_named_type,
    parse,
    validate,
)
from graphql.pyutils import camel_to_snake

from sandbox.shopify.graph import (
    cards,
    credit,
    customers,
    definitions,
    discounts,
    installation,
    metafields,
    orders,
    tags,
)
from sandbox.shopify.graph.access import require
from sandbox.shopify.graph.context import Info
from sandbox.shopify.graph.cost import MUTATION, Costing, actual
from sandbox.shopify.graph.scalars import give_scalars
from sandbox.shopify.shop import Shop

QUERIES = installation.QUERIES | orders.QUERIES | customers.QUERIES | credit.QUERIES | cards.QUERIES | discounts.QUERIES
MUTATIONS = (
    credit.MUTATIONS
    | cards.MUTATIONS
    | discounts.MUTATIONS
    | metafields.MUTATIONS
    | definitions.MUTATIONS
    | tags.MUTATIONS
    | customers.MUTATIONS
    | installation.MUTATIONS
)


class Undone(Exception):
    """Raised inside the transaction to take an effect back that the answer claims."""


@cache
def schema() -> GraphQLSchema:
    built = build_schema((Path(__file__).parent / "schema.graphql").read_text(encoding="utf-8"))
    give_scalars(built)
    for kind in built.type_map.values():
        if isinstance(kind, GraphQLInputObjectType):
            for name, given in kind.fields.items():
                given.out_name = camel_to_snake(name)
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
            for field in kind.fields.values():
                for name, argument in field.args.items():
                    argument.out_name = camel_to_snake(name)
    return built


def currencies() -> list[str]:
    """The currencies this shop's schema can name."""
    known = schema().type_map["CurrencyCode"]
    return list(known.values) if isinstance(known, GraphQLEnumType) else []


@dataclass
class Question:
    """One request, read: what it asks, what it may cost, or why it cannot be asked."""

    operation: OperationDefinitionNode | None
    document: DocumentNode | None
    variables: dict[str, Any]
    errors: list[GraphQLError]
    cost: int = 0

    @property
    def name(self) -> str | None:
        return self.operation.name.value if self.operation and self.operation.name else None

    @property
    def fields(self) -> list[str]:
        """The root fields, in the order in which they are asked."""
        selections = self.operation.selection_set.selections if self.operation else ()
        return [node.name.value for node in selections if isinstance(node, FieldNode)]

    @property
    def writes(self) -> bool:
        return self.operation is not None and self.operation.operation is OperationType.MUTATION


@cache
def _checked(query: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
    try:
        document = parse(query)
    except GraphQLError as error:
        return None, (error,)
    return document, tuple(validate(schema(), document))


def read(query: str, variables: dict[str, Any], operation_name: str | None) -> Question:
    document, errors = _checked(query)
    operation = _operation(document, operation_name) if document else None
    question = Question(operation, document, variables, list(errors))
    if operation and document and not errors:
        fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        question.cost = Costing(schema(), fragments, variables).requested(operation)
    elif document and not operation:
        question.errors = [GraphQLError("Must provide an operation.")]
    return question


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    found = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    if name:
        found = [each for each in found if each.name and each.name.value == name]
    return found[0] if len(found) == 1 else None


@dataclass
class Outcome:
    """What the API answers, and whether anything in the shop changed by it."""

    result: ExecutionResult
    effect: bool = False


def run(shop: Shop, question: Question, undo: bool = False) -> Outcome:
    """The request is carried out; with undo the answer is the same, but nothing of it remains true."""
    outcome = Outcome(ExecutionResult())
    try:
        with shop.truth.transaction():
            before = shop.truth.writes
            outcome.result = _execute(shop, question, _root(question))
            outcome.effect = shop.truth.writes != before and not undo
            if undo:
                raise Undone
    except Undone:
        return outcome
    return outcome


def refuse(shop: Shop, question: Question, code: str | None, field: list[str] | None) -> Outcome:
    """Every root field answers this user error, or the first its schema names; nothing is done."""
    return Outcome(_execute(shop, question, {name: _refusal(name, code, field) for name in question.fields}))


def _refusal(name: str, code: str | None, field: list[str] | None) -> dict[str, Any]:
    chosen = code or next(iter(error_codes(name)), None)
    error = {"code": chosen, "field": field, "message": f"Refused with {chosen}", "elementIndex": None}
    return {"userErrors": [error | {"extraInfo": None}]}


def error_codes(mutation: str) -> list[str]:
    """The codes a mutation's user errors may have; none where the vendor gives its errors no code."""
    root = schema().mutation_type
    payload = get_named_type(root.fields[mutation].type) if root and mutation in root.fields else None
    errors = payload.fields.get("userErrors") if isinstance(payload, GraphQLObjectType) else None
    kind = get_named_type(errors.type) if errors else None
    code = kind.fields.get("code") if isinstance(kind, GraphQLObjectType) else None
    values = get_named_type(code.type) if code else None
    return list(values.values) if isinstance(values, GraphQLEnumType) else []


def _execute(shop: Shop, question: Question, root: dict[str, Any]) -> ExecutionResult:
    if question.document is None:
        return ExecutionResult(None, question.errors)
    return execute_sync(
        schema(),
        question.document,
        root,
        context_value=shop,
        variable_values=question.variables,
        operation_name=question.name,
    )


def _root(question: Question) -> dict[str, Callable[..., Any]]:
    resolvers = MUTATIONS if question.writes else QUERIES
    return {name: _guarded(name, resolve) for name, resolve in resolvers.items()}


def _guarded(name: str, resolve: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(info: Info, **args: Any) -> Any:
        require(info.context, name)
        return resolve(info, **args)

    return guarded


def actual_cost(question: Question, data: Any) -> int:
    found = actual(data)
    if question.writes and isinstance(data, dict):
        found += sum(MUTATION - 1 for payload in data.values() if payload is not None)
    return min(found, question.cost)
