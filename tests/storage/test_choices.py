from __future__ import annotations

from datetime import UTC, datetime

from tests.storage.conftest import Rooms

from comptoir.books.choices import Choice, ChoiceKind, Deed
from comptoir.storage.choices import Choices

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOLD = Choice(ChoiceKind.HOLD, "why", NOON)
SKIP = Choice(ChoiceKind.SKIP, "", NOON)


def test_the_latest_choice_of_an_order_counts_until_it_is_taken_back(rooms: Rooms) -> None:
    room, owner = Choices(rooms.database), rooms.owner
    with rooms.database.write() as connection:
        for order, choice in (("1", HOLD), ("2", HOLD), ("1", SKIP)):
            room.make(connection, owner.organization_id, owner.connection_id, order, choice)
    assert room.all(owner.connection_id) == {"1": SKIP, "2": HOLD}
    assert room.all(owner.connection_id + 1) == {}
    with rooms.database.write() as connection:
        assert room.take_back(connection, owner.connection_id, ["1", "none"]) == 1
        assert room.take_back(connection, owner.connection_id, ["1"]) == 0
    assert room.all(owner.connection_id) == {"2": HOLD}


def test_a_deed_is_kept_as_what_was_done_and_is_nobodys_words(rooms: Rooms) -> None:
    room, owner = Choices(rooms.database), rooms.owner
    undone = Choice(ChoiceKind.SKIP, "", NOON, Deed("tax-code", "GST {5}"))
    typed = Choice(ChoiceKind.SKIP, '{"what": "order"}', NOON)
    with rooms.database.write() as connection:
        for order, choice in (("1", undone), ("2", typed)):
            room.make(connection, owner.organization_id, owner.connection_id, order, choice)
    assert room.all(owner.connection_id) == {"1": undone, "2": typed}
