"""The sandbox's schema is a part of Shopify's, and serves the project's queries."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    IntValueNode,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    is_required_argument,
    is_required_input_field,
    parse,
    print_ast,
    validate,
)

from comptoir_sandbox.shopify.api import GraphQLRequest
from comptoir_sandbox.shopify.app import Sandbox
from comptoir_sandbox.shopify.call import Call
from comptoir_sandbox.shopify.cost import CostPlan, page_factor
from comptoir_sandbox.shopify.resolvers import read_field, sandbox_schema
from comptoir_sandbox.shopify.scopes import DEFAULT_SCOPES

ROOT = Path(__file__).parents[3]
LEAST_EXACT_SHARE = 0.87
LEAST_EXACT_SHARE_OF_MUTATIONS = 0.94
RECORDED = 95
"""So many recorded queries and mutations can be answered by our part of the schema: each is priced exactly."""
GRANTED = frozenset(DEFAULT_SCOPES)


@pytest.fixture(scope="session")
def official_path(specs: Path) -> Path:
    return specs / "admin-2026-10.schema.graphql.gz"


@pytest.fixture(scope="session")
def official(official_path: Path) -> GraphQLSchema:
    return build_schema(gzip.decompress(official_path.read_bytes()).decode(), assume_valid=True)


def read_query(specs: Path, name: str) -> str:
    return (specs / "queries" / f"{name}.graphql").read_text(encoding="utf-8")


def default_of(field: GraphQLInputField) -> str | None:
    literal = getattr(field.default, "literal", None)
    return None if literal is None else print_ast(literal)


def signature(schema: GraphQLSchema) -> set[str]:
    """Everything a client can rely on, one text each."""
    facts = set()
    for name, kind in schema.type_map.items():
        if name.startswith("__") or name in {"String", "Int", "Float", "Boolean", "ID"}:
            continue
        facts.add(f"{type(kind).__name__} {name}")
        if isinstance(kind, GraphQLEnumType):
            facts |= {f"{name}.{value}" for value in kind.values}
        if isinstance(kind, GraphQLUnionType):
            facts |= {f"{name} = {member.name}" for member in kind.types}
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            facts |= {f"{name} implements {each.name}" for each in kind.interfaces}
        if isinstance(kind, GraphQLInputObjectType):
            facts |= {f"{name}.{field}: {each.type} = {default_of(each)}" for field, each in kind.fields.items()}
            facts.add(f"{name} is one of: {kind.is_one_of}")
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field, definition in kind.fields.items():
                facts.add(f"{name}.{field}: {definition.type}")
                facts |= {f"{name}.{field}({at}: {each.type})" for at, each in definition.args.items()}
    return facts


def test_our_schema_is_a_part_of_the_official_one(official: GraphQLSchema) -> None:
    ours = signature(sandbox_schema())
    assert len(ours) > 500
    assert ours - signature(official) == set()


def test_directives_are_official(official: GraphQLSchema) -> None:
    directive, theirs = sandbox_schema().get_directive("idempotent"), official.get_directive("idempotent")
    assert directive is not None
    assert theirs is not None
    assert {at: str(each.type) for at, each in directive.args.items()} == {"key": "String!"}
    assert directive.locations == theirs.locations


def test_no_input_that_the_official_schema_requires_is_missing(official: GraphQLSchema) -> None:
    for name, kind in sandbox_schema().type_map.items():
        theirs = official.type_map.get(name)
        if isinstance(kind, GraphQLInputObjectType) and isinstance(theirs, GraphQLInputObjectType):
            required = {at for at, each in theirs.fields.items() if is_required_input_field(each)}
            assert required <= set(kind.fields), name


def test_no_argument_that_the_official_schema_requires_is_missing(official: GraphQLSchema) -> None:
    for name, kind in sandbox_schema().type_map.items():
        if name.startswith("__") or not isinstance(kind, GraphQLObjectType):
            continue
        for field, definition in kind.fields.items():
            theirs = official.type_map[name]
            assert isinstance(theirs, GraphQLObjectType)
            required = {at for at, each in theirs.fields[field].args.items() if is_required_argument(each)}
            assert required <= set(definition.args), f"{name}.{field}"


def test_the_shipped_schema_is_what_the_script_makes(official_path: Path) -> None:
    script = ROOT / "scripts" / "generate_shopify_schema.py"
    made = subprocess.run([sys.executable, script, official_path], capture_output=True, text=True, check=True).stdout
    shipped = ROOT / "src" / "comptoir_sandbox" / "shopify" / "schema.graphql"
    assert made == shipped.read_text(encoding="utf-8")


def run(sandbox: Sandbox, text: str, variables: dict[str, Any]) -> dict[str, Any]:
    answer = sandbox.api.answer(GraphQLRequest(text, variables, None), GRANTED)
    assert "errors" not in answer, answer["errors"][:2]
    return answer


def test_orders_sync_runs(specs: Path, month_sandbox: Sandbox) -> None:
    text = read_query(specs, "orders_sync")
    answer = run(month_sandbox, text, {"first": 25, "query": "updated_at:>='2010-12-10T00:00:00Z'"})
    orders = answer["data"]["orders"]
    assert len(orders["nodes"]) == 25
    assert orders["pageInfo"]["hasNextPage"] is True
    assert all(order["updatedAt"] >= "2010-12-10T00:00:00Z" for order in orders["nodes"])
    assert answer["extensions"]["cost"]["requestedQueryCost"] == 728


def test_the_executors_short_cuts_change_nothing(specs: Path, month_sandbox: Sandbox) -> None:
    text = read_query(specs, "orders_sync")
    variables = {"first": 25, "query": "financial_status:partially_refunded OR financial_status:pending"}
    plain = execute_sync(
        sandbox_schema(),
        parse(text),
        context_value=Call(month_sandbox.services, GRANTED),
        variable_values=variables,
        field_resolver=read_field,
    )
    assert plain.errors is None
    assert run(month_sandbox, text, variables)["data"] == plain.data


def test_refund_detail_runs_for_every_refund(specs: Path, month_sandbox: Sandbox) -> None:
    text = read_query(specs, "refund_detail")
    refunds = [refund.source.id for order in month_sandbox.shop.orders() for refund in order.refunds]
    assert len(refunds) == 318
    for number in refunds:
        refund = run(month_sandbox, text, {"id": f"gid://shopify/Refund/{number}"})["data"]["refund"]
        assert refund["legacyResourceId"] == str(number)
        assert refund["transactions"]["nodes"][0]["kind"] == "REFUND"


def test_shop_info_runs(specs: Path, month_sandbox: Sandbox) -> None:
    data = run(month_sandbox, read_query(specs, "shop"), {})["data"]
    assert data["shop"]["myshopifyDomain"] == "retail-demo.myshopify.com"
    assert data["shop"]["currencyCode"] == "GBP"
    assert {each["handle"] for each in data["currentAppInstallation"]["accessScopes"]} == set(DEFAULT_SCOPES)
    assert len(data["locations"]["nodes"]) == 1


@pytest.mark.parametrize(("first", "cost"), [(25, 728), (50, 849)])
def test_the_stated_cost_of_orders_sync(specs: Path, first: int, cost: int) -> None:
    assert plan(sandbox_schema(), read_query(specs, "orders_sync"), {"first": first}) == cost


def plan(schema: GraphQLSchema, text: str, variables: dict[str, Any]) -> int:
    document = parse(text)
    operation = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    defaults = {
        each.variable.name.value: int(each.default_value.value)
        for each in operation.variable_definitions or ()
        if isinstance(each.default_value, IntValueNode)
    }
    return CostPlan(schema, operation, fragments, {**defaults, **variables}).requested()


def recorded_costs(specs: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(specs / "recorded-query-costs.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def test_the_cost_of_every_recorded_query_that_we_can_answer(specs: Path) -> None:
    exact = total = 0
    for recorded in recorded_costs(specs):
        if validate(sandbox_schema(), parse(recorded["query"])):
            continue
        total += 1
        cost = plan(sandbox_schema(), recorded["query"], recorded["intVariables"])
        exact += cost == recorded["requestedQueryCost"]
    assert total >= RECORDED
    assert exact == total


def test_the_cost_model_against_all_recorded_answers(specs: Path, official: GraphQLSchema) -> None:
    exact: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for recorded in recorded_costs(specs):
        document = parse(recorded["query"])
        first = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))
        kind = first.operation.value
        total[kind] += 1
        exact[kind] += plan(official, recorded["query"], recorded["intVariables"]) == recorded["requestedQueryCost"]
    shares = {kind: exact[kind] / total[kind] for kind in total}
    assert total["query"] > 300
    assert shares["query"] >= LEAST_EXACT_SHARE
    assert shares["mutation"] >= LEAST_EXACT_SHARE_OF_MUTATIONS


def test_page_factors() -> None:
    sizes = (0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 250)
    assert [page_factor(size) for size in sizes] == [0, 1, 1, 2, 3, 4, 5, 7, 9, 10, 11]
