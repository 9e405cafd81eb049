"""What a report says, as values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from comptoir.books.documents import Kind
from comptoir.books.facts import SourceId
from comptoir.books.money import Money, sums
from comptoir.books.problems import Message, Problem
from comptoir.engine.proving.figures import Triple
from comptoir.engine.proving.order import Difference
from comptoir.engine.proving.outcome import LeftOut, left_out
from comptoir.engine.proving.proof import HeldRow, Kept, Proof, SkippedRow
from comptoir.engine.telling.held import HeldCause, Standing, by_cause
from comptoir.engine.telling.report import (
    ROWS_SHOWN,
    Balance,
    Counted,
    Noted,
    Report,
    Strayed,
    Walk,
    added,
    joined,
    noted,
    report_of,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = date(2026, 3, 1)


def pounds(text: str) -> Money:
    return Money(Decimal(text), "GBP")


def euros(text: str) -> Money:
    return Money(Decimal(text), "EUR")


def walk(run_id: int, *, failed: bool = False) -> Walk:
    start = NOON + timedelta(hours=run_id)
    return Walk(run_id, start, start + timedelta(minutes=1), failed=failed)


def problem(code: str, words: str = "Words.") -> Problem:
    return Problem(code, Message(words), Message("Mend it."), cause=code)


def cause(name: str) -> HeldCause:
    return HeldCause(name, problem(name), {Kind.SALE: 1}, {SourceId("1"): "1"}, (pounds("5"),))


def test_sums_keep_currencies_apart() -> None:
    assert sums([pounds("1"), None, euros("2"), pounds("0.50")]) == (euros("2"), pounds("1.50"))
    assert sums([None]) == ()


def test_documents_are_counted_by_kind_in_the_order_of_the_kinds() -> None:
    parts = [
        Counted(Kind.REFUND, 1, (pounds("3"),)),
        Counted(Kind.SALE, 1, (pounds("10"),)),
        Counted(Kind.SALE, 1, (euros("4"),)),
        Counted(Kind.SALE, 1, ()),
    ]
    assert added(parts) == (
        Counted(Kind.SALE, 3, (euros("4"), pounds("10"))),
        Counted(Kind.REFUND, 1, (pounds("3"),)),
    )


def test_what_rules_leave_out_is_counted_by_rule_and_kind() -> None:
    rows = [
        SkippedRow(Kind.SALE, "1", DAY, pounds("3"), "test-order", "why"),
        SkippedRow(Kind.REFUND, "2", DAY, None, "before-start", "why"),
        SkippedRow(Kind.SALE, "3", DAY, pounds("4"), "test-order", "why"),
    ]
    assert left_out(rows) == (
        LeftOut("before-start", Kind.REFUND, 1, ()),
        LeftOut("test-order", Kind.SALE, 2, (pounds("7"),)),
    )


def test_warnings_alike_are_told_once() -> None:
    odd = [Message("Order {n} is odd.", {"n": n}) for n in "123"]
    assert noted([Message("Another."), *odd]) == (Noted(odd[0], 3), Noted(Message("Another."), 1))


def test_the_difference_is_what_the_books_hold_beyond_the_store() -> None:
    assert Balance("GBP", Triple(pounds("10"), pounds("10"), pounds("9.99"))).difference == pounds("-0.01")


def test_held_records_stand_under_each_cause_of_theirs() -> None:
    def row(number: str, *names: str) -> HeldRow:
        return HeldRow(Kind.SALE, number, DAY, None, tuple(problem(name) for name in names))

    without = replace(row("4"), problems=(replace(problem("code"), cause=""),))
    groups = by_cause([row("1", "b", "a"), row("2", "a"), row("3", "b"), without], lambda held: held.problems)
    told = {name: [each.number for each in found] for name, (_, found) in groups.items()}
    assert told == {"b": ["1", "3"], "a": ["1", "2"], "code": ["4"]}
    assert list(groups) == ["b", "a", "code"]


FULL = Report(
    walks=(walk(1),),
    balances=(Balance("GBP", Triple(pounds("10"), pounds("10"), pounds("9"))),),
    proved_at=NOON,
    differing=1,
    differences=(Difference(Kind.SALE, "7", DAY, pounds("10"), pounds("10"), pounds("9")),),
    posted=(Counted(Kind.SALE, 1, (pounds("10"),)),),
    stops=(problem("reconnect"),),
    held=(cause("no-item:MUG"),),
    straying=1,
    strayed=(Strayed(Kind.SALE, "8", "8", is_gone=True, meant=pounds("1"), ledger=None),),
    left_out=(LeftOut("test-order", Kind.SALE, 1, ()),),
    noted=(Noted(Message("Odd."), 2),),
    unsettled=4,
)


def test_what_needs_a_hand_has_names_that_last() -> None:
    assert FULL.needs_a_hand() == {
        "held:no-item:MUG",
        "stopped:reconnect:Words.",
        "differs:sale:7",
        "strayed:sale:8:True",
    }
    assert Report(walks=(walk(1),), agrees=True).needs_a_hand() == frozenset()


def test_a_platform_that_is_busy_needs_a_hand_only_when_that_lasts() -> None:
    busy = replace(FULL, stops=(problem("retry_later"),), held=(), strayed=(), differences=())
    assert busy.needs_a_hand(is_lasting=False) == frozenset()
    assert busy.needs_a_hand(is_lasting=True) == {"stopped:retry_later:Words."}


def test_runs_are_joined_what_they_did_adds_up_and_what_stands_is_the_last_ones() -> None:
    later = Report(
        walks=(walk(2),),
        balances=(Balance("GBP", Triple(pounds("30"), pounds("30"), pounds("30"))),),
        agrees=True,
        posted=(Counted(Kind.SALE, 2, (euros("1"), pounds("20"))), Counted(Kind.REFUND, 1, ())),
        left_out=(LeftOut("test-order", Kind.SALE, 2, (pounds("2"),)),),
        noted=(Noted(Message("Odd."), 1), Noted(Message("Odder."), 9)),
    )
    both = joined([FULL, later])
    assert [each.run_id for each in both.walks] == [1, 2]
    assert both.last == walk(2)
    assert both.posted == (Counted(Kind.SALE, 3, (euros("1"), pounds("30"))), Counted(Kind.REFUND, 1, ()))
    assert both.left_out == (LeftOut("test-order", Kind.SALE, 3, (pounds("2"),)),)
    assert both.noted == (Noted(Message("Odder."), 9), Noted(Message("Odd."), 3))
    assert (both.balances, both.agrees) == (later.balances, True)
    assert not both.needs_a_hand()
    assert both.did_something
    assert not replace(both, posted=(), left_out=()).did_something


def test_the_proof_of_joined_runs_is_the_last_one_that_was_made() -> None:
    failed = Report(walks=(walk(2, failed=True),), stops=(problem("reconnect", "Sign in."),))
    both = joined([FULL, failed])
    assert (both.balances, both.agrees, both.differing, both.unsettled) == (FULL.balances, False, 1, 4)
    assert both.proved_at == NOON
    assert both.differences == FULL.differences
    assert both.stops == failed.stops
    assert both.held == ()


def test_of_the_documents_that_are_kept_the_first_are_named() -> None:
    one = Triple(pounds("1"), pounds("1"), pounds("1"))
    kept = tuple(Kept(Kind.SALE, str(number), None, pounds("1")) for number in range(ROWS_SHOWN + 5))
    proof = Proof(
        currency="GBP", days=(), sales=one, refunds=one, payments={}, differences=(), held=(), skipped=(),
        unsettled=0, posted={}, kept=kept,
    )  # fmt: skip
    report = report_of(walk(1), proof=proof, standing=Standing((), 0, (), (), 0))
    assert (report.kept, report.keeping) == (kept[:ROWS_SHOWN], ROWS_SHOWN + 5)
    idle = report_of(walk(2), proof=None, standing=Standing((), 0, (), (), 0))
    assert joined([report, idle]).keeping == ROWS_SHOWN + 5
