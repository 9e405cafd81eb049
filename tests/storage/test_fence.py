"""The fence: one worker a subject, and a worker that slept too long writes nothing."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import insert, select, update

from comptoir.storage import fence
from comptoir.storage.database import Database
from comptoir.storage.fence import GUEST, LEASE_SECONDS, Fence, FenceLostError, beside, hold
from comptoir.storage.tables import fences, organizations
from comptoir.telemetry import events
from comptoir.telemetry.events import Event, Kind

SUBJECT = "post:ledger:one"


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No beat unless a test asks for it."""
    monkeypatch.setattr(fence, "BEAT_SECONDS", 3600)


def expire(database: Database) -> None:
    """The lease ends."""
    with database.write() as connection:
        connection.execute(update(fences).values(lease_until=fences.c.lease_until - LEASE_SECONDS - 1))


def row(database: Database) -> tuple[str, int] | None:
    with database.read() as connection:
        found = connection.execute(select(fences.c.owner, fences.c.lease_until)).one_or_none()
        return None if found is None else (found.owner, found.lease_until)


def names(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(select(organizations.c.name)).scalars())


def take(database: Database, owner: str, organization: int, *, alone: bool = False) -> Fence | None:
    """Take the fence and keep it, as a worker does that dies or sleeps."""
    return fence._take(database, SUBJECT, owner, organization, alone=alone)


def process(owner: str) -> str:
    """The process of an owner that stands in the fence."""
    return owner.split("/", maxsplit=1)[0]


def test_a_living_workers_subject_is_refused_to_another(database: Database, organization: int) -> None:
    with hold(database, SUBJECT, "one", organization, alone=False) as mine:
        assert mine is not None
        assert (mine.subject, process(mine.owner)) == (SUBJECT, "one")
        with hold(database, SUBJECT, "two", organization, alone=False) as other:
            assert other is None
        assert row(database) is not None, "whoever was refused takes nothing away"
        with hold(database, "post:ledger:two", "two", organization, alone=False) as elsewhere:
            assert elsewhere is not None


def test_a_subject_is_free_when_its_block_ends(database: Database, organization: int) -> None:
    with pytest.raises(KeyError), hold(database, SUBJECT, "one", organization, alone=False):
        raise KeyError
    assert row(database) is None
    with hold(database, SUBJECT, "two", organization, alone=False) as mine:
        assert mine is not None


def test_a_dead_workers_subject_is_taken_over_after_its_lease(database: Database, organization: int) -> None:
    take(database, "dead", organization)
    assert take(database, "two", organization) is None
    expire(database)
    heard: list[Event] = []
    with events.listening(heard.append):
        assert take(database, "two", organization) is not None
    (told,) = heard
    assert (told.kind, told.values["subject"]) == (Kind.TAKEN_OVER, SUBJECT)
    assert [process(str(told.values[name])) for name in ("earlier", "by")] == ["dead", "two"]
    found = row(database)
    assert found is not None
    assert process(found[0]) == "two"


def test_whoever_is_alone_waits_for_no_lease(database: Database, organization: int) -> None:
    take(database, "dead", organization)
    with hold(database, SUBJECT, "two", organization, alone=True) as mine:
        assert mine is not None


def test_whoever_is_alone_waits_for_the_lease_of_a_guest_and_for_no_longer(
    database: Database, organization: int
) -> None:
    take(database, f"{GUEST}other", organization)
    with hold(database, SUBJECT, "two", organization, alone=True) as mine:
        assert mine is None
    expire(database)
    with hold(database, SUBJECT, "two", organization, alone=True) as mine:
        assert mine is not None


def test_two_threads_of_a_process_that_is_alone_keep_each_other_out(database: Database, organization: int) -> None:
    assert take(database, "one", organization, alone=True) is not None
    assert take(database, "one", organization, alone=True) is None


def test_a_hold_that_lost_its_lease_is_not_the_one_that_its_process_took_since(
    database: Database, organization: int
) -> None:
    lost = take(database, "one", organization)
    assert lost is not None
    expire(database)
    held = take(database, "one", organization)
    assert held is not None
    held.renew()
    with pytest.raises(FenceLostError):
        lost.renew()


def test_of_many_that_reach_for_a_subject_one_has_it(database: Database, organization: int) -> None:
    start, taken = threading.Barrier(8), []

    def reach(owner: str) -> None:
        start.wait(20)
        taken.append(take(database, owner, organization))

    threads = [threading.Thread(target=reach, args=(f"worker{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 8
    assert len([each for each in taken if each is not None]) == 1


def test_a_worker_that_was_overtaken_can_write_nothing(database: Database, organization: int) -> None:
    zombie = take(database, "zombie", organization)
    assert zombie is not None
    expire(database)
    assert take(database, "two", organization) is not None
    with (
        pytest.raises(FenceLostError, match=r"zombie/\d+ no longer holds post:ledger:one"),
        zombie.writing() as connection,
    ):
        connection.execute(insert(organizations).values(name="zombie", created_at=None))
    with pytest.raises(FenceLostError):
        zombie.renew()
    assert "zombie" not in names(database)


def test_an_overtaken_worker_leaves_its_successors_fence_alone(database: Database, organization: int) -> None:
    with hold(database, SUBJECT, "zombie", organization, alone=False):
        expire(database)
        take(database, "two", organization)
    found = row(database)
    assert found is not None
    assert process(found[0]) == "two"


def test_every_write_renews_the_lease(database: Database, organization: int) -> None:
    mine = take(database, "one", organization)
    assert mine is not None
    before = row(database)
    expire(database)
    with mine.writing() as connection:
        connection.execute(update(organizations).values(name="written"))
    after = row(database)
    assert before is not None
    assert after is not None
    assert after[1] >= before[1]
    assert names(database) == ["written"]


def test_a_lease_is_renewed_while_its_worker_waits(
    database: Database, organization: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fence, "BEAT_SECONDS", 0.01)
    beaten = threading.Event()
    renew = Fence.renew

    def watched(self: Fence) -> None:
        renew(self)
        if (found := row(database)) is not None and found[1] > 0:
            beaten.set()

    monkeypatch.setattr(Fence, "renew", watched)
    with hold(database, SUBJECT, "one", organization, alone=False):
        with database.write() as connection:
            connection.execute(update(fences).values(lease_until=0))
        beaten.clear()
        assert beaten.wait(20)
        assert take(database, "two", organization) is None


def test_the_beat_ends_when_another_worker_took_over(
    database: Database, organization: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fence, "BEAT_SECONDS", 0.01)
    with hold(database, SUBJECT, "one", organization, alone=False):
        take(database, "two", organization, alone=True)
        (beat,) = [thread for thread in threading.enumerate() if thread.name == f"fence {SUBJECT}"]
        beat.join(20)
        assert not beat.is_alive()


@pytest.mark.parametrize("is_at_work", [True, False])
def test_a_write_beside_a_worker_comes_between_two_of_its_writes(
    database: Database, organization: int, is_at_work: bool
) -> None:
    worker = take(database, "one", organization) if is_at_work else None
    order: list[str] = []

    def work() -> None:
        held = worker or take(database, "one", organization)
        assert held is not None
        with held.writing():
            order.append("worker")

    thread = threading.Thread(target=work)
    with beside(database, SUBJECT, organization) as connection:
        thread.start()
        thread.join(0.3)
        connection.execute(update(organizations).values(name="written"))
        order.append("beside")
    thread.join(20)
    assert order == ["beside", "worker"]
    assert names(database) == ["written"]
    found = row(database)
    assert found is not None
    assert process(found[0]) == "one", "nothing of it is left"
