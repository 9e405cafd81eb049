"""The cost of a query before and after it runs, by the model fitted on recorded answers (shopify.md §3.2)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_object_type,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graphql import GraphQLNamedType, GraphQLSchema, OperationDefinitionNode, SelectionSetNode

FREE_TYPES = frozenset({"MoneyBag", "MoneyV2", "MailingAddress", "PageInfo", "ShopAddress", "LocationAddress"})
"""Value objects."""
ROOT_COUNT_POINTS = 10
CONNECTION_POINTS = 2
MINIMUM_POINTS = 1
MUTATION_POINTS = 10
META_FIELDS = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
"""Introspection costs like everything else (recorded)."""
DEARER_MUTATIONS = {"refundCreate": 20, "orderCapture": 20}
"""Recorded; all others cost MUTATION_POINTS, and what stands directly in their payload costs nothing."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A selected field that costs something: its response key, its own points, what hangs below it."""

    key: str
    own: int
    children: tuple[tuple[_Part, ...], ...] = ()
    """One tuple of parts per concrete type that the field may return."""
    size: int | None = None
    """For the `nodes` or `edges` of a connection: how many nodes were asked for."""
    inner: str | None = None
    """For `edges`: the response key of `node`."""


class CostPlan:
    """The costed skeleton of one operation with its variables filled in."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        root = schema.get_root_type(operation.operation)
        if root is None:
            raise ValueError(f"the schema has no {operation.operation.value}")
        self._parts = self._select(root, operation.selection_set, root=True)

    def requested(self) -> int:
        """Return `requestedQueryCost`."""
        return max(MINIMUM_POINTS, sum(_requested(part) for part in self._parts))

    def actual(self, data: Mapping[str, Any] | None) -> int:
        """Return `actualQueryCost` of an answer: its objects, connections by the nodes they really have."""
        if data is None:
            return MINIMUM_POINTS
        return max(MINIMUM_POINTS, sum(_actual(part, data.get(part.key)) for part in self._parts))

    def _select(
        self, parent: GraphQLNamedType, selection: SelectionSetNode, *, root: bool = False
    ) -> tuple[_Part, ...]:
        parts = []
        for key, nodes in self._fields(parent, selection).items():
            part = self._part(parent, key, nodes, root=root)
            if part is not None:
                parts.append(part)
        return tuple(parts)

    def _fields(self, parent: GraphQLNamedType, selection: SelectionSetNode) -> dict[str, list[FieldNode]]:
        found: dict[str, list[FieldNode]] = {}
        for node in self._flatten(parent, selection):
            found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        return found

    def _flatten(self, parent: GraphQLNamedType, selection: SelectionSetNode) -> Iterator[FieldNode]:
        for node in selection.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
                continue
            inner = self._fragments.get(node.name.value) if isinstance(node, FragmentSpreadNode) else node
            if inner is None or not isinstance(inner, InlineFragmentNode | FragmentDefinitionNode):
                continue
            condition = inner.type_condition.name.value if inner.type_condition else None
            if condition is None or self._applies(condition, parent):
                yield from self._flatten(parent, inner.selection_set)

    def _included(self, node: Any) -> bool:
        for directive in node.directives or ():
            if directive.name.value in {"skip", "include"} and directive.arguments:
                value = directive.arguments[0].value
                known = self._variables.get(value.name.value) if isinstance(value, VariableNode) else value.value
                if bool(known) is (directive.name.value == "skip"):
                    return False
        return True

    def _applies(self, condition: str, parent: GraphQLNamedType) -> bool:
        kind = self._schema.get_type(condition)
        if kind is parent:
            return True
        return is_abstract_type(kind) and is_object_type(parent) and self._schema.is_sub_type(kind, parent)

    def _part(self, parent: GraphQLNamedType, key: str, nodes: list[FieldNode], *, root: bool) -> _Part | None:
        node = nodes[0]
        field = getattr(parent, "fields", {}).get(node.name.value) or META_FIELDS.get(node.name.value)
        if field is None:
            return None
        kind = get_named_type(field.type)
        if not is_composite_type(kind):
            return None
        if root and parent is self._schema.mutation_type:
            return _Part(key, DEARER_MUTATIONS.get(node.name.value, MUTATION_POINTS), self._payload(kind, nodes))
        if root and kind.name == "Count":
            return _Part(key, ROOT_COUNT_POINTS)
        if kind.name.endswith("Connection"):
            return _Part(key, CONNECTION_POINTS, (self._pages(kind, nodes, self._size(node)),))
        children = self._children(kind, nodes)
        own = 0 if kind.name in FREE_TYPES else 1
        return _Part(key, own, children) if own or any(children) else None

    def _children(self, kind: GraphQLNamedType, nodes: list[FieldNode]) -> tuple[tuple[_Part, ...], ...]:
        types = self._schema.get_possible_types(kind) if is_abstract_type(kind) else (kind,)
        selections = [node.selection_set for node in nodes if node.selection_set]
        return tuple(tuple(part for each in selections for part in self._select(one, each)) for one in types)

    def _payload(self, kind: GraphQLNamedType, nodes: list[FieldNode]) -> tuple[tuple[_Part, ...], ...]:
        """Return the parts of a mutation's payload: the objects directly in it are free, what is below them is not."""
        parts = [part for children in self._children(kind, nodes) for part in children]
        return (tuple(part if part.size is not None else replace(part, own=0) for part in parts),)

    def _pages(self, connection: GraphQLNamedType, nodes: list[FieldNode], size: int) -> tuple[_Part, ...]:
        """Return the parts below a connection: `nodes`, `edges`, or both, which then both count."""
        parts = []
        for key, fields in self._merged(connection, nodes).items():
            field = getattr(connection, "fields", {}).get(fields[0].name.value)
            kind = get_named_type(field.type) if field is not None else None
            if kind is None or fields[0].name.value not in {"nodes", "edges"}:
                continue
            if fields[0].name.value == "nodes":
                parts.append(_Part(key, 1, self._children(kind, fields), size))
                continue
            for inner, inner_fields in self._merged(kind, fields).items():
                if inner_fields[0].name.value == "node":
                    node_kind = get_named_type(getattr(kind, "fields", {})["node"].type)
                    parts.append(_Part(key, 1, self._children(node_kind, inner_fields), size, inner))
        return tuple(parts)

    def _merged(self, parent: GraphQLNamedType, nodes: list[FieldNode]) -> dict[str, list[FieldNode]]:
        merged: dict[str, list[FieldNode]] = {}
        for node in nodes:
            if node.selection_set:
                for key, found in self._fields(parent, node.selection_set).items():
                    merged.setdefault(key, []).extend(found)
        return merged

    def _size(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value in {"first", "last"}:
                value = argument.value
                if isinstance(value, IntValueNode):
                    return int(value.value)
                if isinstance(value, VariableNode):
                    return int(self._variables.get(value.name.value) or 0)
        return 0


def page_factor(size: int) -> int:
    """Return the f(n) of a connection of n nodes: 0, 1, then floor(2 ln n)."""
    return size if size <= 1 else max(1, math.floor(2 * math.log(size)))


def _requested(part: _Part) -> int:
    below = max((sum(map(_requested, parts)) for parts in part.children), default=0)
    return part.own + below if part.size is None else page_factor(part.size) * (part.own + below)


def _actual(part: _Part, value: Any) -> int:
    if value is None:
        return 0
    found = value if isinstance(value, list) else [value]
    objects = [each if part.inner is None else each.get(part.inner) for each in found if each is not None]
    below = max((_below(part, each) for each in objects), default=0)
    return part.own + below if part.size is None else page_factor(len(objects)) * (part.own + below)


def _below(part: _Part, value: Any) -> int:
    if not isinstance(value, dict):
        return 0
    return max((sum(_actual(child, value.get(child.key)) for child in parts) for parts in part.children), default=0)
