"""The rows of proofs: read a page at a time, and without the people who asked to be forgotten."""

from __future__ import annotations

from typing import Any

from comptoir.storage.proof_pages import ProofPage, ProofPages

HELD = [ProofPage("held", number, f'["{number}"]') for number in range(1, 12)]
KEPT = ProofPage("kept", 1, '["k"]')


def kept(rooms: Any, *pages: ProofPage, run_id: int = 0) -> ProofPages:
    made = ProofPages(rooms.database)
    with rooms.database.write() as connection:
        made.keep(connection, rooms.organization_id, run_id or rooms.run_id, pages)
    return made


def test_one_page_is_read_alone(rooms: Any) -> None:
    made = kept(rooms, *HELD, KEPT)
    assert made.some(rooms.run_id, [("held", 2), ("kept", 1), ("kept", 2), ("days CAD", 1)]) == [HELD[1], KEPT]
    assert made.some(rooms.run_id, []) == []
    assert made.some(rooms.run_id + 1, [("held", 2)]) == []


def test_all_pages_come_in_their_order(rooms: Any) -> None:
    made = kept(rooms, KEPT, *HELD[::-1])
    assert made.all(rooms.run_id) == [*HELD, KEPT]
    assert made.all(rooms.run_id, "kept") == [KEPT]


def test_a_run_that_ends_a_second_time_keeps_what_it_came_to_last(rooms: Any) -> None:
    kept(rooms, *HELD)
    assert kept(rooms, KEPT).all(rooms.run_id) == [KEPT]
    assert kept(rooms).all(rooms.run_id) == []


def test_what_they_told_of_a_person_is_taken_out(rooms: Any) -> None:
    other = rooms.runs.start(rooms.organization_id, rooms.ledger.id, "other").id
    named = ProofPage("held", 2, '[{"kind":"Ann","values":{"name":"Ann \\u00c9ve"}}]')
    kept(rooms, named, run_id=other)
    made = kept(rooms, HELD[0], named)
    with rooms.database.write() as connection:
        made.forget(connection, rooms.store.id, {"Ann Éve", "Ann", "x"})
        made.forget(connection, rooms.store.id, set())
    assert made.all(rooms.run_id) == [HELD[0], ProofPage("held", 2, '[{"kind":"Ann","values":{"name":"—"}}]')]
    assert made.all(other) == [named], "another connection knows nobody of them"
