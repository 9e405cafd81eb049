"""`comptoir company`: in which company a store is kept, and the choice of another."""

from __future__ import annotations

import pytest
from tests.cli.conftest import Desk

from comptoir.engine.setup.connecting import keep_in
from comptoir.storage.connections import LEDGER, ConnectionRecord, NewConnection
from comptoir.wiring import open_app


@pytest.fixture
def other(desk: Desk) -> ConnectionRecord:
    """A second company."""
    with open_app(desk.home) as app:
        new = NewConnection(LEDGER, "ledger", "ledger:two", "Other Ltd", {}, {})
        return app.books.connections.save(app.organization_id, new)


def kept(desk: Desk) -> str:
    (row,) = desk.json("company")["stores"]
    assert row["store"] == "Shop"
    return str(row["company"])


def test_with_one_company_there_is_nothing_to_choose(desk: Desk) -> None:
    said = desk.well("company")
    assert "Shop" in said
    assert "Company" in said
    assert "Connected companies" not in said


def test_the_companies_are_shown_with_the_way_to_choose(desk: Desk, other: ConnectionRecord) -> None:
    said = desk.well("company")
    assert f"{other.id} (Other Ltd)" in said
    assert "comptoir company NAME --store STORE" in said
    assert {each["name"] for each in desk.json("company")["companies"]} == {"Company", "Other Ltd"}


@pytest.mark.parametrize("named", ["Other Ltd", "two", "ledger:two"])
def test_a_store_is_kept_in_another_company_from_now_on(desk: Desk, other: ConnectionRecord, named: str) -> None:
    assert other.title != kept(desk)
    desk.well("schedule", "on", "--accept-terms")
    said = desk.well("company", named, "--yes")
    assert "Nothing is moved: what is in Company stays there." in said
    assert "Shop is kept in Other Ltd from now on." in said
    assert kept(desk) == "Other Ltd"
    assert desk.json("schedule", "show")["stores"][0]["on"] is False, "somebody looks at it before it runs by itself"


def test_the_company_of_now_is_chosen_without_a_word(desk: Desk, other: ConnectionRecord) -> None:
    desk.well("schedule", "on", "--accept-terms")
    said = desk.well("company", "Company")
    assert "Nothing is moved" not in said
    assert (kept(desk), other.title) == ("Company", "Other Ltd")
    assert desk.json("schedule", "show")["stores"][0]["on"] is True


def test_whoever_is_asked_and_says_no_changes_nothing(desk: Desk, other: ConnectionRecord) -> None:
    refused = desk.run("company", str(other.id))  # nobody answers: the end of the input is a no
    assert refused.exit_code == 1
    assert kept(desk) == "Company"


def test_a_company_that_is_not_connected(desk: Desk, other: ConnectionRecord) -> None:
    refused = desk.run("company", "Nowhere")
    assert refused.exit_code == 1
    assert f"Name one company. Connected are: 2 (Company), {other.id} (Other Ltd)." in refused.stderr


def test_before_a_company_is_connected(desk: Desk) -> None:
    with open_app(desk.home) as app:
        (only,) = app.books.connections.all(app.organization_id, LEDGER)
        app.books.connections.disconnect(only, app.books.schedules.now())
    refused = desk.run("company", "Company")
    assert refused.exit_code == 1
    assert "Connect one with: comptoir connect quickbooks" in refused.stderr


def test_the_first_choice_leaves_the_schedule_alone(desk: Desk) -> None:
    with open_app(desk.home) as app:
        store, (only,) = app.stores()[0], app.books.connections.all(app.organization_id, LEDGER)
        app.books.schedules.wish(store)
        keep_in(app.books, store, only)
        schedule = app.books.schedules.get(store.id)
    assert schedule is not None
    assert schedule.due_at is not None
