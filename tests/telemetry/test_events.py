"""What happens is told to everyone who listens, and to nobody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextvars import copy_context

import pytest

from comptoir.telemetry import events
from comptoir.telemetry.events import Event, Kind


@pytest.fixture
def heard() -> Iterator[list[Event]]:
    found: list[Event] = []
    with events.listening(found.append):
        yield found


def test_an_event_bears_what_it_happened_to(heard: list[Event]) -> None:
    with events.about(run=1, connection=2), events.about(company="books:1"):
        events.emit(Kind.WAITED, why="limit", run=7)
    events.emit(Kind.WAITED)
    assert heard == [
        Event(Kind.WAITED, {"run": 7, "connection": 2, "company": "books:1", "why": "limit"}),
        Event(Kind.WAITED, {}),
    ]


def test_a_listener_that_fails_is_passed_over(heard: list[Event]) -> None:
    def broken(_event: Event) -> None:
        raise OSError("the disk is full")

    with events.listening(broken):
        events.emit(Kind.WAITED)
    events.unlisten(broken)  # once more does no harm
    assert len(heard) == 1


def test_another_thread_tells_of_its_own(heard: list[Event]) -> None:
    with events.about(run=1):
        alone = threading.Thread(target=events.emit, args=(Kind.WAITED,))
        along = threading.Thread(target=copy_context().run, args=(events.emit, Kind.WAITED))
        for each in (alone, along):
            each.start()
            each.join()
    assert [dict(each.values) for each in heard] == [{}, {"run": 1}]


def test_who_listens_no_more_hears_no_more() -> None:
    found: list[Event] = []
    events.listen(found.append)
    events.unlisten(found.append)
    events.emit(Kind.WAITED)
    assert found == []
