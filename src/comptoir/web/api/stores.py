"""Connections, their runs' start, their schedule and proof."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from comptoir.books.problems import Message
from comptoir.engine.service.schedule import PERIODS_MINUTES, accepted_terms
from comptoir.engine.telling.overview import Overview, overviews
from comptoir.engine.telling.shapes.connections import ConnectionShape, StoreShape, connection_shape, store_shape
from comptoir.engine.telling.shapes.figures import FiguresShape, figures_shape
from comptoir.engine.telling.shapes.proofs import ProofShape, proof_shape
from comptoir.engine.telling.shapes.schedules import ScheduleShape, schedule_shape
from comptoir.storage.connections import LEDGER
from comptoir.storage.runs import BY_HAND
from comptoir.web.acting import ProgramHand, prove, switch_on, synchronize
from comptoir.web.api.parts import Body, ProgressShape, Saying, StartedShape, api_router, progress_shape
from comptoir.web.api.runs import proof_page
from comptoir.web.api.terms import check_accepted
from comptoir.web.api.trouble import ApiError
from comptoir.web.chart import DAYS
from comptoir.web.doing import TheDoing
from comptoir.web.guard import Key, NotFoundError, ReadingKey, WritingKey
from comptoir.web.scope import Number, RowsPage, store_of

router = api_router()


@dataclass(frozen=True, slots=True)
class ConnectionsShape:
    """Every store with how it stands, every company, and what was disconnected."""

    stores: list[StoreShape]
    companies: list[ConnectionShape]
    ended: list[ConnectionShape]


@dataclass(frozen=True, slots=True)
class OneStoreShape:
    """A store with how it stands and what it does now; `progress` is None where nothing goes on in this process."""

    store: StoreShape
    progress: ProgressShape | None


@router.get("/connections")
def connections(key: ReadingKey, say: Saying) -> ConnectionsShape:
    """Every store with how it stands, every company, and what was disconnected. No secrets."""
    books, place = key.app.books, key.app.organization_id
    stores = [store_shape(each, say) for each in overviews(books, place)]
    companies = [connection_shape(each) for each in books.connections.connected(place, LEDGER)]
    ended = [connection_shape(each) for each in books.connections.all(place) if each.disconnected_at is not None]
    return ConnectionsShape(stores, companies, ended)


def overview_of(key: Key, connection_id: int) -> Overview:
    """A store with how it stands; NotFoundError where the organization has no such one."""
    found = overviews(key.app.books, key.app.organization_id)
    one = next((each for each in found if each.record.id == connection_id), None)
    if one is None:
        raise NotFoundError
    return one


@router.get("/connections/{connection_id}")
def connection(key: ReadingKey, say: Saying, doing: TheDoing, connection_id: Number) -> OneStoreShape:
    """One store with how it stands, and what it does now."""
    return OneStoreShape(store_shape(overview_of(key, connection_id), say), progress_shape(doing, connection_id))


@router.post("/connections/{connection_id}/runs", status_code=202)
def start(key: WritingKey, hand: ProgramHand, connection_id: Number) -> StartedShape:
    """Synchronize a store now; a run that is at work already is followed instead."""
    record = store_of(key, connection_id)
    return StartedShape(record.id, BY_HAND, synchronize(hand, record))


@router.get("/connections/{connection_id}/figures")
def figures(key: ReadingKey, connection_id: Number) -> FiguresShape:
    """What a store has in the books on the last 30 days with any, and what is on its way to the bank."""
    found = overview_of(key, connection_id)
    return figures_shape(key.app.books.figures.days(found.record.id, DAYS), found.clearing)


@router.get("/connections/{connection_id}/proof")
def proof(key: ReadingKey, say: Saying, connection_id: Number, page: RowsPage = 1) -> ProofShape:
    """The proof of the last run that made one: store, journal and books, side by side; its lists 50 rows a page."""
    proven = overview_of(key, connection_id).proven
    found = proof_page(key, say, proven, page) if proven is not None else None
    if found is None:
        raise _no_proof(404)
    return found


@router.post("/connections/{connection_id}/proof")
def prove_anew(key: WritingKey, hand: ProgramHand, say: Saying, connection_id: Number) -> ProofShape:
    """Prove a store now, every document read from the books anew; what somebody changed or deleted there is noted.

    It takes as long as the company takes to list its documents.
    """
    record = store_of(key, connection_id)
    key.app.ledger_record(record)
    if record.settings is None:
        raise _no_proof(409)
    found = prove(hand, record)
    if found is None:
        raise _no_proof(409)
    return proof_shape(found, say)


def _no_proof(status: int) -> ApiError:
    words = Message("A store is proved by its first run that comes to its end. Start one.")
    return ApiError(status, "no-proof", Message("There is no proof yet"), words)


# The schedule


class Scheduling(Body):
    """When a store is synchronized by itself. `at_minute` None: at a minute of its own.

    The terms of use (docs/terms.md) are accepted once, before a store is first switched on.
    """

    on: bool
    every_minutes: int = 60
    at_minute: int | None = Field(None, ge=0, le=59)
    accept_terms: bool = False


@router.get("/connections/{connection_id}/schedule")
def schedule(key: ReadingKey, connection_id: Number) -> ScheduleShape:
    """When a store is synchronized by itself."""
    record = store_of(key, connection_id)
    return schedule_shape(record, key.app.books.schedules.get(record.id))


@router.put("/connections/{connection_id}/schedule")
def set_schedule(key: WritingKey, hand: ProgramHand, connection_id: Number, wanted: Scheduling) -> ScheduleShape:
    """Switch a store's schedule on, change its times, or switch it off."""
    record, schedules = store_of(key, connection_id), key.app.books.schedules
    if not wanted.on:
        schedules.switch_off(record.id)
        hand.note("switched off", record.title)
        return schedule_shape(record, schedules.get(record.id))
    if wanted.every_minutes not in PERIODS_MINUTES:
        raise _odd_period()
    terms = accepted_terms(schedules.get(record.id))
    check_accepted(terms, wanted.accept_terms)
    switch_on(hand, record, wanted.every_minutes, wanted.at_minute, terms)
    return schedule_shape(record, schedules.get(record.id))


def _odd_period() -> ApiError:
    periods = ", ".join(map(str, PERIODS_MINUTES))
    detail = Message("every_minutes takes one of {periods}.", {"periods": periods})
    return ApiError(422, "schedule-period", Message("There is no such period"), detail)
