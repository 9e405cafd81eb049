from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.books.taxes.conftest import (
    GST,
    HST,
    OLD_QST,
    PST,
    QST,
    REVERSAL,
    REVERSED,
    STATE,
    VAT5,
    VAT20,
    ZERO_RATE,
    dollars,
    rate,
    texts,
)

from comptoir.books.company import TaxBase, TaxRate
from comptoir.books.money import Money, minor_unit, total
from comptoir.books.taxes.arithmetic import (
    Taxable,
    added_tax,
    contributions,
    effective_rate,
    included_tax,
    net_of,
    spread,
)

ON_TAX = rate("on tax", "10", on=TaxBase.TAX, order=3)


def taxable(*lines: tuple[str, tuple[TaxRate, ...]]) -> list[Taxable]:
    return [Taxable(dollars(amount), rates) for amount, rates in lines]


ADDED = [
    pytest.param([], {}, id="nothing sold"),
    pytest.param([("10.00", ())], {}, id="no rates"),
    pytest.param([("10.00", (ZERO_RATE,))], {"v0": ("0.00", "10.00")}, id="a rate of nothing"),
    pytest.param([("345.00", (STATE,))], {"state": ("22.43", "345.00")}, id="345.00 at 6.5 % is 22.425, half up"),
    pytest.param([("1.10", (VAT5,))] * 30, {"v5": ("1.65", "33.00")}, id="30 lines of 1.10 at 5 % are rounded once"),
    pytest.param(
        [("10.00", (VAT20,)), ("-2.00", (VAT20,))], {"v20": ("1.60", "8.00")}, id="a discount lowers the base"
    ),
    pytest.param([("3.95", (QST,))], {"qst": ("0.39", "3.95")}, id="9.975 % of 3.95 is 0.394"),
    pytest.param([("3.96", (QST,))], {"qst": ("0.40", "3.96")}, id="9.975 % of 3.96 is 0.395"),
    pytest.param([("-0.10", (VAT5,))], {"v5": ("-0.01", "-0.10")}, id="halves go away from zero"),
    pytest.param(
        [("100.00", (GST, QST)), ("50.00", (GST,))],
        {"gst": ("7.50", "150.00"), "qst": ("9.98", "100.00")},
        id="a rate of two codes",
    ),
    pytest.param(
        [("0.50", (GST, OLD_QST))],
        {"gst": ("0.03", "0.50"), "old qst": ("0.05", "0.53")},
        id="a compound rate is charged on the rounded tax before it",
    ),
    pytest.param(
        [("100.00", (GST, ON_TAX))], {"gst": ("5.00", "100.00"), "on tax": ("0.50", "5.00")}, id="a tax on a tax"
    ),
    pytest.param(
        [("10.00", (REVERSED, REVERSAL))],
        {"rc": ("2.00", "10.00"), "rc back": ("-2.00", "10.00")},
        id="reverse charge cancels",
    ),
]

INCLUDED = [
    pytest.param([], {}, id="nothing sold"),
    pytest.param([("10.00", ())], {}, id="no rates"),
    pytest.param([("10.00", (ZERO_RATE,))], {"v0": ("0.00", "10.00")}, id="a rate of nothing"),
    pytest.param(
        [("9.00", (HST,)), ("3.00", (HST,)), ("-2.40", (HST,))], {"hst": ("1.11", "8.49")}, id="recorded: CA 13 % HST"
    ),
    pytest.param(
        [*[("9.99", (VAT20,))] * 4, ("-3.99", (VAT20,))], {"v20": ("5.98", "29.99")}, id="4 x 9.99 less 3.99 at 20 %"
    ),
    pytest.param(
        [("114.98", (GST, QST))], {"gst": ("5.00", "100.00"), "qst": ("9.98", "100.00")}, id="two rates in proportion"
    ),
    pytest.param(
        [("105.00", (GST,)), ("112.00", (GST, PST))],
        {"gst": ("10.00", "200.00"), "pst": ("7.00", "100.00")},
        id="a rate of two codes",
    ),
    pytest.param(
        [("10.00", (REVERSED, REVERSAL))], {"rc": ("0.00", "10.00"), "rc back": ("0.00", "10.00")}, id="reverse charge"
    ),
]


@pytest.mark.parametrize(("lines", "expected"), ADDED)
def test_tax_that_is_added(lines: list[tuple[str, tuple[TaxRate, ...]]], expected: dict[str, tuple[str, str]]) -> None:
    found = added_tax(taxable(*lines), "CAD")
    assert {rate: (str(each.amount.amount), str(each.base.amount)) for rate, each in found.items()} == expected
    assert all(each.rate == rate for rate, each in found.items())


@pytest.mark.parametrize(("lines", "expected"), INCLUDED)
def test_tax_that_is_inside(lines: list[tuple[str, tuple[TaxRate, ...]]], expected: dict[str, tuple[str, str]]) -> None:
    found = included_tax(taxable(*lines), "CAD")
    assert {rate: (str(each.amount.amount), str(each.base.amount)) for rate, each in found.items()} == expected
    assert all(each.rate == rate for rate, each in found.items())


def test_the_recorded_net_lines() -> None:
    """§15.4: the gross lines 9.00, 3.00 and 2.40 are shown net as 7.96, 2.65 and 2.12."""
    assert texts([net_of(dollars(gross), (HST,)) for gross in ("9.00", "3.00", "2.40")]) == ["7.96", "2.65", "2.12"]


def test_an_amount_without_rates_is_its_own_net() -> None:
    assert net_of(dollars("0.005"), ()) == dollars("0.005")


def test_what_each_rate_adds() -> None:
    assert contributions((GST, OLD_QST)) == [Decimal("0.05"), Decimal("0.09975")]
    assert contributions((GST, ON_TAX)) == [Decimal("0.05"), Decimal("0.005")]
    assert effective_rate((GST, OLD_QST)) == Decimal("0.14975")
    assert effective_rate(()) == 0


SPREADS = [
    pytest.param("10.00", ["1", "1", "1"], ["3.34", "3.33", "3.33"], id="a tie goes to the first"),
    pytest.param("10.00", ["1", "0", "2"], ["3.33", "0.00", "6.67"], id="the largest remainder"),
    pytest.param("29.97", ["9.99", "9.99", "-3.99"], ["18.73", "18.72", "-7.48"], id="weights of both signs"),
    pytest.param("-1.00", ["1", "2"], ["-0.33", "-0.67"], id="an amount below zero"),
    pytest.param("0.05", ["0", "0"], ["0.05", "0.00"], id="no weight"),
    pytest.param("0.05", ["1", "-1"], ["0.05", "0.00"], id="weights that cancel"),
    pytest.param("0.00", ["1", "1"], ["0.00", "0.00"], id="nothing"),
]


@pytest.mark.parametrize(("amount", "weights", "parts"), SPREADS)
def test_spreading(amount: str, weights: list[str], parts: list[str]) -> None:
    found = spread(dollars(amount), [Decimal(weight) for weight in weights], range(len(weights)))
    assert texts(found) == parts


WEIGHTS = st.lists(st.integers(-10_000, 10_000).map(Decimal), min_size=1, max_size=8)


@given(cents=st.integers(-100_000, 100_000), weights=WEIGHTS, data=st.data())
def test_a_spread_loses_nothing_and_does_not_depend_on_the_order(
    cents: int, weights: list[Decimal], data: st.DataObject
) -> None:
    amount = Money(cents * minor_unit("CAD"), "CAD")
    parts = spread(amount, weights, range(len(weights)))
    assert total(parts, "CAD") == amount
    order = data.draw(st.permutations(range(len(weights))))
    assert spread(amount, [weights[at] for at in order], order) == [parts[at] for at in order]
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert not whole or abs(part.amount - amount.amount * weight / whole) < minor_unit("CAD")
