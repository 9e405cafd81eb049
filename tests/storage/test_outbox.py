"""The outbox: what is planned is claimed by one, tried again, settled, and forgotten by nobody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from comptoir.books.problems import Message, Problem
from comptoir.books.settings import ReportSettings, ReportWhen
from comptoir.storage.outbox import MailPlace, MailState, Outbox, PlannedMail

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SETTINGS = ReportSettings(when=ReportWhen.DAILY, to=("a@example.com", "b@example.com"))
PROBLEM = Problem("mail", Message("The server is down."), Message("Start it."))


@pytest.fixture
def outbox(rooms: Any) -> Outbox:
    return Outbox(rooms.database)


@pytest.fixture
def planned(rooms: Any, outbox: Outbox) -> PlannedMail:
    place = MailPlace(rooms.organization_id, rooms.store.id, rooms.run_id)
    with rooms.database.write() as connection:
        outbox.plan(connection, place, SETTINGS, {"b", "a"}, planned_at=NOW, due_at=NOW + MINUTE)
        found = outbox.latest(connection, rooms.store.id)
    assert found is not None
    return found


def latest(rooms: Any, outbox: Outbox) -> PlannedMail:
    with rooms.database.read() as connection:
        found = outbox.latest(connection, rooms.store.id)
    assert found is not None
    return found


def test_nothing_is_planned_at_first(rooms: Any, outbox: Outbox) -> None:
    with rooms.database.read() as connection:
        assert outbox.latest(connection, rooms.store.id) is None
    assert outbox.claim(NOW, NOW + MINUTE, 9) == []
    assert outbox.troubles(rooms.organization_id) == []


def test_a_planned_report_says_whom_to_tell_what(planned: PlannedMail, rooms: Any) -> None:
    assert planned.settings == SETTINGS
    assert planned.recipients == SETTINGS.to
    assert planned.told == {"a", "b"}
    assert (planned.first_run_id, planned.last_run_id) == (rooms.run_id, rooms.run_id)
    assert (planned.planned_at, planned.due_at) == (NOW, NOW + MINUTE)
    assert planned.takes_more


def test_it_is_claimed_when_it_is_due_and_by_one_alone(planned: PlannedMail, outbox: Outbox) -> None:
    assert outbox.claim(NOW, NOW + 9 * MINUTE, 9) == []
    due = NOW + MINUTE
    assert [mail.id for mail in outbox.claim(due, due + 5 * MINUTE, 9)] == [planned.id]
    assert outbox.claim(due, due + 5 * MINUTE, 9) == [], "another worker finds it taken"
    assert [mail.attempts for mail in outbox.claim(due + 5 * MINUTE, due + 9 * MINUTE, 9)] == [1], (
        "whoever took it died: it is taken again"
    )


def test_no_more_are_claimed_than_asked(planned: PlannedMail, rooms: Any, outbox: Outbox) -> None:
    place = MailPlace(rooms.organization_id, rooms.store.id, rooms.run_id)
    with rooms.database.write() as connection:
        outbox.plan(connection, place, SETTINGS, (), planned_at=NOW, due_at=NOW)
    first = outbox.claim(NOW + MINUTE, NOW + 9 * MINUTE, 1)
    second = outbox.claim(NOW + MINUTE, NOW + 9 * MINUTE, 1)
    assert [mail.id for mail in first] == [planned.id]
    assert [mail.id for mail in second] == [planned.id + 1]


def test_it_is_tried_again_for_those_who_have_not_got_it(planned: PlannedMail, rooms: Any, outbox: Outbox) -> None:
    outbox.claim(NOW + MINUTE, NOW + 5 * MINUTE, 9)
    outbox.postpone(planned, ["b@example.com"], [PROBLEM], NOW + 3 * MINUTE)
    assert outbox.claim(NOW + 2 * MINUTE, NOW + 9 * MINUTE, 9) == []
    (again,) = outbox.claim(NOW + 3 * MINUTE, NOW + 9 * MINUTE, 9)
    assert (again.recipients, again.problems) == (("b@example.com",), (PROBLEM,))
    assert not again.takes_more, "what was tried once tells no further run"
    assert [mail.id for mail in outbox.troubles(rooms.organization_id)] == [planned.id]


@pytest.mark.parametrize("state", [MailState.SENT, MailState.GIVEN_UP])
def test_what_is_settled_is_not_claimed_again(planned: PlannedMail, rooms: Any, outbox: Outbox, state: str) -> None:
    outbox.settle(planned, MailState(state), [PROBLEM], NOW)
    assert outbox.claim(NOW + 9 * MINUTE, NOW + 10 * MINUTE, 9) == []
    assert latest(rooms, outbox).state is MailState(state)
    assert [mail.problems for mail in outbox.troubles(rooms.organization_id)] == [(PROBLEM,)]


def test_a_later_report_that_arrived_ends_the_trouble(planned: PlannedMail, rooms: Any, outbox: Outbox) -> None:
    outbox.settle(planned, MailState.GIVEN_UP, [PROBLEM], NOW)
    place = MailPlace(rooms.organization_id, rooms.store.id, rooms.run_id)
    with rooms.database.write() as connection:
        outbox.plan(connection, place, SETTINGS, (), planned_at=NOW, due_at=NOW)
    assert len(outbox.troubles(rooms.organization_id)) == 1, "one that nobody tried yet proves nothing"
    outbox.settle(latest(rooms, outbox), MailState.SENT, [], NOW)
    assert outbox.troubles(rooms.organization_id) == []


def test_a_later_run_is_told_too(planned: PlannedMail, rooms: Any, outbox: Outbox) -> None:
    other = ReportSettings(when=ReportWhen.DAILY, to=("c@example.com",))
    with rooms.database.write() as connection:
        outbox.extend(connection, planned, rooms.run_id, other, ["z"])
    found = latest(rooms, outbox)
    assert (found.settings, found.recipients) == (other, ("c@example.com",))
    assert found.told == {"z"}
    assert (found.id, found.due_at) == (planned.id, planned.due_at)


def test_what_is_mended_is_forgotten(planned: PlannedMail, rooms: Any, outbox: Outbox) -> None:
    with rooms.database.write() as connection:
        outbox.forget(connection, planned, {"a", "b", "new"})
        assert outbox.latest(connection, rooms.store.id) == planned
        outbox.forget(connection, planned, {"b", "new"})
    assert latest(rooms, outbox).told == {"b"}


def test_two_processes_claim_each_report_once(planned: PlannedMail, rooms: Any, outbox: Outbox) -> None:
    place = MailPlace(rooms.organization_id, rooms.store.id, rooms.run_id)
    with rooms.database.write() as connection:
        for _ in range(40):
            outbox.plan(connection, place, SETTINGS, (), planned_at=NOW, due_at=NOW)

    def claim(_worker: int) -> list[int]:
        found = []
        while mails := Outbox(rooms.database).claim(NOW + MINUTE, NOW + 9 * MINUTE, 3):
            found += [mail.id for mail in mails]
        return found

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(claim, range(2))
    assert sorted(first + second) == list(range(planned.id, planned.id + 41))
