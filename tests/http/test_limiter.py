from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.http.limiter import Limiter


class ManualClock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def turns(windows: list[tuple[int, float]], gaps: list[float]) -> list[float]:
    clock = ManualClock()
    limiter = Limiter(windows, clock=clock, sleep=clock.sleep)
    moments = []
    for gap in gaps:
        clock.now += gap
        limiter.acquire()
        moments.append(clock.now)
    return moments


def test_without_windows_nobody_waits() -> None:
    assert turns([], [0] * 5) == [0] * 5


def test_the_window_slides_from_the_first_call() -> None:
    assert turns([(2, 10.0)], [0, 4, 0, 0]) == [0, 4, 10, 14]


def test_the_strictest_window_decides() -> None:
    assert turns([(2, 1.0), (3, 60.0)], [0] * 4) == [0, 0, 1, 60]


def test_the_wait_is_told() -> None:
    clock = ManualClock()
    limiter = Limiter([(1, 5.0)], clock=clock, sleep=clock.sleep)
    assert [limiter.acquire(), limiter.acquire()] == [0, 5]


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 20)), min_size=1, max_size=3),
    st.lists(st.integers(0, 8), max_size=40),
)
def test_no_span_ever_holds_more_than_allowed(windows: list[tuple[int, int]], gaps: list[int]) -> None:
    moments = turns([(most, float(seconds)) for most, seconds in windows], [float(gap) for gap in gaps])
    for most, seconds in windows:
        for first, later in zip(moments, moments[most:], strict=False):
            assert later - first >= seconds


@pytest.mark.parametrize("window", [(0, 1.0), (1, 0.0)])
def test_a_window_that_allows_nothing_is_a_mistake(window: tuple[int, float]) -> None:
    with pytest.raises(ValueError, match="a window allows"):
        Limiter([window])


def test_threads_share_one_log() -> None:
    slept: list[float] = []
    limiter = Limiter([(2, 10.0)], clock=lambda: 0.0, sleep=slept.append)
    threads = [threading.Thread(target=limiter.acquire) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(slept) == [10, 10, 20, 20]
