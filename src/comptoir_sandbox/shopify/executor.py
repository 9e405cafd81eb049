"""graphql-core's executor with two short cuts, which make a page of 25 orders about twice as fast.

The same amount selected the same way is completed once a request (money bags are two thirds of all fields of an order),
and a text, number or flag that stands ready in a rendered node is taken as it is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from graphql import GraphQLObjectType, get_nullable_type, is_leaf_type
from graphql.execution import Executor

if TYPE_CHECKING:
    from graphql import GraphQLSchema

SHARED_TYPES = frozenset({"MoneyBag", "MoneyV2"})
"""Types whose nodes are never changed, have no arguments below them and cannot fail."""


@lru_cache(maxsize=4)
def ready_fields(schema: GraphQLSchema) -> frozenset[tuple[str, str]]:
    """Return (type, field) of the leaves that rendered nodes hold ready: no arguments, no resolver of their own."""
    return frozenset(
        (kind.name, name)
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
        for name, definition in kind.fields.items()
        if definition.resolve is None and not definition.args and is_leaf_type(get_nullable_type(definition.type))
    )


class SharingExecutor(Executor[Any]):
    """Completes each (amount, selection) once and takes ready leaves as they are."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._ready = ready_fields(self.schema)
        self._signatures: dict[int, tuple[Any, ...]] = {}
        self._completed: dict[tuple[Any, int], tuple[Any, Any]] = {}

    def execute_field(self, parent_type: GraphQLObjectType, source: Any, field_details_list: Any, *more: Any) -> Any:
        """Take a ready leaf; everything else, null and deferred values included, goes the long way."""
        name = field_details_list[0].node.name.value
        if (parent_type.name, name) in self._ready:
            value = source[name]
            if isinstance(value, str | int | float):
                return value
        return super().execute_field(parent_type, source, field_details_list, *more)

    def complete_object_value(
        self, return_type: GraphQLObjectType, field_details_list: Any, info: Any, path: Any, result: Any, *more: Any
    ) -> Any:
        """Reuse the completed value when this node was completed for the same selection."""
        if return_type.name not in SHARED_TYPES:
            return super().complete_object_value(return_type, field_details_list, info, path, result, *more)
        signature = self._signatures.get(id(field_details_list))
        if signature is None:
            signature = self._signature(return_type, field_details_list)
            self._signatures[id(field_details_list)] = signature
        key = (signature, id(result))
        if key not in self._completed:
            done = super().complete_object_value(return_type, field_details_list, info, path, result, *more)
            # The node is kept so that its id stays its own.
            self._completed[key] = (result, done)
        return self._completed[key][1]

    def _signature(self, return_type: GraphQLObjectType, field_details_list: Any) -> tuple[Any, ...]:
        """Return what is selected below: response keys and the syntax nodes (shared where a fragment is spread)."""
        grouped = self.collect_subfields(return_type, field_details_list)[0]
        return (
            return_type.name,
            tuple((key, tuple(id(each.node) for each in details)) for key, details in grouped.items()),
        )
