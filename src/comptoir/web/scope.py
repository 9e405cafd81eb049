"""What a desk may see: an id of another organization is as good as none."""

from __future__ import annotations

from typing import Protocol

from comptoir.storage.connections import STORE, ConnectionRecord
from comptoir.web.guard import NotFoundError
from comptoir.wiring import App


class AtDesk(Protocol):
    """Whoever is at work in one organization, a person or a program: `app` sees nothing of any other one."""

    @property
    def app(self) -> App:
        """The installation, scoped to the organization."""
        ...


def store_of(desk: AtDesk, connection_id: int) -> ConnectionRecord:
    """A store connection of the organization; NotFoundError where it has no such one."""
    stores = desk.app.books.connections.all(desk.app.organization_id, STORE)
    found = next((each for each in stores if each.id == connection_id), None)
    if found is None:
        raise NotFoundError
    return found
