"""What a piece of work has at hand where nothing else is said."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from comptoir.engine.work import Step, Work, zone_named


def test_work_has_the_real_clock_and_the_real_sleep_and_nobody_watching(road: Any) -> None:
    made = road.work()
    work = Work(made.books, made.record, made.store, made.ledger, made.run)
    now = work.clock()
    assert now.utcoffset() == timedelta(0)
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)
    assert work.sleep is time.sleep
    work.watch(Step("fetch", 1))


def test_an_owner_names_organization_connection_and_company(road: Any) -> None:
    owner = road.work().owner
    assert (owner.organization_id, owner.connection_id) == (road.organization_id, road.connection_id)
    assert owner.company == road.ledger.identity


@pytest.mark.parametrize(
    ("name", "found"), [("Europe/London", True), ("Nowhere/Land", False), ("", False), ("../London", False)]
)
def test_a_zone_is_found_by_its_name_or_not_at_all(name: str, found: Any) -> None:
    assert (zone_named(name) is not None) is found
