from __future__ import annotations

from decimal import Decimal

import pytest

from comptoir.stores.shopify.cost import PAGE_SIZES, Bucket, next_size, predicted_cost, smaller, weight


def bucket(available: int, maximum: int = 2000) -> Bucket:
    return Bucket(available=Decimal(available), maximum=Decimal(maximum), restore_per_second=Decimal(100), at=10.0)


@pytest.mark.parametrize(
    ("available", "cost", "now", "seconds"),
    [(2000, 638, 10.0, 0), (138, 638, 10.0, 5), (138, 638, 13.0, 2), (138, 638, 9.0, 5), (0, 5000, 10.0, 20)],
    ids=["enough", "missing", "restored meanwhile", "clock behind", "more than ever fits"],
)
def test_wait(available: int, cost: int, now: float, seconds: float) -> None:
    assert bucket(available).wait_seconds(cost, now=now) == pytest.approx(seconds)


def test_steps_down() -> None:
    assert [smaller(size) for size in PAGE_SIZES] == [None, 1, 3, 6, 12, 25, 50]


@pytest.mark.parametrize(
    ("size", "cost", "held", "then"),
    [
        (25, 638, bucket(0), 50),
        (25, 638, None, 50),
        (25, 900, bucket(2000), 25),
        (50, 744, bucket(2000), 100),
        (100, 956, bucket(2000), 100),
        (25, 638, bucket(700, maximum=700), 25),
    ],
    ids=["low bucket", "unknown bucket", "over the limit", "again", "largest", "never fits the bucket"],
)
def test_next_size(size: int, cost: int, held: Bucket | None, then: int) -> None:
    assert next_size(size, cost=cost, bucket=held) == then


def test_a_prediction_is_never_below_the_real_cost() -> None:
    real = {size: 2 + 106 * weight(size) for size in PAGE_SIZES}
    for size in PAGE_SIZES:
        for larger in (step for step in PAGE_SIZES if step > size):
            assert predicted_cost(real[size], size, larger) >= real[larger]
