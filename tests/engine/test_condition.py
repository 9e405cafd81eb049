"""How a connection is said to stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.engine.conftest import Road

from comptoir.books.problems import Message
from comptoir.engine.telling.condition import Condition, condition_of
from comptoir.storage.connections import Standing

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
WORKS = Standing(NOON, "CAD")
STOPPED = replace(WORKS, stop=Message("It is busy."))
SIGNED_OUT = replace(STOPPED, signed_out=True)


@pytest.mark.parametrize(
    ("changes", "condition"),
    [
        ({}, Condition.UNTESTED),
        ({"standing": WORKS}, Condition.WORKS),
        ({"standing": STOPPED}, Condition.STOPPED),
        ({"standing": SIGNED_OUT}, Condition.SIGNED_OUT),
        ({"standing": SIGNED_OUT, "disconnected_at": NOON}, Condition.DISCONNECTED),
    ],
)
def test_the_first_that_is_so(road: Road, changes: dict[str, Any], condition: Condition) -> None:
    record = replace(road.books.connections.get(road.connection_id), **changes)
    assert condition_of(record) is condition
