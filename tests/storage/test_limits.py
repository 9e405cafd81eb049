"""Turns that all workers share: never more than allowed in any span, not even across a restart; and what is metered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from comptoir.http.limiter import Windows
from comptoir.storage.database import Database, inserted_id
from comptoir.storage.limits import Meter, Metered, SharedLimiter
from comptoir.storage.tables import organizations
from comptoir.web.rates import WINDOWS, Rates, shared

WIDE, NARROW = ((10, 30.0),), ((8, 30.0),)
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
Open = Callable[..., SharedLimiter]


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def open_limiter(database: Database, organization: int, slept: list[float]) -> Open:
    """A limiter of a worker that does not really wait."""

    def opened(windows: Windows = WIDE, bucket: str = "company:batches") -> SharedLimiter:
        return SharedLimiter(database, organization, bucket, windows, sleep=slept.append)

    return opened


def new_organization(database: Database, name: str) -> int:
    with database.write() as connection:
        return inserted_id(connection.execute(insert(organizations).values(name=name, created_at=NOON)))


def near(waits: Sequence[float], wanted: Sequence[float]) -> bool:
    return len(waits) == len(wanted) and all(abs(one - other) < 1.5 for one, other in zip(waits, wanted, strict=True))


def test_the_window_holds_over_workers_and_restarts(open_limiter: Open) -> None:
    waits = [open_limiter(((2, 30.0),)).acquire() for _ in range(5)]
    assert near(waits, [0, 0, 30, 30, 60])


def test_every_window_is_kept(open_limiter: Open) -> None:
    limiter = open_limiter(((2, 10.0), (3, 60.0)))
    assert near([limiter.acquire() for _ in range(4)], [0, 0, 10, 60])


def test_buckets_do_not_see_each_other(open_limiter: Open) -> None:
    assert open_limiter(((1, 30.0),)).acquire() == 0
    assert open_limiter(((1, 30.0),), "another:batches").acquire() == 0
    assert open_limiter(((1, 30.0),)).acquire() > 20


def test_a_wait_is_slept_outside_the_transaction(database: Database, organization: int) -> None:
    """While one waits, others take turns of their own."""
    waiting, go_on = threading.Event(), threading.Event()

    def sleep(_seconds: float) -> None:
        waiting.set()
        assert go_on.wait(30)

    limiter = SharedLimiter(database, organization, "b", ((1, 30.0),), sleep=sleep)
    limiter.acquire()
    thread = threading.Thread(target=limiter.acquire)
    thread.start()
    assert waiting.wait(30)
    assert SharedLimiter(database, organization, "c", ((1, 30.0),)).acquire() == 0
    go_on.set()
    thread.join()


def test_a_free_turn_is_taken_and_none_is_waited_for(open_limiter: Open, slept: list[float]) -> None:
    limiter = open_limiter(((1, 30.0),))
    assert [limiter.try_acquire(), limiter.try_acquire()] == [True, False]
    assert slept == []
    assert near([limiter.acquire()], [30]), "what was not given was not taken"


def test_a_person_finds_a_turn_before_those_who_can_wait(open_limiter: Open) -> None:
    patient, person = open_limiter(NARROW), open_limiter(WIDE)
    waits = [patient.acquire() for _ in range(20)]
    assert near(waits, [0] * 8 + [30] * 8 + [60] * 4)
    assert near([person.acquire() for _ in range(2)], [0, 0]), "room was left"
    assert near([patient.acquire()], [60])
    assert near([person.acquire()], [30]), "and is left in every span to come"


def test_a_turn_between_those_of_others_breaks_none_of_them(open_limiter: Open) -> None:
    patient, person = open_limiter(NARROW), open_limiter(WIDE)
    turns = sorted([patient.acquire() for _ in range(25)] + [person.acquire() for _ in range(9)])
    for first, later in zip(turns, turns[10:], strict=False):
        assert later - first > 28.5


def test_a_pause_holds_everybody_back(open_limiter: Open) -> None:
    open_limiter().pause(60)
    open_limiter().pause(10)
    assert not open_limiter().try_acquire()
    assert near([open_limiter().acquire()], [60])
    assert near([open_limiter(bucket="another").acquire()], [0])


def test_threads_of_several_workers_share_one_log(database: Database, organization: int) -> None:
    """In real time: eight threads, sixteen calls, five in any half second."""
    done: list[float] = []

    def work() -> None:
        limiter = SharedLimiter(database, organization, "b", ((5, 0.5),))
        for _ in range(2):
            limiter.acquire()
            done.append(time.time())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 16
    done.sort()
    assert done[-1] - done[0] > 1.4


def test_what_no_longer_matters_is_forgotten(open_limiter: Open, database: Database) -> None:
    limiter = open_limiter(((2, 0.01),))
    for _ in range(50):
        limiter.acquire()
        time.sleep(0.02)
    with database.read() as connection:
        (size,) = connection.exec_driver_sql("SELECT length(moments) FROM call_limits").one()
    assert size <= 4 * 8


@pytest.mark.parametrize("windows", [((0, 1.0),), ((1, 0.0),)])
def test_a_window_that_allows_nothing_is_a_mistake(open_limiter: Open, windows: Any) -> None:
    with pytest.raises(ValueError, match="a window allows"):
        open_limiter(windows)


# Metered reads


def test_reads_are_counted_by_app_and_month(database: Database, organization: int) -> None:
    meter = Meter(database)
    assert meter.standing(organization, NOON) == []
    for reads in (1, 30):
        meter.count(organization, "quickbooks", "own", NOON, reads=reads, allowed=500)
    meter.count(organization, "quickbooks", "second", NOON, reads=8, allowed=500)
    meter.count(organization, "another", "own", NOON, reads=7, allowed=10)
    meter.count(organization, "quickbooks", "own", NOON + timedelta(days=2), reads=5, allowed=500)
    assert meter.standing(organization, NOON) == [
        Metered("another", "own", "2026-11", 7, 10),
        Metered("quickbooks", "own", "2026-11", 31, 500),
        Metered("quickbooks", "second", "2026-11", 8, 500),
    ]
    december = NOON + timedelta(days=2)
    assert meter.standing(organization, december) == [Metered("quickbooks", "own", "2026-12", 5, 500)]


def test_an_app_is_used_up_by_all_who_work_with_it(database: Database, organization: int) -> None:
    """Neither of the two is near the end by itself; the platform shuts the app for both."""
    other, stranger = (new_organization(database, name) for name in ("Other", "Stranger"))
    meter = Meter(database)
    meter.count(organization, "quickbooks", "shared", NOON, reads=395, allowed=500)
    meter.count(other, "quickbooks", "shared", NOON, reads=395, allowed=500)
    meter.count(stranger, "quickbooks", "own", NOON, reads=1, allowed=500)
    shared = [Metered("quickbooks", "shared", "2026-11", 790, 500)]
    assert (meter.standing(organization, NOON), meter.standing(other, NOON)) == (shared, shared)
    assert meter.standing(stranger, NOON) == [Metered("quickbooks", "own", "2026-11", 1, 500)]


@pytest.mark.parametrize(
    ("later", "told"),
    [(timedelta(days=31), [Metered("quickbooks", "shared", "2026-12", 450, 500)]), (timedelta(days=62), [])],
)
def test_who_read_last_month_hears_of_what_others_read_in_this_one(
    later: timedelta, told: list[Metered], database: Database, organization: int
) -> None:
    other, meter = new_organization(database, "Other"), Meter(database)
    meter.count(organization, "quickbooks", "shared", NOON, reads=5, allowed=500)
    meter.count(other, "quickbooks", "shared", NOON + later, reads=450, allowed=500)
    assert meter.standing(organization, NOON + later) == told


@pytest.mark.parametrize(("reads", "is_close"), [(399_999, False), (400_000, True), (500_001, True)])
def test_the_user_should_know_from_four_fifths_on(reads: int, is_close: bool) -> None:
    assert Metered("quickbooks", "own", "2026-11", reads, 500_000).is_close is is_close


def test_workers_that_count_at_once_lose_nothing(database: Database, organization: int) -> None:
    meter = Meter(database)

    def work() -> None:
        for _ in range(10):
            meter.count(organization, "quickbooks", "own", NOON, reads=1, allowed=500)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert meter.standing(organization, NOON)[0].reads == 60


def test_processes_count_the_requests_of_a_token_together(database: Database, organization: int) -> None:
    one, other = Rates(shared(database)), Rates(shared(database))
    assert [one.take(7, organization), other.take(7, organization)] == [0.0, 0.0]
    for _ in range(WINDOWS[0][0] - 2):
        assert one.take(7, organization) == 0.0
    assert 1.0 <= other.take(7, organization) <= WINDOWS[0][1]
    assert other.take(8, organization) == 0.0, "another token"
