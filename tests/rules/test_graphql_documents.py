"""Every GraphQL document is valid against Shopify's published schema and costs what its comment says."""

from __future__ import annotations

import gzip
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import graphql
import pytest

from comptoir.stores.shopify.bulk import bulk_query
from comptoir.stores.shopify.cost import FIRST_PAGE_SIZE, MAX_QUERY_COST, weight
from comptoir.stores.shopify.parts import (
    ORDER_KINDS,
    PARTS_PER_QUERY,
    REFUND_KINDS,
    RETURN_KINDS,
    Kind,
    Open,
    question,
)
from comptoir.stores.shopify.queries import DOCUMENTS, document
from comptoir.stores.shopify.store import FIRST_PAGE_COST, OPTIONAL_PARTS, PAYOUTS_PAGE_SIZE
from comptoir.stores.shopify.webhooks import TOPICS

SPECS = Path(__file__).parents[3] / "shared" / "specs" / "shopify"
SCHEMA = SPECS / "admin-2026-10.schema.graphql.gz"
ACCESS_SCOPES = SPECS / "admin-2026-10.access-scopes.json.gz"
KINDS = (*ORDER_KINDS, *REFUND_KINDS, *RETURN_KINDS)

FREE_TYPES = frozenset({"MoneyBag", "MoneyV2", "MailingAddress", "PageInfo", "ShopAddress"})
"""Value objects, which cost nothing (shopify.md §3.2 (2))."""
COUNT_COST = 10


@pytest.fixture(scope="session")
def schema() -> graphql.GraphQLSchema:
    if not SCHEMA.exists():
        pytest.skip("Shopify's published schema is not beside this checkout (../shared/specs/shopify)")
    return graphql.build_schema(gzip.decompress(SCHEMA.read_bytes()).decode(), assume_valid=True)


def rest_of(kinds: list[Kind]) -> str:
    owners = [
        {"id": f"gid://shopify/X/{at}", kind.field: {"pageInfo": {"endCursor": "c"}}} for at, kind in enumerate(kinds)
    ]
    return question([Open(kind, owner) for kind, owner in zip(kinds, owners, strict=True)])[0]


REST_QUERIES = {kind.field: rest_of([kind]) for kind in KINDS} | {"all": rest_of([*KINDS, *KINDS])}
WITHOUT_RETURNS = [kind for kind in KINDS if kind.root != "return" and kind.field != "returns"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_is_valid(schema: graphql.GraphQLSchema, name: str) -> None:
    assert graphql.validate(schema, graphql.parse(document(name))) == []


@pytest.mark.parametrize("name", REST_QUERIES)
def test_continuation_is_valid(schema: graphql.GraphQLSchema, name: str) -> None:
    assert graphql.validate(schema, graphql.parse(REST_QUERIES[name])) == []


def test_a_misspelt_field_would_be_found(schema: graphql.GraphQLSchema) -> None:
    wrong = document("orders").replace("currentTotalPriceSet", "currentTotalPrizeSet")
    assert graphql.validate(schema, graphql.parse(wrong))


def test_every_file_is_a_known_document() -> None:
    files = {
        Path(file.name).stem
        for file in resources.files("comptoir.stores.shopify.queries").iterdir()
        if file.name.endswith(".graphql")
    }
    assert files == {*DOCUMENTS, "fragments"}


def test_no_document_uses_a_deprecated_field(schema: graphql.GraphQLSchema) -> None:
    texts = [*(document(name) for name in DOCUMENTS), *REST_QUERIES.values()]
    found = [
        error.message
        for text in texts
        for error in graphql.validate(schema, graphql.parse(text), rules=[graphql.NoDeprecatedCustomRule])
    ]
    assert found == []


def test_a_page_of_orders_costs_what_its_comment_says(schema: graphql.GraphQLSchema) -> None:
    comment = resources.files("comptoir.stores.shopify.queries").joinpath("orders.graphql").read_text()
    stated = re.search(r"Requested cost: (\d+) at (\d+) orders a page \((\d+) at (\d+),", comment)
    assert stated is not None
    cost, size, larger_cost, larger_size = map(int, stated.groups())
    assert (cost, size) == (FIRST_PAGE_COST, FIRST_PAGE_SIZE)
    assert cost_of(schema, document("orders"), first=size) == cost
    assert cost_of(schema, document("orders"), first=larger_size) == larger_cost


@pytest.mark.parametrize(
    ("name", "cost"),
    [("bulk_state", 1), ("existing", 1), ("orders_count", 10), ("payout_rows", 47), ("shop", 3), ("webhooks", 11)],
)
def test_small_documents_cost_what_their_comments_say(schema: graphql.GraphQLSchema, name: str, cost: int) -> None:
    comment = resources.files("comptoir.stores.shopify.queries").joinpath(f"{name}.graphql").read_text()
    assert f"requested cost {cost}" in comment
    assert cost_of(schema, document(name), first=0) == cost


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.field)
def test_the_dearest_continuation_stays_under_the_limit(schema: graphql.GraphQLSchema, kind: Kind) -> None:
    assert cost_of(schema, rest_of([kind] * PARTS_PER_QUERY), first=0) < MAX_QUERY_COST


def cost_of(schema: graphql.GraphQLSchema, text: str, *, first: int) -> int:
    """Shopify's requested cost as the fitted model of shopify.md §3.2 reckons it; `$first` is `first`."""
    ast = graphql.parse(text)
    fragments = {node.name.value: node for node in ast.definitions if isinstance(node, graphql.FragmentDefinitionNode)}
    operation = next(node for node in ast.definitions if isinstance(node, graphql.OperationDefinitionNode))
    assert schema.query_type is not None
    return max(1, Model(schema, fragments, first).selection(operation.selection_set, schema.query_type))


class Model:
    """Sums a selection: scalars 0, objects 1 + children, connections 2 + f(n) x (1 + node)."""

    def __init__(
        self, schema: graphql.GraphQLSchema, fragments: dict[str, graphql.FragmentDefinitionNode], first: int
    ) -> None:
        self.schema = schema
        self.fragments = fragments
        self.first = first

    def selection(self, selection: graphql.SelectionSetNode | None, parent: Any) -> int:
        """The fields themselves, and of the types that a union or interface may be the dearest one."""
        costs: Counter[str] = Counter()
        for field, holder in self.fields(selection, parent):
            costs[holder.name] += self.field(field, holder)
        own = costs.pop(parent.name, 0)
        return own + max(costs.values(), default=0)

    def fields(self, selection: graphql.SelectionSetNode | None, parent: Any) -> Iterator[tuple[Any, Any]]:
        for node in selection.selections if selection else ():
            if isinstance(node, graphql.FieldNode):
                yield node, parent
                continue
            fragment = self.fragments[node.name.value] if isinstance(node, graphql.FragmentSpreadNode) else node
            assert isinstance(fragment, graphql.FragmentDefinitionNode | graphql.InlineFragmentNode)
            holder = self.schema.type_map[fragment.type_condition.name.value] if fragment.type_condition else parent
            yield from self.fields(fragment.selection_set, holder)

    def field(self, node: graphql.FieldNode, parent: Any) -> int:
        if node.name.value == "__typename":
            return 0
        kind = graphql.get_named_type(parent.fields[node.name.value].type)
        if kind.name == "Count":
            return COUNT_COST
        if graphql.is_leaf_type(kind):
            return 0
        if kind.name.endswith("Connection"):
            return 2 + weight(self.size(node)) * self.selection(node.selection_set, kind)
        inner = self.selection(node.selection_set, kind)
        return inner if kind.name in FREE_TYPES else 1 + inner

    def size(self, node: graphql.FieldNode) -> int:
        value = next(argument.value for argument in node.arguments or () if argument.name.value == "first")
        return int(value.value) if isinstance(value, graphql.IntValueNode) else self.first


def test_a_page_of_payouts_costs_what_its_comment_says(schema: graphql.GraphQLSchema) -> None:
    comment = resources.files("comptoir.stores.shopify.queries").joinpath("payouts.graphql").read_text()
    assert "requested cost 9 at 25 a page" in comment
    assert cost_of(schema, document("payouts"), first=PAYOUTS_PAGE_SIZE) == 9


def test_the_topics_are_shopifys(schema: graphql.GraphQLSchema) -> None:
    topics = schema.type_map["WebhookSubscriptionTopic"]
    assert isinstance(topics, graphql.GraphQLEnumType)
    assert set(TOPICS) <= set(topics.values)


@pytest.mark.parametrize(
    ("size", "factor"),
    [(0, 0), (1, 1), (2, 1), (3, 2), (5, 3), (10, 4), (20, 5), (50, 7), (100, 9), (200, 10), (250, 11)],
)
def test_weight_of_a_connection_is_the_recorded_one(size: int, factor: int) -> None:
    assert weight(size) == factor
    assert factor == size or factor == max(1, math.floor(2 * math.log(size)))


def types_reached(schema: graphql.GraphQLSchema, text: str) -> set[str]:
    """Names of the types whose fields are always asked for."""
    ast = graphql.parse(text)
    fragments = {node.name.value: node for node in ast.definitions if isinstance(node, graphql.FragmentDefinitionNode)}
    info = graphql.TypeInfo(schema)
    found: set[str] = set()
    waiting: list[Any] = [node for node in ast.definitions if isinstance(node, graphql.OperationDefinitionNode)]

    class Walk(graphql.Visitor):
        def enter_field(self, node: graphql.FieldNode, *_: object) -> object:
            if any(directive.name.value == "include" for directive in node.directives or ()):
                return graphql.SKIP
            kind = graphql.get_named_type(info.get_type())
            if kind is not None:
                found.add(kind.name)
            return None

        def enter_fragment_spread(self, node: graphql.FragmentSpreadNode, *_: object) -> None:
            fragment = None if node.directives else fragments.pop(node.name.value, None)
            if fragment is not None:
                waiting.append(fragment)

    while waiting:
        graphql.visit(waiting.pop(), graphql.TypeInfoVisitor(info, Walk()))
    return found


@pytest.mark.parametrize("text", [document("orders"), rest_of(WITHOUT_RETURNS)], ids=["orders", "all continuations"])
def test_whatever_is_always_asked_for_takes_read_orders_alone(schema: graphql.GraphQLSchema, text: str) -> None:
    if not ACCESS_SCOPES.exists():
        pytest.skip("Shopify's table of access scopes is not beside this checkout (../shared/specs/shopify)")
    table = json.loads(gzip.decompress(ACCESS_SCOPES.read_bytes()))
    closed = {
        entry["typeName"]
        for entry in table
        if not entry.get("fieldName") and "read_orders" not in entry["offlineScopes"]
    }
    assert {"Customer", "Product", "PaymentTerms"} <= closed
    reached = types_reached(schema, text)
    assert {"Order", "LineItem", "Refund"} & reached
    assert reached & closed == set()


# What a bulk operation may ask for (shopify.md §3.6)


BULK_QUERIES = {
    "everything": bulk_query("updated_at:>='2026-01-01T00:00:00Z'", dict.fromkeys(OPTIONAL_PARTS, True)),
    "orders alone": bulk_query("", dict.fromkeys(OPTIONAL_PARTS, False)),
}


def connections_in(schema: graphql.GraphQLSchema, text: str) -> list[tuple[int, bool, bool, set[str]]]:
    """Each connection: its depth, whether it is in a plain list, whether its parent has its id, and its fields."""
    found: list[tuple[int, bool, bool, set[str]]] = []

    def walk(selection: Any, parent: Any, depth: int, *, in_list: bool) -> None:
        fields = [node for node in selection.selections if isinstance(node, graphql.FieldNode)]
        names = {node.name.value for node in fields}
        for node in fields:
            if node.name.value == "__typename" or node.selection_set is None:
                continue
            stated = parent.fields[node.name.value].type
            kind = graphql.get_named_type(stated)
            if kind.name.endswith("Connection"):
                selected: list[Any] = list(node.selection_set.selections)
                inside = {each.name.value for each in selected}
                found.append((depth + 1, in_list, parent.name == "QueryRoot" or "id" in names, inside))
                edge = graphql.get_named_type(kind.fields["edges"].type)
                record = graphql.get_named_type(edge.fields["node"].type)
                (edges,) = selected
                (inner,) = edges.selection_set.selections
                walk(inner.selection_set, record, depth + 1, in_list=False)
            elif not graphql.is_union_type(kind):
                is_list = graphql.is_list_type(graphql.get_nullable_type(stated))
                walk(node.selection_set, kind, depth, in_list=in_list or is_list)

    (operation,) = graphql.parse(text).definitions
    assert isinstance(operation, graphql.OperationDefinitionNode)
    walk(operation.selection_set, schema.query_type, 0, in_list=False)
    return found


@pytest.mark.parametrize("text", BULK_QUERIES.values(), ids=BULK_QUERIES)
def test_a_bulk_query_keeps_to_shopifys_rules(schema: graphql.GraphQLSchema, text: str) -> None:
    assert graphql.validate(schema, graphql.parse(text)) == []
    found = connections_in(schema, text)
    assert 1 <= len(found) <= 5
    assert all(depth <= 2 and not in_list and has_id for depth, in_list, has_id, _ in found)
    assert all(fields == {"edges"} for *_, fields in found)
    assert "fragment" not in text
    assert "$" not in text
