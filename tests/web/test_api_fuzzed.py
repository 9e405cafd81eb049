"""Whatever a program sends that the description of the API allows, or does not: no answer is a fault of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.web.apiclient import Program, program
from tests.web.conftest import Place

from comptoir.http.limiter import Limiter
from comptoir.storage.people.api_tokens import Scope
from comptoir.web.api.app import PREFIX, TROUBLES, api_routes
from comptoir.web.rates import Rates

EXAMPLES = 12
"""Requests of each operation; always the same ones."""
BASE = f"https://testserver{PREFIX}"
CALM = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def asking(place: Place) -> Program:
    """A program that may ask as often as it likes."""
    place.web.state.rates = Rates(lambda *_token: Limiter())
    place.run()
    return program(place, Scope.OWN)


def operations(asking: Program) -> list[Any]:
    schema = schemathesis.openapi.from_dict(asking.told("/openapi.json"))
    every: list[Any] = list(schema.get_all_operations())
    found = [each.ok() for each in every]
    assert len(found) == sum(len(route.methods or ()) for route in api_routes())
    return found


def sent(case: Any, known: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """The request that a case is; places that exist stand in its address where `known` names them."""
    for name, value in known.items():
        if case.path_parameters and name in case.path_parameters:
            case.path_parameters[name] = value
    told = case.as_transport_kwargs(base_url=BASE)
    how = {name: told[name] for name in ("params", "json") if told.get(name) is not None}
    if told.get("data") is not None:
        how["content"] = told["data"]
    headers = {name: value for name, value in dict(told.get("headers") or {}).items() if name.isascii()}
    headers = {name: str(value).encode("latin-1", "ignore") for name, value in headers.items()}
    headers.pop("Authorization", None)
    return told["method"], told["url"].removeprefix(BASE), how | {"headers": headers}


def test_no_request_meets_a_fault(place: Place, asking: Program) -> None:
    known = {
        "connection_id": place.record.id,
        "run_id": 1,
        "source_id": "2",
        "act": "hold",
        "step": "missing",
        "platform": "shopify",
    }
    statuses: set[int] = set()

    def check(operation: Any) -> None:
        @CALM
        @given(case=operation.as_strategy(), exists=st.booleans())
        def ask(case: Any, exists: bool) -> None:
            method, path, how = sent(case, known if exists else {})
            answer = asking.ask(method, path, **how)
            statuses.add(answer.status_code)
            told = (method, path, how, answer.text[:300])
            assert answer.status_code < 500, told
            if answer.status_code >= 400:
                assert answer.status_code in {*TROUBLES, 405}, told
                assert answer.headers["content-type"] == "application/problem+json", told
                assert {"type", "title", "status", "detail", "code"} <= set(json.loads(answer.content)), told

        ask()
        place.doing.wait(30)

    for operation in operations(asking):
        check(operation)
    assert {200, 202, 404, 422} <= statuses, "both sides of the door were seen"
