from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir_sandbox.shopify.money import bag, decimal_text, minor_unit, rounded, spread

pence = st.integers(min_value=0, max_value=10**7).map(lambda number: Decimal(number) / 100)


@pytest.mark.parametrize(
    ("amount", "text"),
    [("15", "15.0"), ("15.00", "15.0"), ("31.90", "31.9"), ("12.77", "12.77"), ("0", "0.0"), ("0.00", "0.0"),
     ("-27.50", "-27.5"), ("1E+2", "100.0"), ("-0.00", "0.0")],
)  # fmt: skip
def test_decimal_text(amount: str, text: str) -> None:
    assert decimal_text(Decimal(amount)) == text


def test_recorded_spread_of_an_order_discount() -> None:
    parts = spread(Decimal("10.00"), [Decimal(94), Decimal(100), Decimal(100)], "USD")
    assert parts == [Decimal("3.20"), Decimal("3.40"), Decimal("3.40")]


@given(st.lists(pence, min_size=1, max_size=30), pence)
def test_a_spread_loses_nothing_and_stays_near_the_exact_share(weights: list[Decimal], amount: Decimal) -> None:
    parts = spread(amount, weights, "GBP")
    assert sum(parts) == amount
    assert all(part == rounded(part, "GBP") for part in parts)
    if sum(weights):
        exact = [amount * weight / sum(weights) for weight in weights]
        assert all(abs(part - share) < Decimal("0.011") for part, share in zip(parts, exact, strict=True))


def test_spread_over_nothing() -> None:
    assert spread(Decimal(0), [], "GBP") == []
    assert spread(Decimal(1), [Decimal(0), Decimal(0)], "GBP") == [Decimal(1), Decimal(0)]
    with pytest.raises(ValueError, match="nothing to spread"):
        spread(Decimal(1), [], "GBP")


def test_minor_units() -> None:
    assert [minor_unit(currency) for currency in ("GBP", "JPY", "KWD")] == [
        Decimal("0.01"),
        Decimal(1),
        Decimal("0.001"),
    ]


def test_a_bag_says_the_amount_twice() -> None:
    made = bag(Decimal("9.90"), "GBP")
    assert made["shopMoney"] == made["presentmentMoney"] == {
        "__typename": "MoneyV2", "amount": "9.9", "currencyCode": "GBP",
    }  # fmt: skip
