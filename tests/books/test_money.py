from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from operator import add, ge, gt, le, lt, sub

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.books.conftest import pounds

from comptoir.books.money import (
    CurrencyMismatchError,
    Money,
    allocate,
    minor_unit,
    sums,
    total,
    totals_by_currency,
    zero,
)

CURRENCIES = st.sampled_from(["GBP", "JPY", "KWD"])
UNITS = st.integers(min_value=-(10**11), max_value=10**11)


def money(amount: str, currency: str) -> Money:
    return Money(Decimal(amount), currency)


def exact(amounts: list[Money]) -> list[str]:
    return [str(amount.amount) for amount in amounts]


@pytest.mark.parametrize(
    ("currency", "unit"), [("GBP", "0.01"), ("JPY", "1"), ("KWD", "0.001"), ("XXX", "0.01")], ids=str
)
def test_the_minor_unit(currency: str, unit: str) -> None:
    assert str(minor_unit(currency)) == unit
    assert str(zero(currency).amount) == str(Decimal(0) * Decimal(unit))


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        pytest.param("1.005", "1.01", id="half away from zero"),
        pytest.param("-1.005", "-1.01", id="half away from zero, below it"),
        pytest.param("1.0049", "1.00", id="less than half"),
        pytest.param("1.015", "1.02", id="not to even"),
        pytest.param("2.345", "2.35", id="the next not to even"),
        pytest.param("7", "7.00", id="digits are added"),
        pytest.param("-0.004", "0.00", id="never minus zero"),
        pytest.param("0", "0.00", id="zero"),
    ],
)
def test_rounding_to_the_minor_unit(amount: str, rounded: str) -> None:
    assert str(pounds(amount).rounded().amount) == rounded


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(money("1234567.5", "GBP"), "1,234,567.50 GBP", id="thousands"),
        pytest.param(money("-12", "JPY"), "-12 JPY", id="no minor unit"),
        pytest.param(money("1.2345", "KWD"), "1.235 KWD", id="three digits"),
        pytest.param(money("-0.001", "GBP"), "0.00 GBP", id="almost nothing"),
    ],
)
def test_as_text(value: Money, text: str) -> None:
    assert str(value) == text


def test_arithmetic_is_exact() -> None:
    assert pounds("0.10") + pounds("0.20") == pounds("0.30")
    assert pounds("0.10") - pounds("0.30") == pounds("-0.20")
    assert -pounds("1.00") == pounds("-1.00")
    assert abs(pounds("-1.00")) == pounds("1.00")
    assert pounds("9.99") * Decimal("0.2") == pounds("1.998")


def test_comparisons() -> None:
    one, two, same = pounds("1.00"), pounds("2.00"), pounds("1.0")
    assert (one < two, two < one, one < same) == (True, False, False)
    assert (one <= same, one <= two, two <= one) == (True, True, False)
    assert (two > one, one > two, one > same) == (True, False, False)
    assert (one >= same, two >= one, one >= two) == (True, True, False)
    assert one == same
    assert pounds("1.00") != money("1.00", "EUR")
    assert pounds("0.00").is_zero
    assert not pounds("0.01").is_zero


@pytest.mark.parametrize("operation", [add, sub, lt, le, gt, ge], ids=lambda each: each.__name__)
def test_two_currencies_never_meet(operation: Callable[[Money, Money], object]) -> None:
    with pytest.raises(CurrencyMismatchError, match="GBP met EUR"):
        operation(pounds("1.00"), money("1.00", "EUR"))


def test_the_total_of_a_foreign_amount_raises() -> None:
    with pytest.raises(CurrencyMismatchError):
        total([money("1.00", "EUR")], "GBP")


def test_the_total_of_nothing_is_nothing_in_that_currency() -> None:
    assert total([], "JPY") == money("0", "JPY")
    assert total(iter([pounds("1.10"), pounds("2.20")]), "GBP") == pounds("3.30")


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        pytest.param(money("10.00", "GBP"), [1, 1, 1], ["3.34", "3.33", "3.33"], id="the earlier part wins a tie"),
        pytest.param(money("0.02", "GBP"), [1, 1, 1], ["0.01", "0.01", "0.00"], id="fewer units than parts"),
        pytest.param(money("10.00", "GBP"), [1, 2, 4], ["1.43", "2.86", "5.71"], id="the largest remainder first"),
        pytest.param(money("-10.00", "GBP"), [1, 1, 1], ["-3.34", "-3.33", "-3.33"], id="below zero"),
        pytest.param(money("5.00", "GBP"), [0, 0], ["5.00", "0.00"], id="no weight at all: the first takes it"),
        pytest.param(money("5.00", "GBP"), [0, 3], ["0.00", "5.00"], id="nothing to what weighs nothing"),
        pytest.param(money("100", "JPY"), [1, 2], ["33", "67"], id="no minor unit"),
        pytest.param(money("1.000", "KWD"), [1, 2], ["0.333", "0.667"], id="three digits"),
        pytest.param(money("0.00", "GBP"), [1, 1], ["0.00", "0.00"], id="nothing to split"),
        pytest.param(money("1.005", "GBP"), [1], ["1.01"], id="to the minor unit first"),
    ],
)
def test_allocate(amount: Money, weights: list[int], parts: list[str]) -> None:
    assert exact(allocate(amount, [Decimal(weight) for weight in weights])) == parts


def test_an_amount_cannot_be_split_over_nothing() -> None:
    with pytest.raises(ValueError, match="over nothing"):
        allocate(pounds("1.00"), [])


@given(
    units=UNITS,
    currency=CURRENCIES,
    weights=st.lists(st.decimals(min_value=0, max_value=10**9, places=4), min_size=1, max_size=12),
)
def test_allocate_keeps_the_sum_and_stays_within_a_unit_of_the_exact_share(
    units: int, currency: str, weights: list[Decimal]
) -> None:
    unit = minor_unit(currency)
    amount = Money(units * unit, currency)
    parts = allocate(amount, weights)
    assert total(parts, currency) == amount
    whole = sum(map(Fraction, weights))
    if whole:
        for part, weight in zip(parts, weights, strict=True):
            share = units * Fraction(weight) / whole
            assert abs(Fraction(part.amount) / Fraction(unit) - share) < 1


@given(units=UNITS, currency=CURRENCIES, tail=st.integers(min_value=-499, max_value=499))
def test_rounding_drops_what_is_less_than_half_a_unit(units: int, currency: str, tail: int) -> None:
    unit = minor_unit(currency)
    whole = Money(units * unit, currency)
    assert Money(whole.amount + unit * Decimal(tail).scaleb(-3), currency).rounded() == whole


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        pytest.param("1.235", "KWD", "1.24", id="three decimals become two, half up"),
        pytest.param("-1.235", "KWD", "-1.24", id="below zero, half away from it"),
        pytest.param("-0.004", "KWD", "0.00", id="never minus nothing"),
        pytest.param("1.235", "GBP", "1.235", id="two decimals are not rounded here"),
        pytest.param("12", "JPY", "12", id="no decimals"),
    ],
)
def test_what_a_ledger_can_hold(amount: str, currency: str, expected: str) -> None:
    assert str(Money(Decimal(amount), currency).in_books().amount) == expected


def test_sums_by_currency() -> None:
    amounts = [money("5", "JPY"), money("1.00", "GBP"), money("2.50", "GBP")]
    assert totals_by_currency(amounts) == {"JPY": money("5", "JPY"), "GBP": money("3.50", "GBP")}
    assert sums([*amounts, None]) == (money("3.50", "GBP"), money("5", "JPY"))
    assert sums([]) == ()
