from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console

from comptoir.books.documents import Kind
from comptoir.books.money import Money
from comptoir.books.problems import Message, Problem
from comptoir.cli import common
from comptoir.cli.report import show_proof
from comptoir.cli.speech import spoken
from comptoir.engine.proving.figures import DayByDay, ProvenDay, Triple
from comptoir.engine.proving.order import Difference
from comptoir.engine.proving.proof import HeldRow, Proof, SkippedRow, Warned
from comptoir.engine.telling.shapes.common import plain
from comptoir.engine.telling.shapes.proofs import proof_shape
from comptoir.storage.runs import Run, RunState

DAY = date(2026, 3, 1)


def pounds(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")


def same(amount: str) -> Triple:
    return Triple(pounds(amount), pounds(amount), pounds(amount))


def problem(what: str, cause: str) -> Problem:
    return Problem("code", Message(what), Message("Do this about it."), cause=cause)


def held(number: str, amount: str | None, cause: str) -> HeldRow:
    money = None if amount is None else pounds(amount)
    return HeldRow(Kind.SALE, number, DAY, money, (problem(f"Reason {cause}", cause),))


GOOD = Proof(
    currency="GBP",
    days=(ProvenDay(DAY, 2, same("1250.50"), same("50.50")), ProvenDay(date(2026, 3, 2), 1, same("10"), same("0"))),
    sales=same("1260.50"),
    refunds=same("50.50"),
    payments={"PayPal": pounds("260.50"), "Card": pounds("1000")},
    differences=(),
    held=(),
    skipped=(),
    unsettled=0,
    posted={Kind.SALE: 3, Kind.REFUND: 1},
)
WRONG = replace(
    GOOD,
    days=(ProvenDay(DAY, 1, Triple(pounds("20"), pounds("20"), pounds("0")), same("0")),),
    sales=Triple(pounds("20"), pounds("20"), pounds("0")),
    refunds=same("0"),
    differences=(
        Difference(Kind.SALE, "1001", DAY, pounds("20"), pounds("20"), None),
        Difference(Kind.PAYMENT, "1002", DAY, None, pounds("5"), pounds("4.99")),
    ),
    unsettled=2,
)


@pytest.fixture
def show() -> Callable[..., str]:
    def shown(proof: Proof, run: Run | None = None) -> str:
        console = Console(record=True, width=160, file=io.StringIO())
        show_proof(console, proof, run)
        return console.export_text()

    return shown


def line_with(text: str, *words: str) -> str:
    (line,) = [line for line in text.splitlines() if all(word in line for word in words)]
    return line


def test_amounts_for_people_and_for_machines() -> None:
    assert spoken().figure(pounds("1234567.8")) == "1,234,567.80"
    assert plain(pounds("1234567.8")) == "1234567.80"
    assert plain(Money(Decimal(1500), "JPY")) == "1500"


def test_days_and_their_total(show: Callable[..., str]) -> None:
    text = show(GOOD)
    assert "Sales by day (GBP)" in text
    assert [cell.strip() for cell in line_with(text, "2026-03-01").split("│")[1:-1]] == [
        "2026-03-01", "2", "1,250.50", "50.50", "1,200.00", "1,200.00",
    ]  # fmt: skip
    total = next(line for line in text.splitlines() if "Total" in line)
    assert [cell.strip() for cell in total.split("│")[1:-1]] == [
        "Total", "3", "1,260.50", "50.50", "1,210.00", "1,210.00",
    ]  # fmt: skip


def test_payments_largest_first(show: Callable[..., str]) -> None:
    text = show(GOOD)
    assert text.index("Card") < text.index("PayPal")
    assert "1,260.50" in [line for line in text.splitlines() if "Total" in line][1]


def test_the_verdict(show: Callable[..., str]) -> None:
    text = show(GOOD)
    assert "Store 1,210.00 GBP = journal 1,210.00 GBP = books 1,210.00 GBP" in text
    assert "Held: nothing." in text
    assert "Rows that differ" not in text
    assert "Left out" not in text
    assert "on their way" not in text


def test_what_differs(show: Callable[..., str]) -> None:
    text = show(WRONG)
    assert "≠" in line_with(text, "2026-03-01")
    assert "not there" in line_with(text, "Sale 1001")
    row = [cell.strip() for cell in line_with(text, "Payment 1002").split("│")[1:-1]]
    assert row == ["Payment 1002", "not there", "5.00 GBP", "4.99 GBP"]
    assert "≠ journal" in text
    assert "2 documents are still on the way" in text


def test_held_ones_are_grouped_by_what_frees_them(show: Callable[..., str]) -> None:
    rows = (held("1", "10", "b"), held("2", "5", "a"), held("3", "7.50", "a"), held("4", None, "a"))
    text = show(replace(GOOD, held=rows))
    assert text.index("Reason a") < text.index("Reason b")
    assert [cell.strip() for cell in line_with(text, "Reason a").split("│")[2:-1]] == ["3", "12.50"]
    assert text.count("→ Do this about it.") == 2


def test_left_out_ones_by_rule(show: Callable[..., str]) -> None:
    rows = (
        SkippedRow(Kind.SALE, "1", DAY, pounds("3"), "before-start", "why"),
        SkippedRow(Kind.SALE, "2", DAY, None, "before-start", "why"),
        SkippedRow(Kind.REFUND, "3", DAY, pounds("4"), "a-new-rule", "why"),
    )
    text = show(replace(GOOD, skipped=rows))
    assert [cell.strip() for cell in line_with(text, "Dated before the start date").split("│")[2:-1]] == [
        "orders", "2", "3.00",
    ]  # fmt: skip
    assert [cell.strip() for cell in line_with(text, "a-new-rule").split("│")[2:-1]] == ["refunds", "1", "4.00"]


def test_the_run(show: Callable[..., str]) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    run = Run(7, 1, "by hand", RunState.FINISHED, now, now, 1200, 1100, 1000, "", None)
    assert "Run 7: 1,200 records read, 1,100 decided, 1,000 documents posted." in show(GOOD, run)


def test_text_from_outside_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    proof = replace(GOOD, payments={"[bold]Till[/bold] [/]": pounds("1")}, held=(held("[/]", "1", "[/x] :tada:"),))
    show_proof(common.console, proof)
    text = capsys.readouterr().out
    assert "[bold]Till[/bold] [/]" in text
    assert "Reason [/x] :tada:" in text


def proof_summary(proof: Proof) -> dict[str, Any]:
    return asdict(proof_shape(proof))


def test_the_proof_for_a_machine() -> None:
    summary = proof_summary(replace(WRONG, held=(held("1", None, "a"),)))
    assert summary["agrees"] is False
    assert summary["differences"] == 2
    assert (summary["store_total"], summary["journal_total"], summary["ledger_total"]) == ("20.00", "20.00", "0.00")
    assert summary["posted"] == {"sale": 3, "refund": 1}
    assert [row["number"] for row in summary["rows"]] == ["1001", "1002"]
    assert summary["counts"] == {"days": 1, "held": 1, "rows": 2, "warnings": 0, "kept": 0}
    assert (summary["page"], summary["pages"]) == (1, 1), "the whole of it"
    assert summary["held"] == [
        {
            "kind": "sale",
            "number": "1",
            "amount": None,
            "problems": [
                {
                    "code": "code",
                    "what": "Reason a",
                    "remedy": "Do this about it.",
                    "where": "",
                    "field": "",
                    "detail": None,
                }
            ],
        }
    ]


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


EUROS = DayByDay(
    currency="EUR",
    days=(ProvenDay(DAY, 1, Triple(euros("7"), euros("7"), euros("7")), Triple(euros("0"), euros("0"), euros("0"))),),
    sales=Triple(euros("7"), euros("7"), euros("7")),
    refunds=Triple(euros("0"), euros("0"), euros("0")),
    payments={"Card": euros("7")},
)


def test_each_currency_is_shown_by_itself(show: Callable[..., str]) -> None:
    foreign = replace(held("5", None, "a"), amount=euros("3"))
    proof = replace(GOOD, foreign=(EUROS,), held=(held("4", "1", "a"), foreign, replace(foreign, number="6")))
    text = show(proof)
    assert "Sales by day (GBP)" in text
    assert "Sales by day (EUR)" in text
    assert "Store 1,210.00 GBP = journal 1,210.00 GBP = books 1,210.00 GBP" in text
    assert "Store 7.00 EUR = journal 7.00 EUR = books 7.00 EUR" in text
    assert [cell.strip() for cell in line_with(text, "Reason a").split("│")[2:-1]] == ["3", "1.00"]
    assert "6.00 EUR" in text
    alone = show(replace(proof, days=(), held=(foreign,)))
    assert "Sales by day (GBP)" not in alone
    assert [cell.strip() for cell in line_with(alone, "Reason a").split("│")[2:-1]] == ["1", "3.00 EUR"]
    assert proof_summary(proof)["foreign"] == [
        {
            "currency": "EUR",
            "sales": {"store": "7.00", "journal": "7.00", "ledger": "7.00"},
            "refunds": {"store": "0.00", "journal": "0.00", "ledger": "0.00"},
            "payments": {"Card": "7.00"},
        }
    ]


def test_what_no_sale_holds_is_told_beside_them(show: Callable[..., str]) -> None:
    """posting.md, section 1: a marketplace's own tax has its own column."""
    proof = replace(GOOD, marketplace_tax=pounds("8"), redeemed=pounds("40"))
    text = show(proof)
    assert "Tax that marketplaces collect themselves: 8.00 GBP, in none of the sales above." in text
    assert "Gift cards and store credit used: 40.00 GBP, in none of the sales above." in text
    assert (proof_summary(proof)["marketplace_tax"], proof_summary(proof)["redeemed"]) == ("8.00", "40.00")
    none = replace(GOOD, marketplace_tax=pounds("0"))
    assert "in none of the sales" not in show(none)
    assert proof_summary(none)["redeemed"] is None


def test_warnings_are_shown_once_a_kind(show: Callable[..., str]) -> None:
    rows = tuple(Warned(Kind.SALE, number, DAY, (Message("Order {n} is odd.", {"n": number}),)) for number in "123")
    text = show(replace(GOOD, warnings=rows))
    cells = [cell.strip() for cell in line_with(text, "Order 1 is odd.").split("│")[1:-1]]
    assert cells == ["Order 1 is odd. (and 2 more like it)", "3"]
    assert "Posted, and worth a look" not in show(GOOD)
    one = proof_summary(replace(GOOD, warnings=rows[:1]))["warnings"]
    assert one == [{"kind": "sale", "number": "1", "notes": ["Order 1 is odd."]}]
    assert "more like it" not in show(replace(GOOD, warnings=rows[:1]))


def test_an_amount_of_zero_is_an_amount() -> None:
    rows = proof_summary(replace(GOOD, held=(held("1", "0", "a"),)))["held"]
    assert isinstance(rows, list)
    assert [row["amount"] for row in rows] == ["0.00"]
