"""Whatever goes wrong between us and a ledger: what may have been done is never called undone, nor the reverse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.contract.ledger.desk import Desk
from tests.contract.ledger.harness import BUSY_SECONDS, Fault

from comptoir.books.documents import Kind, LedgerId
from comptoir.engine.errors import HouseError, Reconnect, RetryLater, Unexpected
from comptoir.engine.ports import Answered, Entry, Ledger, NoAnswer, NotSent

NOT_SENT: dict[Fault, type[HouseError]] = {
    Fault.BUSY: RetryLater,
    Fault.BUSY_UNTIL: RetryLater,
    Fault.MAINTENANCE: RetryLater,
    Fault.SIGNED_OUT: Reconnect,
    Fault.ACCESS_MISSING: Reconnect,
}
IN_DOUBT = (Fault.NO_ANSWER, Fault.CUT_BEFORE, Fault.BROKEN)
"""Nothing was done, and nobody can tell."""
DONE = (Fault.CUT_AFTER, Fault.TIMEOUT_AFTER)
READING: dict[Fault, type[HouseError]] = {
    **NOT_SENT,
    Fault.NO_ANSWER: Unexpected,
    Fault.CUT_BEFORE: RetryLater,
    Fault.CUT_AFTER: RetryLater,
    Fault.TIMEOUT_AFTER: RetryLater,
    Fault.BROKEN: RetryLater,
}
QUESTIONS: dict[str, Callable[[Ledger], object]] = {
    "company": lambda ledger: ledger.read_company(),
    "lists": lambda ledger: ledger.read_lists(),
    "items": lambda ledger: list(ledger.read_items()),
    "customers": lambda ledger: list(ledger.read_customers()),
    "find": lambda ledger: ledger.find(Kind.SALE, ["1"]),
    "documents": lambda ledger: list(ledger.read_documents(since=date(2026, 1, 1), until=date(2026, 1, 31))),
    "reread": lambda ledger: ledger.reread([("Invoice", LedgerId("1"))]),
    "changes": lambda ledger: ledger.changes(datetime.now(UTC) - timedelta(hours=1)),
}


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("fault", READING)
def test_a_question_ends_in_the_error_that_says_what_happens_next(desk: Desk, fault: Fault, question: str) -> None:
    desk.harness.fault(fault)
    with pytest.raises(HouseError) as caught:
        QUESTIONS[question](desk.ledger)
    assert type(caught.value) is READING[fault]
    assert "{" not in str(caught.value.message)


@pytest.mark.parametrize("fault", NOT_SENT)
def test_what_is_refused_at_the_door_was_not_sent(desk: Desk, fault: Fault) -> None:
    sale = desk.sale()
    body = desk.ledger.freeze(desk.slots(sale))
    desk.harness.fault(fault)
    outcome = desk.ledger.send("first", body)
    assert isinstance(outcome, NotSent)
    assert type(outcome.error) is NOT_SENT[fault]
    desk.harness.recover()
    ledger = desk.harness.ledger()
    ledger.read_company()
    assert ledger.find(Kind.SALE, [sale.number]) == []
    assert isinstance(ledger.send("first", body), Answered)


@pytest.mark.parametrize("fault", [*IN_DOUBT, *DONE])
def test_what_may_have_been_done_has_no_answer(desk: Desk, fault: Fault) -> None:
    sale = desk.sale()
    body = desk.ledger.freeze(desk.slots(sale))
    desk.harness.fault(fault)
    assert isinstance(desk.ledger.send("first", body), NoAnswer)
    desk.harness.recover()
    ledger = desk.harness.ledger()
    ledger.read_company()
    found = ledger.find(Kind.SALE, [sale.number])
    assert [each.total for each in found] == ([sale.total] if fault in DONE else [])
    again = ledger.send("first", body)
    assert isinstance(again, Answered)
    assert isinstance(again.results[0].outcome, Entry)
    assert len(ledger.find(Kind.SALE, [sale.number])) == 1


def test_half_a_batch_done_without_an_answer_is_found(desk: Desk) -> None:
    sales = [desk.sale() for _ in range(4)]
    body = desk.ledger.freeze(desk.slots(*sales))
    desk.harness.fault(Fault.HALF_DONE)
    assert isinstance(desk.ledger.send("first", body), NoAnswer)
    desk.harness.recover()
    ledger = desk.harness.ledger()
    ledger.read_company()
    assert len(ledger.find(Kind.SALE, [each.number for each in sales])) == 2


def test_a_ledger_that_says_how_long_it_is_busy_is_left_alone_so_long(desk: Desk) -> None:
    body = desk.ledger.freeze(desk.slots(desk.sale()))
    asked_at = datetime.now(UTC)
    desk.harness.fault(Fault.BUSY_UNTIL)
    outcome = desk.ledger.send("first", body)
    assert isinstance(outcome, NotSent)
    assert isinstance(outcome.error, RetryLater)
    assert outcome.error.not_before is not None
    assert timedelta(0) <= outcome.error.not_before - asked_at - timedelta(seconds=BUSY_SECONDS) < timedelta(seconds=60)


def test_a_ledger_out_of_reach(desk: Desk) -> None:
    body = desk.ledger.freeze(desk.slots(desk.sale()))
    nobody = desk.harness.ledger(reachable=False)
    outcome = nobody.send("first", body)
    assert isinstance(outcome, NotSent)
    assert isinstance(outcome.error, RetryLater)
    for question in (nobody.read_company, lambda: list(nobody.read_items()), lambda: nobody.find(Kind.SALE, ["1"])):
        with pytest.raises(RetryLater):
            question()


def test_removing_meets_the_same_errors(desk: Desk) -> None:
    made = desk.post(desk.sale())
    desk.harness.fault(Fault.SIGNED_OUT)
    with pytest.raises(Reconnect):
        desk.ledger.remove(made.entry)
