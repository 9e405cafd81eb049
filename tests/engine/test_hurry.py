"""A person's run sends what the person waits for, whatever another store of the company has on its way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from comptoir.books.documents import Kind
from comptoir.books.facts import StoreIdentity
from comptoir.engine.posting import hurry
from comptoir.engine.posting.hurry import narrowed
from comptoir.engine.road import fetch_connection, post_to_company
from comptoir.engine.work import GiveWayError, Work
from comptoir.storage.connections import LEDGER, STORE, NewConnection
from comptoir.storage.postings import State
from comptoir.storage.runs import RunState

OTHER = StoreIdentity("shop:two")


def planned_only(work: Work) -> None:
    """The road up to the first batch: everything is planned and nothing is sent."""

    def leave() -> None:
        raise GiveWayError

    fetch_connection(work, alone=True)
    with pytest.raises(GiveWayError):
        post_to_company(replace(work, pause_point=leave), alone=True)


@pytest.fixture
def second(road: Any, build: Any) -> Any:
    """Another store of the same company, with two orders; the first has five planned, all buy the same mug."""
    books = road.books
    record = books.connections.save(road.organization_id, NewConnection(STORE, "shop", OTHER, "Two", {}, {}))
    ledger = books.connections.all(road.organization_id, LEDGER)[0]
    books.connections.save_settings(record.id, build["SETTINGS"], ledger.id)
    road.store.orders = [build["make_order"](number) for number in range(1, 6)]
    road.now += build["HOUR"]
    planned_only(road.work())
    orders = [replace(build["make_order"](number), store=OTHER) for number in (101, 102)]
    store = build["SmallStore"](orders, identity=OTHER)
    return build["Road"](books, store, road.ledger, record.id, road.organization_id, now=road.now)


def numbers(road: Any) -> set[str]:
    return {row.order_number for row in road.rows(Kind.SALE) if row.state is State.POSTED}


def test_only_the_person_s_documents_and_their_lists_are_sent(road: Any, second: Any) -> None:
    work = replace(second.work(), hurry=True)
    fetch_connection(work, alone=True)
    proof = post_to_company(work, alone=True)
    assert proof.agrees
    assert proof.unsettled == 0
    assert numbers(second) == {"101", "102"}
    assert {row.state for row in second.rows() if row.key.store == OTHER} == {State.POSTED}
    assert {row.state for row in second.rows(Kind.SALE) if row.order_number not in {"101", "102"}} == {State.PLANNED}
    second.books.runs.finish(work.run.id, RunState.FINISHED)
    road.run()
    assert numbers(road) == {"1", "2", "3", "4", "5", "101", "102"}, "and the rest by the other store's own run"


def test_without_hurry_everything_of_the_company_is_sent(second: Any) -> None:
    second.run()
    assert numbers(second) == {"1", "2", "3", "4", "5", "101", "102"}


def test_where_nobody_else_has_anything_on_its_way_nothing_is_narrowed(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    road.now += build["HOUR"]
    work = replace(road.work(), hurry=True)
    planned_only(work)
    assert narrowed(work) is work


@pytest.mark.parametrize("limit", [1, 3])
def test_a_history_of_one_s_own_is_sent_with_everything_else(
    second: Any, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """Too many documents of the store, or too many lists that they wait for."""
    monkeypatch.setattr(hurry, "LIMIT", limit)
    work = replace(second.work(), hurry=True)
    planned_only(work)
    assert narrowed(work) is work
