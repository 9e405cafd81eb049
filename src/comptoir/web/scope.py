"""What a desk may see: an id of another organization is as good as none."""

from __future__ import annotations

from comptoir.storage.connections import STORE, ConnectionRecord
from comptoir.web.guard import Desk, NotFoundError


def store_of(desk: Desk, connection_id: int) -> ConnectionRecord:
    """A store connection of the organization; NotFoundError where it has no such one."""
    stores = desk.app.books.connections.all(desk.app.organization_id, STORE)
    found = next((each for each in stores if each.id == connection_id), None)
    if found is None:
        raise NotFoundError
    return found
