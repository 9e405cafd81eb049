"""A selection compiled to plain functions over rendered nodes: what GraphQL's executor does, without its price.

One order by the executor costs some milliseconds; a bulk operation writes thousands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    get_argument_values,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)

from comptoir_sandbox.shopify import scopes
from comptoir_sandbox.shopify.connections import WITH_REMOVED, Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from graphql import FragmentDefinitionNode, GraphQLSchema, SelectionSetNode

Node = Any
Step = tuple[str, "Callable[[Node, list[Line]], Any]"]
SHARED = frozenset({"MoneyBag", "MoneyV2"})
"""Types whose nodes are shared between orders: each is projected once."""
NOTHING = object()
"""Of a connection: its nodes become lines of their own."""


@dataclass(slots=True)
class Line:
    """A line of the result below a root object: the object, and whose it is."""

    content: dict[str, Any]
    parent: str


class Projector:
    """Compiles the selections of one query for one token. ACCESS_DENIED (GraphQLError) when a scope is missing."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], granted: frozenset[str]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._granted = granted

    def connection(self, kind: Any, selections: list[SelectionSetNode]) -> Callable[[Node, list[Line]], dict[str, Any]]:
        """Compile what is selected of a connection's nodes: (node, lines) -> the node's own line."""
        wanted = [
            inner
            for field in self._by_name(kind, selections, "edges")
            for inner in self._by_name(get_named_type(kind.fields["edges"].type), [field], "node")
        ]
        return self.object(get_named_type(kind.fields["nodes"].type), wanted)

    def _by_name(self, kind: Any, selections: list[SelectionSetNode], name: str) -> list[SelectionSetNode]:
        fields = self._fields(kind, selections)
        return [node.selection_set for nodes in fields.values() for node in nodes
                if node.name.value == name and node.selection_set is not None]  # fmt: skip

    def object(self, kind: Any, selections: list[SelectionSetNode]) -> Callable[[Node, list[Line]], dict[str, Any]]:
        """Compile a selection on an object; of an abstract type for each concrete one."""
        if is_abstract_type(kind):
            of_type = {one.name: self.object(one, selections) for one in self._schema.get_possible_types(kind)}
            return lambda node, lines: of_type[node["__typename"]](node, lines)
        steps = [self._step(kind, key, nodes) for key, nodes in self._fields(kind, selections).items()]

        def project(node: Node, lines: list[Line]) -> dict[str, Any]:
            made = {}
            for key, read in steps:
                value = read(node, lines)
                if value is not NOTHING:
                    made[key] = value
            return made

        return _remembering(project) if kind.name in SHARED else project

    def _step(self, kind: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Step:
        name = nodes[0].name.value
        if name == "__typename":
            return key, lambda _node, _lines: kind.name
        scopes.check(self._granted, kind.name, name)
        definition = kind.fields[name]
        arguments = get_argument_values(definition, nodes[0])
        argument, everything = WITH_REMOVED.get((kind.name, name), ("", ""))
        if arguments.get(argument):
            name = everything
        named = get_named_type(definition.type)
        selections = [node.selection_set for node in nodes if node.selection_set is not None]
        if named.name.endswith("Connection"):
            return key, _connection_step(name, self.connection(named, selections))
        if is_composite_type(named):
            return key, _object_step(name, self.object(named, selections), arguments.get("first"))
        return key, _leaf_step(name)

    def _fields(self, kind: Any, selections: list[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        found: dict[str, list[FieldNode]] = {}
        for selection in selections:
            for node in self._flat(kind, selection):
                found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        return found

    def _flat(self, kind: Any, selection: SelectionSetNode) -> Iterator[FieldNode]:
        for node in selection.selections:
            if not _included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
                continue
            inner: Any = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            if inner.type_condition is None or self._applies(inner.type_condition.name.value, kind):
                yield from self._flat(kind, inner.selection_set)

    def _applies(self, condition: str, kind: Any) -> bool:
        wanted = self._schema.get_type(condition)
        return wanted is kind or (is_abstract_type(wanted) and self._schema.is_sub_type(wanted, kind))


def _included(node: Any) -> bool:
    """Heed @skip and @include; a bulk query has no variables."""
    for directive in node.directives or ():
        value: Any = directive.arguments[0].value if directive.arguments else None
        wanted = directive.name.value == "include"
        known = directive.name.value in {"skip", "include"} and isinstance(value, BooleanValueNode)
        if known and value.value is not wanted:
            return False
    return True


def _remembering(project: Callable[[Node, list[Line]], dict[str, Any]]) -> Callable[[Node, list[Line]], dict[str, Any]]:
    done: dict[int, tuple[Node, dict[str, Any]]] = {}

    def remembered(node: Node, lines: list[Line]) -> dict[str, Any]:
        known = done.get(id(node))
        if known is None or known[0] is not node:
            known = node, project(node, lines)
            done[id(node)] = known
        return known[1]

    return remembered


def _leaf_step(name: str) -> Callable[[Node, list[Line]], Any]:
    def read(node: Node, _lines: list[Line]) -> Any:
        value = node[name]
        return value() if callable(value) else value

    return read


def _object_step(
    name: str, project: Callable[[Node, list[Line]], dict[str, Any]], first: int | None
) -> Callable[[Node, list[Line]], Any]:
    def read(node: Node, lines: list[Line]) -> Any:
        value = node[name]
        if callable(value):
            value = value()
        if value is None:
            return None
        if isinstance(value, list):
            return [project(each, lines) for each in value[:first]]
        return project(value, lines)

    return read


def _connection_step(
    name: str, project: Callable[[Node, list[Line]], dict[str, Any]]
) -> Callable[[Node, list[Line]], Any]:
    def read(node: Node, lines: list[Line]) -> Any:
        value = node[name]
        if callable(value):
            value = value()
        listing: Listing = value
        for row in listing.rows:
            below: list[Line] = []
            lines.append(Line(project(listing.node(row), below), node["id"]))
            lines.extend(below)
        return NOTHING

    return read
