"""Proven orders: kept and put up again in the caller's transaction, also when two are at it."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

from comptoir.books.facts import SourceId
from comptoir.storage.proofs import Figure, Proofs, Proven

SALE = Figure("GBP", "sale", date(2026, 1, 10), "", 1, 1000, 1000, 999)
CASH = Figure("GBP", "payment", None, "cash", 0, 1000, 0, 0)


def keep(rooms: Any, under: str, **proven: Proven) -> None:
    proofs, where = Proofs(rooms.database), (rooms.organization_id, rooms.store.id)
    with rooms.database.write() as connection:
        proofs.doubt(connection, *where, [name.removeprefix("o") for name in proven])
        named = {SourceId(name.removeprefix("o")): each for name, each in proven.items()}
        proofs.keep(connection, *where, named, under)


def due(rooms: Any, under: str) -> list[str]:
    with rooms.database.write() as connection:
        return list(Proofs(rooms.database).next_due(connection, rooms.store.id, under))


def test_figures_add_up_by_day_and_name(rooms: Any) -> None:
    keep(rooms, "rules", o1=Proven((SALE, CASH)), o2=Proven((SALE,), "[...]"))
    proofs = Proofs(rooms.database)
    assert sorted(proofs.sums(rooms.store.id), key=lambda each: each.what) == [
        CASH,
        Figure("GBP", "sale", date(2026, 1, 10), "", 2, 2000, 2000, 1998),
    ]
    assert proofs.differences(rooms.store.id) == ["[...]"]
    assert proofs.sums(rooms.store.id + 1) == []


def test_what_is_kept_takes_the_place_of_what_was(rooms: Any) -> None:
    keep(rooms, "rules", o1=Proven((SALE, CASH), "[...]"))
    keep(rooms, "rules", o1=Proven((SALE,)))
    proofs = Proofs(rooms.database)
    assert (proofs.sums(rooms.store.id), proofs.differences(rooms.store.id)) == ([SALE], [])


def test_what_was_proven_under_other_rules_is_due(rooms: Any) -> None:
    keep(rooms, "rules", o1=Proven(()), o2=Proven(()))
    assert due(rooms, "rules") == []
    assert due(rooms, "other rules") == ["1", "2"]


def test_nothing_to_keep(rooms: Any) -> None:
    keep(rooms, "rules")
    assert Proofs(rooms.database).sums(rooms.store.id) == []


def test_an_order_that_changes_while_it_is_reckoned_is_due_again(rooms: Any) -> None:
    """Who changes it waits for the one that reckons, so that its doubt is not overwritten."""
    proofs, where = Proofs(rooms.database), (rooms.organization_id, rooms.store.id)
    keep(rooms, "rules", o1=Proven(()))

    def change() -> None:
        with rooms.database.write() as connection:
            proofs.doubt(connection, *where, ["1"])

    other = threading.Thread(target=change)
    with rooms.database.write() as connection:
        assert proofs.next_due(connection, rooms.store.id, "newer rules") == ["1"]
        other.start()
        other.join(0.3)
        assert other.is_alive()
        proofs.keep(connection, *where, {SourceId("1"): Proven((SALE,))}, "newer rules")
    other.join(10)
    assert due(rooms, "newer rules") == ["1"]
