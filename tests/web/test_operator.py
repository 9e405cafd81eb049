"""/healthz and /readyz name the database that is away, and ask nothing else of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from comptoir.storage.database import Database, server_url
from comptoir.web.operator import operator_routes


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_database_that_is_away_is_a_check_that_does_not_hold(path: str) -> None:
    database = Database(server_url("postgresql://127.0.0.1:1/books"))
    app = cast("Any", SimpleNamespace(books=SimpleNamespace(database=database)))
    nothing = cast("Any", None)
    answer = TestClient(Starlette(routes=operator_routes(app, nothing, nothing))).get(path)
    database.close()
    assert (answer.status_code, answer.json()) == (503, {"ok": False, "checks": {"database": False}})
