from __future__ import annotations

import threading
from bisect import insort

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.http.limiter import Limiter, next_turn


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


def test_a_free_turn_is_taken_and_none_is_waited_for() -> None:
    clock = ManualClock()
    limiter = Limiter([(1, 5.0)], clock=clock, sleep=clock.sleep)
    assert [limiter.try_acquire(), limiter.try_acquire()] == [True, False]
    assert limiter.acquire() == 5


def test_a_pause_holds_everybody_back_where_there_are_windows() -> None:
    clock = ManualClock()
    limiter = Limiter([(5, 1.0)], clock=clock, sleep=clock.sleep)
    limiter.pause(60)
    limiter.pause(10)
    assert not limiter.try_acquire()
    assert limiter.acquire() == 60
    free = Limiter(clock=clock, sleep=clock.sleep)
    free.pause(60)
    assert free.acquire() == 0


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 1)), max_size=40),
    st.integers(1, 4),
    st.integers(1, 9),
)
def test_turns_before_those_of_others_keep_every_span(calls: list[tuple[int, int]], most: int, seconds: int) -> None:
    """Callers with wider windows may come before the turns of others; together they keep the wider ones."""
    wide, narrow = [(most + 1, float(seconds))], [(most, float(seconds))]
    moments: list[float] = []
    for now, is_wide in sorted(calls):
        turn = next_turn(moments, wide if is_wide else narrow, float(now))
        assert turn >= now
        insort(moments, turn)
    for first, later in zip(moments, moments[most + 1 :], strict=False):
        assert later - first >= seconds


def test_moments_as_large_as_the_time_of_day_are_reckoned_with() -> None:
    now = 1_795_975_523.123457
    moments: list[float] = []
    for _ in range(30):
        insort(moments, next_turn(moments, [(3, 1.1), (7, 60.0)], now))
    assert len(moments) == 30
    assert moments[-1] - now == pytest.approx(4 * 60.0 + 0, abs=2.3)
