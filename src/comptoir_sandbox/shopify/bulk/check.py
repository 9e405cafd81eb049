"""What a bulk query must look like, and the refusals of those that do not (shopify.md §3.6; messages as recorded)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLList,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    get_named_type,
    get_nullable_type,
    parse,
    validate,
)

from comptoir_sandbox.shopify.validation import shopify_errors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from graphql import GraphQLSchema, SelectionSetNode

MOST_CONNECTIONS = 5
DEEPEST_NESTING = 2
"""A connection inside a connection's nodes, once more at most."""


@dataclass(frozen=True)
class BulkQuery:
    """A checked query."""

    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]


@dataclass
class _Findings:
    connections: list[str] = field(default_factory=list)
    by_nodes: list[str] = field(default_factory=list)
    without_id: list[str] = field(default_factory=list)
    in_list: bool = False
    deepest: int = 0


def check(schema: GraphQLSchema, text: str, roots: Collection[str]) -> tuple[BulkQuery | None, list[str]]:
    """Return the query, or what is wrong with it. `roots`: the fields that a bulk operation can go through."""
    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        message = error.message.replace("Syntax Error: ", "").rstrip(".")
        ended = "<EOF>" in message
        return None, [f"Invalid bulk query: syntax error, {'unexpected end of file' if ended else message}"]
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    if len(operations) != 1:
        return None, ["Bulk queries must contain exactly one operation."]
    if operations[0].operation.value != "query":
        return None, ["Invalid operation type. Only `query` operations are supported."]
    wrong = validate(schema, document, hide_suggestions=True, allow_empty_selection_sets=False)
    if wrong:
        return None, [f"Invalid bulk query: {each['message']}" for each in shopify_errors(document, wrong)]
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    query = BulkQuery(operations[0], fragments)
    problems = list(_Walk(schema, fragments).problems(query))
    selections = operations[0].selection_set.selections
    strange = [str(getattr(getattr(each, "name", None), "value", "...")) for each in selections]
    if not problems:
        problems = [f"This simulator runs no bulk query over `{name}`." for name in strange if name not in roots]
    return (None, problems) if problems else (query, [])


class _Walk:
    """Goes through the selections and notes their connections."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._found = _Findings()

    def problems(self, query: BulkQuery) -> Iterator[str]:
        """Yield what is wrong, in the words of the platform."""
        top = [node.name.value for _, node in self._fields(query.operation.selection_set, None)]
        self._walk(query.operation.selection_set, self._schema.query_type, depth=-1, in_list=False, above=None)
        found = self._found
        yield from (
            f"Bulk queries cannot contain a top level `{name}` field." for name in top if name in {"node", "nodes"}
        )
        if not found.connections:
            yield "Bulk queries must contain at least one connection."
        if found.by_nodes:
            example, names = found.by_nodes[0], "', '".join(found.by_nodes)
            yield (
                "All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: "
                f"'{example} {{ edges {{ node {{'. Selecting via 'nodes' is not supported. "
                f"Invalid connection fields: '{names}'."
            )
        if len(found.connections) > MOST_CONNECTIONS:
            yield f"Bulk queries cannot contain more than {MOST_CONNECTIONS} connections."
        if found.deepest > DEEPEST_NESTING:
            yield f"Bulk queries cannot contain connections with a nesting depth greater than {DEEPEST_NESTING}."
        if found.in_list:
            yield "Queries that contain a connection field within a list field are not currently supported."
        if found.without_id:
            yield (
                "The parent 'node' field for a nested connection must select the 'id' field without an alias and must "
                f"be of 'ID' return type. Connection fields without 'id': {', '.join(found.without_id)}."
            )

    def _fields(self, selection: SelectionSetNode, kind: Any) -> Iterator[tuple[Any, FieldNode]]:
        """Yield (type, field), fragments opened."""
        for node in selection.selections:
            if isinstance(node, FieldNode):
                yield kind, node
                continue
            inner = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            condition: Any = getattr(inner, "type_condition", None)
            narrowed = self._schema.get_type(condition.name.value) if condition is not None else kind
            selected: Any = getattr(inner, "selection_set", None)
            yield from self._fields(selected, narrowed)

    def _walk(self, selection: SelectionSetNode, kind: Any, *, depth: int, in_list: bool, above: str | None) -> None:
        """`depth`: of the connection whose nodes these are (-1: none); `above`: that connection, if it lacks an id."""
        for parent, node in self._fields(selection, kind):
            definition = getattr(parent, "fields", {}).get(node.name.value)
            if definition is None or node.selection_set is None:
                continue
            named: Any = get_named_type(definition.type)
            if named.name.endswith("Connection"):
                self._connection(node, named, depth + 1, in_list=in_list, above=above)
                continue
            listed = in_list or isinstance(get_nullable_type(definition.type), GraphQLList)
            self._walk(node.selection_set, named, depth=depth, in_list=listed, above=above)

    def _connection(self, node: FieldNode, kind: Any, depth: int, *, in_list: bool, above: str | None) -> None:
        name, found = node.name.value, self._found
        found.connections.append(name)
        found.in_list = found.in_list or in_list
        found.deepest = max(found.deepest, depth)
        if above is not None and above not in found.without_id:
            found.without_id.append(above)
        below: Any = node.selection_set
        fields = [each for _, each in self._fields(below, kind)]
        if any(each.name.value == "nodes" for each in fields):
            found.by_nodes.append(name)
        inner = [part for each in fields if each.name.value == "edges" for part in _children(each)]
        for each in (*inner, *(one for one in fields if one.name.value == "nodes")):
            if each.name.value not in {"node", "nodes"} or each.selection_set is None:
                continue
            kind_of_node = get_named_type(kind.fields["nodes"].type)
            own = any(
                one.name.value == "id" and one.alias is None
                for _, one in self._fields(each.selection_set, kind_of_node)
            )
            self._walk(each.selection_set, kind_of_node, depth=depth, in_list=False, above=None if own else name)


def _children(node: FieldNode) -> list[FieldNode]:
    selection = node.selection_set
    return [each for each in selection.selections if isinstance(each, FieldNode)] if selection is not None else []
