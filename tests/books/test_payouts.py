from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.books.facts import SourceId, StoreIdentity
from comptoir.books.money import Money
from comptoir.books.payouts import Payout, PayoutRow, PayoutStatus, RowKind, check_payout

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def cad(text: str | Decimal) -> Money:
    return Money(Decimal(text), "CAD")


def row(amount: str | Decimal, fee: str | Decimal = "0.00", **changes: object) -> PayoutRow:
    made = PayoutRow(SourceId("r1"), RowKind.SALE, "CHARGE", cad(amount), cad(fee), cad(amount) - cad(fee), AT)
    return replace(made, **changes)  # type: ignore[arg-type] # replace does not know the field's type


def payout(net: str | Decimal, *rows: PayoutRow) -> Payout:
    return Payout(StoreIdentity("shopify:s"), SourceId("p1"), AT, PayoutStatus.PAID, "CAD", cad(net), rows)


def codes(made: Payout) -> list[str]:
    return [problem.code for problem in check_payout(made)]


def test_rows_that_come_to_the_payout() -> None:
    made = payout("66.63", row("100.00", "3.20"), row("-30.00", "0.17"))
    assert made.rows_net == cad("66.63")
    assert check_payout(made) == ()


def test_a_row_that_no_rule_knows_counts_like_any_other() -> None:
    assert codes(payout("9.00", row("10.00"), row("-1.00", kind=RowKind.OTHER, platform_type="BRAND_NEW"))) == []


@pytest.mark.parametrize("net", ["0.00", "-12.00"])
def test_nothing_and_less_are_payouts_too(net: str) -> None:
    assert codes(payout(net, row(net))) == []


def test_rows_that_come_to_something_else() -> None:
    (problem,) = check_payout(payout("99.99", row("100.00")))
    assert (problem.code, problem.where) == ("payout-sum", "p1")
    assert str(problem.what) == "Payout p1 is 99.99 CAD, but its rows come to 100.00 CAD."
    assert "report" in str(problem.remedy)


def test_everything_wrong_is_told_at_once() -> None:
    wrong = row("100.00", "3.00", net=cad("96.00"))
    assert codes(payout("97.00", wrong, replace(wrong, source_id=SourceId("r2")))) == [
        "payout-row",
        "payout-row",
        "payout-sum",
    ]
    (problem, *_) = check_payout(payout("96.00", wrong))
    assert "CHARGE r1" in str(problem.what)


def test_rows_of_another_currency_are_not_added() -> None:
    other = Money(Decimal("1.00"), "USD")
    (problem,) = check_payout(payout("1.00", row("1.00", net=other)))
    assert (problem.code, "USD" in str(problem.what)) == ("payout-currency", True)


cents = st.integers(-1_000_000, 1_000_000).map(lambda units: Decimal(units).scaleb(-2))


@given(st.lists(st.tuples(cents, cents), max_size=20), cents)
def test_exactly_the_sum_of_the_rows_is_believed(rows: list[tuple[Decimal, Decimal]], off: Decimal) -> None:
    made = [row(amount, fee) for amount, fee in rows]
    net = sum((amount - fee for amount, fee in rows), Decimal(0)) + off
    assert codes(payout(net, *made)) == ([] if off == 0 else ["payout-sum"])
