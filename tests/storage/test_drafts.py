"""Drafts of settings: kept apart from what is in force, sealed where they may name buyers."""

from __future__ import annotations

from sqlalchemy import select
from tests.storage.conftest import Rooms

from comptoir.storage.drafts import Drafts
from comptoir.storage.tables import drafts


def test_a_draft_is_kept_changed_and_dropped(rooms: Rooms) -> None:
    room, store = Drafts(rooms.database, rooms.vault), rooms.store
    assert room.get(store) is None
    room.keep(store, "first", "Ada King bought it")
    room.keep(store, "second")
    kept = room.get(store)
    assert kept is not None
    assert (kept.content, kept.looked, kept.trial) == ("second", "Ada King bought it", "")
    room.keep_trial(store, "tried")
    tried = room.get(store)
    assert tried is not None
    assert tried.trial == "tried"
    assert rooms.connections.get(store.id).settings == store.settings, "nothing of it is in force"
    room.drop(store)
    assert room.get(store) is None
    room.keep_trial(store, "late")
    assert room.get(store) is None, "a dry run that ends late brings no draft back"


def test_what_was_found_is_sealed(rooms: Rooms) -> None:
    Drafts(rooms.database, rooms.vault).keep(rooms.store, "{}", "Ada King bought it")
    with rooms.database.read() as connection:
        row = connection.execute(select(drafts)).one()
    assert b"Ada" not in row.looked
