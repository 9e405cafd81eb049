"""The GraphQL endpoint: from a request's body to its answer, with cost, throttle and errors as Shopify has them."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    execute_sync,
    parse,
    validate,
)

from comptoir_sandbox.shopify.call import Call
from comptoir_sandbox.shopify.cost import CostPlan
from comptoir_sandbox.shopify.errors import cost_exceeded, throttled
from comptoir_sandbox.shopify.executor import SharingExecutor
from comptoir_sandbox.shopify.resolvers import read_field, sandbox_schema
from comptoir_sandbox.shopify.throttle import MAX_QUERY_POINTS
from comptoir_sandbox.shopify.validation import shopify_errors, syntax_error, variable_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import DocumentNode

    from comptoir_sandbox.shopify.services import Services
    from comptoir_sandbox.shopify.throttle import Bucket

DOCUMENTS_KEPT = 200
MISSING_QUERY = {"errors": {"query": "Required parameter missing or invalid"}}

Answer = dict[str, Any]


@dataclass(frozen=True)
class GraphQLRequest:
    """A request's body, read."""

    query: str
    variables: Mapping[str, Any]
    operation_name: str | None


@dataclass(frozen=True)
class Prepared:
    """A parsed and validated document, or what is wrong with it."""

    document: DocumentNode | None
    errors: list[dict[str, Any]]
    operations: tuple[OperationDefinitionNode, ...] = ()
    fragments: Mapping[str, FragmentDefinitionNode] | None = None

    def choose(self, name: str | None) -> OperationDefinitionNode | None:
        """Return the operation to run, or None when the name does not settle it."""
        if name is None:
            return self.operations[0] if len(self.operations) == 1 else None
        return next((each for each in self.operations if each.name and each.name.value == name), None)


def read_body(body: bytes, content_type: str) -> GraphQLRequest | None:
    """Read a request's body (JSON, or a bare document as application/graphql); None when it has no query."""
    try:
        text = body.decode("utf-8")
        if content_type.startswith("application/graphql"):
            return GraphQLRequest(text, {}, None)
        raw = json.loads(text)
    except ValueError:
        return None
    if not isinstance(raw, dict) or not isinstance(raw.get("query"), str):
        return None
    variables = raw.get("variables") or {}
    name = raw.get("operationName") or None
    if not isinstance(variables, dict) or not isinstance(name, str | None):
        return None
    return GraphQLRequest(raw["query"], variables, name)


class GraphQLApi:
    """Answers GraphQL requests for one shop. Safe to use from several threads."""

    def __init__(self, services: Services, bucket: Bucket) -> None:
        self._services = services
        self._bucket = bucket
        self._lock = Lock()
        self._documents: OrderedDict[str, Prepared] = OrderedDict()

    def operation_name(self, request: GraphQLRequest) -> str:
        """Return what the log calls the request: the operation's name, else its first root field."""
        operation = self._prepared(request.query).choose(request.operation_name)
        if operation is None:
            return "graphql"
        if operation.name:
            return operation.name.value
        first = operation.selection_set.selections[0]
        return str(getattr(getattr(first, "name", None), "value", "graphql"))

    def answer(
        self,
        request: GraphQLRequest,
        granted: frozenset[str],
        *,
        search_debug: bool = False,
        base_url: str = "http://sandbox",
    ) -> Answer:
        """Run a query or mutation. The HTTP status is 200 whatever comes out. `base_url`: where it was asked."""
        prepared = self._prepared(request.query)
        if prepared.errors or prepared.document is None or prepared.fragments is None:
            return {"errors": prepared.errors}
        operation = prepared.choose(request.operation_name)
        if operation is None:
            return {"errors": [_no_operation(request.operation_name)]}
        wrong = variable_errors(sandbox_schema(), operation, request.variables)
        if wrong:
            return {"errors": wrong}
        plan = CostPlan(sandbox_schema(), operation, prepared.fragments, _with_defaults(operation, request.variables))
        requested = plan.requested()
        if requested > MAX_QUERY_POINTS:
            return cost_exceeded(requested, MAX_QUERY_POINTS)
        if not self._bucket.take(requested):
            return throttled(self._cost(requested, None))
        self._services.work()
        return self._run(prepared.document, request, plan, Call(self._services, granted, search_debug, base_url))

    def outline(self, request: GraphQLRequest) -> tuple[tuple[str, str], dict[str, Any]]:
        """Return ((type, field) of the first root field, cost before execution) of a request, for faults."""
        prepared = self._prepared(request.query)
        operation = prepared.choose(request.operation_name)
        if operation is None or prepared.fragments is None:
            return ("QueryRoot", "graphql"), self._cost(1, None)
        plan = CostPlan(sandbox_schema(), operation, prepared.fragments, _with_defaults(operation, request.variables))
        first: Any = operation.selection_set.selections[0]
        name = getattr(first, "name", None)
        parent = "Mutation" if operation.operation.value == "mutation" else "QueryRoot"
        return (parent, name.value if name is not None else "graphql"), self._cost(plan.requested(), None)

    def throttled(self, request: GraphQLRequest) -> Answer:
        """Empty the bucket and answer THROTTLED (the "throttle" fault)."""
        self._bucket.drain()
        return throttled(self.outline(request)[1])

    def _run(self, document: DocumentNode, request: GraphQLRequest, plan: CostPlan, call: Call) -> Answer:
        result = execute_sync(
            sandbox_schema(),
            document,
            context_value=call,
            variable_values=dict(request.variables),
            operation_name=request.operation_name,
            field_resolver=read_field,
            executor_class=SharingExecutor,
        )
        requested, actual = plan.requested(), plan.actual(result.data)
        self._bucket.give_back(requested - actual)
        answer: Answer = {"data": result.data}
        if result.errors:
            answer["errors"] = [error.formatted for error in result.errors]
        answer["extensions"] = {"cost": self._cost(requested, actual)}
        if call.searches:
            answer["extensions"]["search"] = call.searches
        return answer

    def _cost(self, requested: int, actual: int | None) -> dict[str, Any]:
        return {
            "requestedQueryCost": requested,
            "actualQueryCost": actual,
            "throttleStatus": self._bucket.status(),
        }

    def _prepared(self, text: str) -> Prepared:
        with self._lock:
            found = self._documents.get(text)
            if found is None:
                found = prepare(text)
                self._documents[text] = found
                if len(self._documents) > DOCUMENTS_KEPT:
                    self._documents.popitem(last=False)
            return found


def prepare(text: str) -> Prepared:
    """Parse and validate a document."""
    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        return Prepared(None, [syntax_error(error)])
    errors = validate(sandbox_schema(), document, hide_suggestions=True, allow_empty_selection_sets=False)
    if errors:
        return Prepared(None, shopify_errors(document, errors))
    definitions = document.definitions
    return Prepared(
        document,
        [],
        tuple(each for each in definitions if isinstance(each, OperationDefinitionNode)),
        {each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)},
    )


def _no_operation(name: str | None) -> dict[str, Any]:
    message = "An operation name is required" if name is None else f'No operation named "{name}"'
    return {"message": message, "extensions": {"code": "BAD_REQUEST"}}


def _with_defaults(operation: OperationDefinitionNode, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables that the cost depends on: numbers and booleans, defaults filled in."""
    values = {
        each.variable.name.value: getattr(each.default_value, "value", None)
        for each in operation.variable_definitions or ()
        if each.default_value is not None
    }
    return {**values, **given}
