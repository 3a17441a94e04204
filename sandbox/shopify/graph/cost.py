"""
What a request costs, by the published rule: an object 1, a scalar 0, a mutation 10, a connection its size
times what one element costs (https://shopify.dev/docs/api/usage/limits).
"""

from __future__ import annotations

from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

MUTATION = 10
MAXIMUM = 1000
FREE = {"userErrors"}


class Costing:
    """The cost of one operation with its variables."""

    def __init__(
        self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode], variables: dict[str, Any]
    ) -> None:
        self.schema, self.fragments, self.variables = schema, fragments, variables

    def requested(self, operation: OperationDefinitionNode) -> int:
        root = self.schema.get_root_type(operation.operation)
        if operation.operation.value != "mutation":
            return self._selection(operation.selection_set, root)
        fields = [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]
        return sum(MUTATION + self._below(node, root) for node in fields)

    def _selection(self, selection: SelectionSetNode | None, parent: GraphQLNamedType | None) -> int:
        """Fields add up; of the fragments on different types only the dearest can apply."""
        total, dearest = 0, 0
        for node in selection.selections if selection else ():
            if isinstance(node, FieldNode):
                total += self._field(node, parent)
            elif isinstance(node, FragmentSpreadNode):
                total += self._selection(self.fragments[node.name.value].selection_set, parent)
            elif isinstance(node, InlineFragmentNode):
                kind = self.schema.type_map[node.type_condition.name.value] if node.type_condition else parent
                dearest = max(dearest, self._selection(node.selection_set, kind))
        return total + dearest

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> int:
        kind = self._type_of(node, parent)
        if not isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType, GraphQLUnionType)) or node.name.value in FREE:
            return 0
        if kind.name.endswith("Connection"):
            return 1 + self._pages(node, kind)
        return (1 + self._selection(node.selection_set, kind)) * self._size(node)

    def _pages(self, node: FieldNode, kind: GraphQLNamedType) -> int:
        size, total = self._size(node), 0
        for part in node.selection_set.selections if node.selection_set else ():
            if isinstance(part, FieldNode):
                each = self._field(part, kind)
                total += each * size if part.name.value in ("nodes", "edges") else each
        return total

    def _below(self, node: FieldNode, parent: GraphQLNamedType | None) -> int:
        return self._selection(node.selection_set, self._type_of(node, parent))

    def _type_of(self, node: FieldNode, parent: GraphQLNamedType | None) -> GraphQLNamedType | None:
        fields = parent.fields if isinstance(parent, (GraphQLObjectType, GraphQLInterfaceType)) else {}
        known = fields.get(node.name.value)
        return get_named_type(known.type) if known else None

    def _size(self, node: FieldNode) -> int:
        """first or last, written or given as variable; a list without either counts once."""
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                if isinstance(argument.value, IntValueNode):
                    return int(argument.value.value)
                if isinstance(argument.value, VariableNode):
                    return int(self.variables.get(argument.value.name.value) or 1)
        return 1


def actual(answer: Any, root: bool = True) -> int:
    """The objects that really were in the answer."""
    if isinstance(answer, list):
        return sum(actual(each, root=False) for each in answer)
    if not isinstance(answer, dict):
        return 0
    below = sum(actual(value, root=False) for name, value in answer.items() if name not in FREE)
    return below + (0 if root else 1)
