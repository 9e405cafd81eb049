"""Which processes live, and what becomes of the fences of the dead."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from comptoir.storage.executors import Executors, subject_of
from comptoir.storage.fence import FenceLostError, hold
from comptoir.storage.tables import fences


def runs_out(rooms: Any, subject: str) -> None:
    with rooms.database.write() as connection:
        connection.execute(update(fences).where(fences.c.subject == subject).values(lease_until=1))


def held(rooms: Any) -> set[str]:
    with rooms.database.read() as connection:
        return set(connection.scalars(select(fences.c.subject)))


def test_who_lives_and_who_holds_what(rooms: Any) -> None:
    executors = Executors(rooms.database)
    assert executors.living() == frozenset()
    with (
        hold(rooms.database, subject_of("ann"), "ann", rooms.organization_id, alone=False),
        hold(rooms.database, "ticker", "ann", rooms.organization_id, alone=False),
    ):
        assert executors.living() == {"ann"}
        assert executors.holds("ticker")
        runs_out(rooms, "ticker")
        assert not executors.holds("ticker")
    assert executors.living() == frozenset()
    assert not executors.holds("ticker")


def test_the_dead_lose_every_fence_and_the_living_none(rooms: Any) -> None:
    executors = Executors(rooms.database)

    def take(subject: str, owner: str) -> Any:
        return hold(rooms.database, subject, owner, rooms.organization_id, alone=False)

    with (
        take(subject_of("ann"), "ann"),
        take("post:one", "ann") as fence,
        take(subject_of("bob"), "bob"),
        take("post:two", "bob"),
        take("post:three", "annabel"),
    ):
        assert executors.bury() == frozenset()
        runs_out(rooms, subject_of("ann"))
        assert executors.bury() == {"ann"}
        assert held(rooms) == {subject_of("bob"), "post:two", "post:three"}
        with pytest.raises(FenceLostError):
            fence.renew()
        assert executors.bury() == frozenset()
