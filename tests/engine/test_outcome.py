"""A proof taken apart: what it came to, and its rows in pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from comptoir.books.documents import Kind
from comptoir.books.money import Money
from comptoir.engine.proving.figures import DayByDay, ProvenDay, Triple, nothing
from comptoir.engine.proving.order import Difference
from comptoir.engine.proving.outcome import PAGE, LeftOut, Part, days_in, outcome_of, pages_of, proof_from, rows_in
from comptoir.engine.proving.proof import HeldRow, Kept, Proof, SkippedRow
from comptoir.storage.proof_pages import ProofPage

FIRST = date(2026, 1, 1)


def money(amount: str, currency: str = "CAD") -> Money:
    return Money(Decimal(amount), currency)


def totals(currency: str, days: int) -> DayByDay:
    one = Triple(*[money("1", currency)] * 3)
    none = nothing(currency)
    each = tuple(ProvenDay(FIRST + timedelta(days=place), 1, one, none) for place in range(days))
    sales = sum((day.sales for day in each), start=none)
    return DayByDay(currency=currency, days=each, sales=sales, refunds=none, payments={})


def proof(days: int = 0, foreign: int = 0, held: int = 0) -> Proof:
    own = totals("CAD", days)
    return Proof(
        currency="CAD",
        days=own.days,
        sales=own.sales,
        refunds=own.refunds,
        payments={"Card": money("3")},
        foreign=(totals("USD", foreign),) if foreign else (),
        differences=(),
        held=tuple(HeldRow(Kind.SALE, str(number), FIRST, None, ()) for number in range(held)),
        skipped=(),
        unsettled=2,
        posted={Kind.SALE: 4},
    )


def days_on(page: ProofPage) -> list[date]:
    return [each.day for each in rows_in(page)]


def test_days_are_kept_the_latest_first_a_page_at_a_time() -> None:
    pages = [page for page in pages_of(proof(days=PAGE + 2)) if page.part == days_in("CAD")]
    assert [page.number for page in pages] == [1, 2]
    assert days_on(pages[0])[0] == FIRST + timedelta(days=PAGE + 1)
    assert days_on(pages[1]) == [FIRST + timedelta(days=1), FIRST]


def test_a_page_full_is_one_page() -> None:
    found = outcome_of(proof(held=PAGE))
    assert (found.count(Part.HELD), found.pages(Part.HELD), found.pages(Part.KEPT)) == (PAGE, 1, 0)
    assert outcome_of(proof(held=PAGE + 1)).pages(Part.HELD) == 2
    assert [page.number for page in pages_of(proof(held=PAGE)) if page.part == Part.HELD] == [1]


def test_a_currency_without_days_is_told_where_there_is_no_other() -> None:
    def told(each: Proof) -> list[str]:
        found = [totals.currency for totals in outcome_of(each).currencies]
        assert found == [totals.currency for totals in each.currencies]
        return found

    assert told(proof()) == ["CAD"]
    assert told(proof(days=1, foreign=1)) == ["CAD", "USD"]
    assert told(proof(foreign=1)) == ["USD"]


def test_what_rules_left_out_is_added_up_for_its_reader() -> None:
    rows = (
        SkippedRow(Kind.SALE, "1", FIRST, money("3"), "test-order", "It is a test order."),
        SkippedRow(Kind.SALE, "2", FIRST, money("4"), "test-order", "It is a test order."),
    )
    assert outcome_of(replace(proof(), skipped=rows)).left_out == (LeftOut("test-order", Kind.SALE, 2, (money("7"),)),)


def test_put_together_it_is_the_same_proof() -> None:
    whole = replace(
        proof(days=2 * PAGE + 1, foreign=3, held=PAGE + 1),
        differences=(Difference(Kind.SALE, "1", None, None, money("1"), None),),
        skipped=(SkippedRow(Kind.SALE, "1", FIRST, None, "test-order", "why"),),
        kept=(Kept(Kind.SALE, "7", FIRST, money("1")),),
    )
    assert proof_from(outcome_of(whole), pages_of(whole)) == whole
    assert proof_from(outcome_of(proof()), pages_of(proof())) == proof()
