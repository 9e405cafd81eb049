from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.books.company import RatePeriod, TaxCode, TaxRate, fold
from comptoir.books.documents import LedgerId


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("MUG-1", "mug-1", id="case"),
        pytest.param("  Blue   mug\t", "blue mug", id="spaces"),
        pytest.param("STRASSE", "straße", id="letters that have no capital"),
        pytest.param("Income:Postage", "INCOME:POSTAGE", id="the colon of a parent stays"),
    ],
)
def test_what_is_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("MUG-1", "MUG1", id="a hyphen"),
        pytest.param("Blue mug", "Bluemug", id="a space between"),
        pytest.param("Zoë", "Zoe", id="an accent"),
    ],
)
def test_what_is_not(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(text=st.text(max_size=60))
def test_surrounding_space_never_matters(text: str) -> None:
    assert fold(f" {text}\n") == fold(text)


OLD = RatePeriod(Decimal("0.175"), until=date(2010, 12, 31))
LOW = RatePeriod(Decimal("0.15"), date(2008, 12, 1), date(2009, 12, 31))
NEW = RatePeriod(Decimal("0.2"), date(2011, 1, 4))
STANDARD = TaxRate(LedgerId("1"), "Standard", Decimal("0.2"), periods=(LOW, NEW, OLD))


@pytest.mark.parametrize(
    ("day", "rate"),
    [
        pytest.param(date(2008, 11, 30), "0.175", id="before"),
        pytest.param(date(2008, 12, 1), "0.15", id="first day"),
        pytest.param(date(2009, 12, 31), "0.15", id="last day"),
        pytest.param(date(2010, 1, 1), "0.175", id="after"),
        pytest.param(date(2011, 1, 2), "0.2", id="between: today's"),
        pytest.param(date(2030, 1, 1), "0.2", id="open end"),
    ],
)
def test_the_rate_in_force(day: date, rate: str) -> None:
    other = TaxRate(LedgerId("2"), "Levy", Decimal("0.01"))
    code = TaxCode(LedgerId("5"), "S", (STANDARD, other))
    assert STANDARD.rate_on(day) == Decimal(rate)
    assert code.as_of(day).rate == Decimal(rate) + Decimal("0.01")
    assert code.as_of(day).rates[0].periods == STANDARD.periods
