"""Facts: each content once, the latest is current, personal parts sealed apart."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from comptoir.books.facts import RawRecord
from comptoir.storage import facts as facts_module
from comptoir.storage.facts import StoredFact
from comptoir.storage.tables import facts
from comptoir.storage.vault import VaultError

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
ONE = b'{"id": "1", "total": "10.00", "email": "ann@example.com"}'
TWO = b'{"id": "1", "total": "12.00", "email": "ann@example.com"}'
UNDER = "settings-digest"


def save(rooms: Any, *records: RawRecord) -> int:
    with rooms.database.write() as connection:
        return int(rooms.facts.save_page(connection, rooms.source, records, run_id=rooms.run_id, fetched_at=NOON))


def current(rooms: Any) -> list[str]:
    """The totals of what is current."""
    return [fact.payload["total"] for fact in rooms.facts.every(rooms.store.id)]


def decide(rooms: Any, under: str = UNDER) -> list[StoredFact]:
    """One chunk, decided."""
    with rooms.database.write() as connection:
        chunk: list[StoredFact] = rooms.facts.next_undecided(connection, rooms.store.id, under)
        rooms.facts.mark_decided(connection, [fact.id for fact in chunk], under)
        return chunk


def rows(rooms: Any) -> Sequence[Any]:
    with rooms.database.read() as connection:
        return list(connection.execute(select(facts).order_by(facts.c.id)))


def test_a_record_is_read_back_whole(rooms: Any) -> None:
    assert save(rooms, rooms.raw(ONE)) == 1
    (fact,) = rooms.facts.find(rooms.organization_id, "1")
    assert fact.payload == json.loads(ONE)
    assert (fact.source_id, fact.number, fact.placed_at) == ("1", "1", NOON)


def test_the_same_content_is_kept_once(rooms: Any) -> None:
    assert save(rooms, rooms.raw(ONE), rooms.raw(ONE)) == 1
    assert save(rooms, rooms.raw(ONE)) == 0
    assert len(rows(rooms)) == 1


def test_what_was_read_before_is_not_even_sealed(rooms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    save(rooms, rooms.raw(ONE), rooms.raw(TWO, "2"))
    monkeypatch.setattr(rooms.facts._vault, "seal", None)
    assert save(rooms, rooms.raw(ONE), rooms.raw(TWO, "2")) == 0
    assert current(rooms) == ["10.00", "12.00"]


def test_several_contents_of_one_record_on_one_page(rooms: Any) -> None:
    older = b'{"id": "1", "total": "9.00"}'
    assert (
        save(rooms, rooms.raw(ONE), rooms.raw(TWO, at=LATER), rooms.raw(older, at=NOON), rooms.raw(TWO, at=LATER)) == 3
    )
    assert current(rooms) == ["12.00"]
    assert [row.current for row in rows(rooms)] == [False, True, False]


def test_a_newer_content_becomes_the_current_one_and_the_older_is_kept(rooms: Any) -> None:
    save(rooms, rooms.raw(ONE))
    assert save(rooms, rooms.raw(TWO, at=LATER)) == 1
    assert current(rooms) == ["12.00"]
    assert [row.current for row in rows(rooms)] == [False, True]


def test_a_stale_answer_is_kept_but_not_believed(rooms: Any) -> None:
    save(rooms, rooms.raw(TWO, at=LATER))
    assert save(rooms, rooms.raw(ONE, at=NOON)) == 1
    assert current(rooms) == ["12.00"]
    assert save(rooms, rooms.raw(TWO, at=LATER)) == 0
    assert current(rooms) == ["12.00"]
    assert len(decide(rooms)) == 1


def test_a_record_that_returns_to_an_earlier_content_is_current_again_and_decided_again(rooms: Any) -> None:
    """Where the store's time is no finer than its changes."""
    save(rooms, rooms.raw(ONE))
    decide(rooms)
    save(rooms, rooms.raw(TWO))
    decide(rooms)
    assert save(rooms, rooms.raw(ONE)) == 1
    assert current(rooms) == ["10.00"]
    assert [fact.payload["total"] for fact in decide(rooms)] == ["10.00"]


def test_records_of_two_stores_do_not_touch(rooms: Any) -> None:
    save(rooms, rooms.raw(ONE))
    other = replace(rooms.source, store="shop:two")
    with rooms.database.write() as connection:
        rooms.facts.save_page(connection, other, [rooms.raw(TWO, at=LATER)], run_id=rooms.run_id, fetched_at=NOON)
    assert sorted(current(rooms)) == ["10.00", "12.00"]


def test_what_is_decided_waits_no_more_until_the_settings_change(rooms: Any) -> None:
    save(rooms, rooms.raw(ONE), rooms.raw(TWO, "2"))
    assert rooms.facts.undecided(rooms.store.id, UNDER) == 2
    assert len(decide(rooms)) == 2
    assert rooms.facts.undecided(rooms.store.id, UNDER) == 0
    assert decide(rooms) == []
    assert rooms.facts.undecided(rooms.store.id, "other settings") == 2
    assert rooms.facts.undecided(rooms.ledger.id, UNDER) == 0


def test_only_what_is_current_is_decided(rooms: Any) -> None:
    save(rooms, rooms.raw(ONE))
    save(rooms, rooms.raw(TWO, at=LATER))
    assert [fact.payload["total"] for fact in decide(rooms)] == ["12.00"]


def test_records_come_in_chunks_oldest_order_first(rooms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts_module, "CHUNK", 2)
    hours = {"1": 3, "2": 1, "3": 1, "4": 2, "5": 1}
    for number, hour in hours.items():
        payload = json.dumps({"id": number}).encode()
        save(rooms, replace(rooms.raw(payload, number), placed_at=NOON + timedelta(hours=hour)))
    expected = ["2", "3", "5", "4", "1"]
    assert [fact.source_id for fact in rooms.facts.every(rooms.store.id)] == expected
    assert [[fact.source_id for fact in decide(rooms)] for _ in range(4)] == [["2", "3"], ["5", "4"], ["1"], []]


def test_personal_parts_lie_sealed_apart_and_may_be_gone(rooms: Any) -> None:
    save(rooms, rooms.raw(ONE))
    (row,) = rows(rooms)
    assert json.loads(zlib.decompress(row.raw)) == {"id": "1", "total": "10.00"}
    with rooms.database.write() as connection:
        connection.execute(update(facts).values(personal=None))
    (fact,) = rooms.facts.every(rooms.store.id)
    assert fact.payload == {"id": "1", "total": "10.00"}


def test_personal_parts_do_not_open_under_another_record(rooms: Any) -> None:
    save(rooms, rooms.raw(ONE), rooms.raw(TWO, "2"))
    first, second = rows(rooms)
    with rooms.database.write() as connection:
        connection.execute(update(facts).where(facts.c.id == first.id).values(personal=second.personal))
    (moved,) = rooms.facts.find(rooms.organization_id, "1")
    with pytest.raises(VaultError):
        moved.opened()


def test_an_order_is_found_by_its_number_in_its_own_organization(rooms: Any) -> None:
    save(rooms, rooms.raw(ONE), rooms.raw(TWO, "2"))
    assert [fact.source_id for fact in rooms.facts.find(rooms.organization_id, "2")] == ["2"]
    assert rooms.facts.find(rooms.organization_id, "3") == []
    assert rooms.facts.find(rooms.organization_id + 1, "2") == []


def test_a_character_that_postgresql_cannot_hold_is_left_out(rooms: Any) -> None:
    """JSON may say it, in a buyer's name for example; an escaped backslash before "u0000" is another thing."""
    said = (
        b'{"id": "1", "email": "a\\u0000nn@example.com", "lines": [{"name": "Mu\\u0000g \\\\u0000", "n": [1, null]}]}'
    )
    save(rooms, replace(rooms.raw(said), number="1\x00"))
    (fact,) = rooms.facts.find(rooms.organization_id, "1")
    assert fact.payload == {
        "id": "1",
        "email": "ann@example.com",
        "lines": [{"name": "Mug \\u0000", "n": [1, None]}],
    }


def test_a_record_is_forgotten_in_every_content(rooms: Any) -> None:
    for place, name in enumerate(("Ann", "Ann Lee")):
        content = {"buyer": {"name": name, "tags": ["vip"]}, "n": place}
        save(rooms, rooms.raw(json.dumps(content).encode(), "1"))
    save(rooms, rooms.raw(b'{"buyer": {"name": "Bo"}, "n": 3}', "2"))
    with rooms.database.write() as connection:
        assert rooms.facts.personal_texts(connection, rooms.store.id, ["1"]) == {"Ann", "Ann Lee", "vip"}
        assert rooms.facts.forget(connection, rooms.store.id, ["1", "9"]) == 1
        assert rooms.facts.forget(connection, rooms.store.id, ["1"]) == 0
        assert rooms.facts.personal_texts(connection, rooms.store.id, ["1"]) == set()
    payloads = {fact.source_id: fact.payload for fact in rooms.facts.every(rooms.store.id)}
    assert payloads == {"1": {"n": 1}, "2": {"buyer": {"name": "Bo"}, "n": 3}}
    assert rooms.facts.every_id(rooms.store.id) == ["1", "2"]
