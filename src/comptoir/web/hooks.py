"""Webhooks: platforms knock, and are believed as far as their signature goes; all they get is an early look.

Whoever knocks without the right signature, or for an account that is not connected here, gets the same answer.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import State

from comptoir.engine.service.hints import Touched, company_changed, store_changed
from comptoir.engine.work import utc_now
from comptoir.http.transport import MalformedBody
from comptoir.ledgers.quickbooks import webhooks as quickbooks
from comptoir.ledgers.quickbooks.company import identity_of
from comptoir.storage.connections import LEDGER, STORE, ConnectionRecord
from comptoir.storage.deliveries import is_new
from comptoir.stores.shopify import webhooks as shopify
from comptoir.web.access.accounts import Accounts, Actor
from comptoir.web.guard import FromPlatform, access_of, accounts_of
from comptoir.wiring import SIGNED_FOR, App

PREFIX = "/hooks"
LARGEST_BODY = 4 * 1024 * 1024
"""Bytes: an order of five hundred lines is well below it."""
VERIFIER = "COMPTOIR_QUICKBOOKS_VERIFIER"
"""The verifier token of the operator's Intuit app, from its page Webhooks."""
OK, BAD_REQUEST, UNAUTHORIZED = 200, 400, 401
SHOPIFY = Actor("Shopify")

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


@router.post("/shopify")
async def from_shopify(request: Request, _platform: FromPlatform, body: RawBody) -> Response:
    """A delivery of Shopify: a change, an app taken off, or what a person asks of their data."""
    app: App = request.app.state.comptoir
    headers = dict(request.headers)
    status, asks = await run_in_threadpool(_shopify, app, accounts_of(request), headers, body)
    return Response(status_code=status, background=BackgroundTask(app.act_on_privacy) if asks else None)


def _shopify(app: App, rooms: Accounts, headers: dict[str, str], body: bytes) -> tuple[int, bool]:
    """The status to answer with, and whether a person asks for something, which is done once Shopify has its answer."""
    shop = shopify.shop_of(headers)
    stores = _stores(app, shop) if shop else []
    told = [(store, shopify.hint_of(headers, body, _secrets(app, store))) for store in stores]
    believed = [(store, hint) for store, hint in told if isinstance(hint, shopify.Hint)]
    if not believed:
        refused = [hint.status for _, hint in told if isinstance(hint, shopify.RefusedDelivery)]
        return min(refused, default=UNAUTHORIZED), False
    asks = [_heed(app, rooms, store, hint, body) for store, hint in believed]
    return OK, any(asks)


def _stores(app: App, shop: str) -> list[ConnectionRecord]:
    """Those of the shop; also those that ended lately: it may still ask to forget its people."""
    rooms = app.books.connections
    return [*rooms.of_account(STORE, shop), *rooms.ended_of_account(STORE, shop, utc_now() - SIGNED_FOR)]


def _secrets(app: App, store: ConnectionRecord) -> Sequence[str]:
    secret = app.books.connections.secrets(store).get("client_secret", "")
    return [secret] if secret else []


def _heed(app: App, rooms: Accounts, store: ConnectionRecord, hint: shopify.Hint, body: bytes) -> bool:
    """One delivery for one store, the first time that it comes; whether a person asks for something."""
    ask = shopify.privacy_of(hint, body)
    if ask is None and store.disconnected_at is not None:
        return False  # a shop that was left has no changes to tell of any more
    with app.books.database.write() as connection:
        if not is_new(connection, store, hint.delivery_id, hint.topic):
            return False
        if ask is not None:
            app.privacy.add(connection, store, hint.delivery_id, ask.kind.value, ask.orders, ask.person)
    if ask is not None:
        rooms.record("privacy asked", SHOPIFY, store.organization_id, store.title, kind=ask.kind.value)
        return True
    if hint.topic == shopify.UNINSTALLED:
        rooms.record("app taken off", SHOPIFY, store.organization_id, store.title)
    store_changed(app.books, store)
    return False


@router.post("/quickbooks")
async def from_quickbooks(request: Request, _platform: FromPlatform, body: RawBody) -> Response:
    """A notification of Intuit: records of one or more companies changed."""
    app: App = request.app.state.comptoir
    signature = request.headers.get(quickbooks.SIGNATURE_HEADER, "")
    return Response(status_code=await run_in_threadpool(_quickbooks, app, signature, body))


def _quickbooks(app: App, signature: str, body: bytes) -> int:
    if not quickbooks.is_signed(body, signature, os.environ.get(VERIFIER, "")):
        return UNAUTHORIZED
    try:
        hints = quickbooks.read_notification(body).hints
    except MalformedBody:
        return BAD_REQUEST
    for realm, found in groupby(sorted(hints, key=lambda each: each.realm_id), key=lambda each: each.realm_id):
        theirs = list(found)
        for company in app.books.connections.of_account(LEDGER, identity_of(realm)):
            _look(app, company, theirs)
    return OK


def _look(app: App, company: ConnectionRecord, hints: Sequence[quickbooks.Hint]) -> None:
    with app.books.database.write() as connection:
        fresh = [each for each in hints if is_new(connection, company, each.event_id, each.entity)]
    company_changed(app.books, company, [Touched(each.entity, each.id, each.at) for each in fresh])
