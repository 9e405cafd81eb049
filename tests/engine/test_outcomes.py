"""What an answer means for the journal, slot by slot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from comptoir.books.documents import Kind, LedgerId
from comptoir.books.problems import Message
from comptoir.engine.errors import Conflict, HouseError, Refused
from comptoir.engine.ports import Entry
from comptoir.engine.posting.outcomes import differs, problem_of, settle, wrong_total
from comptoir.storage.postings import Posting, State

NO = Message("No.")


@pytest.fixture
def sale(road: Any, build: Any) -> Posting:
    """A posted sale of 10.00."""
    road.store.orders = [build["make_order"](1)]
    road.run()
    row: Posting = road.row(Kind.SALE, "1")
    return row


def entry(build: Any, total: str | None, number: str = "1") -> Entry:
    return Entry(Kind.SALE, LedgerId("9"), "0", "Invoice", number, total=build["pounds"](total) if total else None)


@pytest.mark.parametrize(("total", "expected"), [("10.00", False), ("10.01", True), (None, False)])
def test_a_total_differs_where_both_are_known(sale: Posting, build: Any, total: str | None, expected: Any) -> None:
    assert differs(sale, entry(build, total)) is expected
    assert not differs(replace(sale, meant=None), entry(build, "3.00"))


@pytest.mark.parametrize(
    ("total", "number", "state", "detail"),
    [
        ("10.00", "1", State.ADOPTED, "Invoice 1"),
        (None, "", State.ADOPTED, "Invoice 9"),
        ("11.00", "1", State.CHANGED, "Invoice 1: the books say 11.00 GBP, 10.00 GBP was meant"),
    ],
)
def test_settling_remembers_what_the_ledger_holds(
    road: Any, build: Any, sale: Posting, total: str | None, number: str, state: State, detail: str
) -> None:
    found = entry(build, total, number)
    work = road.work()
    with road.books.database.write() as connection:
        settle(work, connection, sale, found, State.ADOPTED)
    row = road.row(Kind.SALE, "1")
    assert (row.state, row.ledger_type, row.ledger_id, row.ledger_total) == (state, "Invoice", "9", found.total)
    _, at_last, said = road.books.journal.history(row.id)[-1]
    assert (at_last, " ".join(map(str, said))) == (state, detail)


ANSWER = "The ledger's own answer: 6000: No."


@pytest.mark.parametrize(
    ("error", "code", "detail"),
    [
        (Refused(NO, detail="6000: No.", code="6000", request_id="r-1"), "6000",
         f"{ANSWER} Its reference for its support: r-1."),
        (Refused(NO, detail="6000: No", code="6000"), "6000", ANSWER),
        (Conflict(NO), "conflict", None),
    ],
)  # fmt: skip
def test_a_refusal_becomes_a_problem_and_the_ledgers_own_words_its_detail(
    sale: Posting, error: HouseError, code: str, detail: str | None
) -> None:
    problem = problem_of(sale, error)
    assert (problem.code, problem.cause, problem.where) == (f"ledger-{code}", f"ledger:{code}", "1")
    assert problem.what == NO
    assert str(problem.remedy) == "Mend what the message names, then retry."
    assert (str(problem.detail) if problem.detail else None) == detail


def test_a_wrong_total_is_told_with_both_figures(sale: Posting, build: Any) -> None:
    problem = wrong_total(sale, entry(build, "10.05"))
    assert "10.05 GBP of 1" in str(problem.what)
    assert "10.00 GBP" in str(problem.what)
    assert (problem.code, problem.field, problem.where) == ("ledger-total", "total", "1")
