"""What a desk may see: an id of another organization is as good as none."""

from __future__ import annotations

from typing import Annotated, Protocol

from fastapi import Form, Path, Query

from comptoir.engine.setup.connecting import Connectable
from comptoir.storage.connections import STORE, ConnectionRecord
from comptoir.storage.database import LARGEST
from comptoir.storage.facts import StoredFact
from comptoir.storage.people.users import Member
from comptoir.storage.runs import Run
from comptoir.web.access.accounts import Accounts
from comptoir.web.guard import NotFoundError
from comptoir.wiring import App

Number = Annotated[int, Path(ge=1, le=LARGEST)]
"""The number of something in an address."""
RowsPage = Annotated[int, Query(ge=1, le=1_000_000)]
"""Which page of a proof's rows."""
Chosen = Annotated[int, Form(ge=1, le=LARGEST)]
"""The number of something that was chosen in a form."""


class AtDesk(Protocol):
    """Whoever is at work in one organization, a person or a program: `app` sees nothing of any other one."""

    @property
    def app(self) -> App:
        """The installation, scoped to the organization."""
        ...


def connection_of(desk: AtDesk, connection_id: int) -> ConnectionRecord:
    """A connection of the organization, to a platform of this release; NotFoundError where it has no such one."""
    known = desk.app.connectables()
    everything = desk.app.books.connections.all(desk.app.organization_id)
    found = next((each for each in everything if each.id == connection_id and each.platform in known), None)
    if found is None:
        raise NotFoundError
    return found


def platform_of(desk: AtDesk, slug: str) -> Connectable:
    """The platform of this name; NotFoundError where there is none."""
    found = desk.app.connectables().get(slug)
    if found is None:
        raise NotFoundError
    return found


def store_of(desk: AtDesk, connection_id: int) -> ConnectionRecord:
    """A connected store of the organization; NotFoundError where it has no such one."""
    found = known_store_of(desk, connection_id)
    if found.disconnected_at is not None:
        raise NotFoundError
    return found


def known_store_of(desk: AtDesk, connection_id: int) -> ConnectionRecord:
    """A store of the organization, also one that was disconnected: to read of it, and to decide about what was read."""
    stores = desk.app.books.connections.all(desk.app.organization_id, STORE)
    found = next((each for each in stores if each.id == connection_id), None)
    if found is None:
        raise NotFoundError
    return found


def member_of(desk: AtDesk, rooms: Accounts, user_id: int) -> Member:
    """A member of the organization; NotFoundError where they are none."""
    found = next((each for each in rooms.users.members(desk.app.organization_id) if each.user.id == user_id), None)
    if found is None:
        raise NotFoundError
    return found


def company_of(desk: AtDesk, record: ConnectionRecord) -> ConnectionRecord:
    """The company that a store is kept in; NotFoundError where it has none yet."""
    found = desk.app.books.connections.company_of(record)
    if found is None:
        raise NotFoundError
    return found


def fact_of(desk: AtDesk, connection_id: int, source_id: str) -> tuple[ConnectionRecord, StoredFact]:
    """An order of the organization with its store; NotFoundError where it has no such one."""
    record = known_store_of(desk, connection_id)
    fact = desk.app.books.facts.one(desk.app.organization_id, record.id, source_id)
    if fact is None:
        raise NotFoundError
    return record, fact


def run_of(desk: AtDesk, run_id: int) -> tuple[Run, ConnectionRecord]:
    """A run of the organization with its store; NotFoundError where it has no such one."""
    run = desk.app.books.runs.find(desk.app.organization_id, run_id)
    if run is None:
        raise NotFoundError
    return run, known_store_of(desk, run.connection_id)
