"""Webhooks: platforms knock, and are believed as far as their signature goes; all they get is an early look.

Whoever knocks without the right signature, or for an account that is not connected here, gets the same answer. What a
delivery says its platform's connector reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import State

from comptoir.engine.service.deliveries import UNAUTHORIZED, Delivery, Event, NotHeeded
from comptoir.engine.service.hints import company_changed, store_changed
from comptoir.engine.setup.connecting import Connectable
from comptoir.engine.work import utc_now
from comptoir.storage.connections import STORE, ConnectionRecord
from comptoir.storage.deliveries import is_new
from comptoir.web.access.accounts import Accounts, Actor
from comptoir.web.guard import FromPlatform, access_of, accounts_of
from comptoir.wiring import SIGNED_FOR, App

PREFIX = "/hooks"
LARGEST_BODY = 4 * 1024 * 1024
"""Bytes: an order of five hundred lines is well below it."""
OK, NOT_FOUND = 200, 404

router = APIRouter()


async def raw_body(request: Request) -> bytes:
    """The body byte for byte: that is what is signed."""
    return await request.body()


RawBody = Annotated[bytes, Depends(raw_body)]


def create_hooks(state: State) -> FastAPI:
    """The doors of the platforms over the rooms that the pages have; `state` is theirs."""
    hooks = FastAPI(title="Comptoir", docs_url=None, redoc_url=None, openapi_url=None)
    hooks.state = state
    hooks.include_router(router)
    for route in hook_routes():
        access_of(route)
    return hooks


def hook_routes() -> list[APIRoute]:
    """Every door, without the prefix."""
    return [route for route in router.routes if isinstance(route, APIRoute)]


@router.post("/{platform}")
async def from_platform(request: Request, _platform: FromPlatform, platform: str, body: RawBody) -> Response:
    """A delivery of a platform: something changed, an app was taken off, or what a person asks of their data."""
    app: App = request.app.state.comptoir
    door = app.connectables().get(platform)
    if door is None:
        return Response(status_code=NOT_FOUND)
    headers = {name.lower(): value for name, value in request.headers.items()}
    status, asks = await run_in_threadpool(_receive, app, accounts_of(request), door, Delivery(headers, body))
    return Response(status_code=status, background=BackgroundTask(app.act_on_privacy) if asks else None)


def _receive(app: App, rooms: Accounts, door: Connectable, delivery: Delivery) -> tuple[int, bool]:
    """The status to answer with, and whether a person asks for something, which is done once it has its answer."""
    addressed = door.addressed(delivery)
    if isinstance(addressed, NotHeeded):
        return addressed.status, False
    refused, believed, asks = [UNAUTHORIZED], addressed.is_believed, False
    for account in addressed.accounts:
        for record in _records(app, door, account):
            told = door.told(delivery, account, _secret(app, door, record))
            if isinstance(told, NotHeeded):
                refused.append(told.status)
            else:
                believed = True
                asks |= _heed(app, rooms, door, record, told)
    return (OK if believed else min(refused)), asks


def _secret(app: App, door: Connectable, record: ConnectionRecord) -> str:
    """What the account's deliveries are signed with, where that is a connection's own."""
    return app.books.connections.secrets(record).get(door.signs_with, "") if door.signs_with else ""


def _records(app: App, door: Connectable, account: str) -> list[ConnectionRecord]:
    """The connections of the account; also those that ended lately: a shop may still ask to forget its people."""
    rooms, role = app.books.connections, door.manifest.role
    return [*rooms.of_account(role, account), *rooms.ended_of_account(role, account, utc_now() - SIGNED_FOR)]


def _heed(app: App, rooms: Accounts, door: Connectable, record: ConnectionRecord, told: Sequence[Event]) -> bool:
    """What is told of one connection, each the first time that it comes; whether a person asks for something."""
    wanted = [each for each in told if each.ask is not None or record.disconnected_at is None]  # what was left is still
    with app.books.database.write() as connection:
        fresh = [each for each in wanted if is_new(connection, record, each.key, each.topic)]
        for each in fresh:
            if each.ask is not None:
                app.privacy.add(connection, record, each.key, each.ask.kind.value, each.ask.orders, each.ask.person)
    actor = Actor(door.manifest.name)
    for each in fresh:
        if each.ask is not None:
            rooms.record("privacy asked", actor, record.organization_id, record.title, kind=each.ask.kind.value)
        elif each.is_end:
            rooms.record("app taken off", actor, record.organization_id, record.title)
    _look_soon(app, record, [each for each in fresh if each.ask is None])
    return any(each.ask is not None for each in fresh)


def _look_soon(app: App, record: ConnectionRecord, changes: Sequence[Event]) -> None:
    if record.role != STORE:
        company_changed(app.books, record, [each.touched for each in changes if each.touched is not None])
    elif changes:
        store_changed(app.books, record)
