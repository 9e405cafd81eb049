"""Connections: which stores and companies there are, whether they let us in, where a store is kept, and their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from comptoir.engine.setup.connecting import kept_in
from comptoir.engine.telling.condition import Condition, condition_of
from comptoir.storage.connections import LEDGER, STORE, ConnectionRecord
from comptoir.storage.database import LARGEST
from comptoir.web.acting import MemberHand
from comptoir.web.connecting import choose_company, end, living_of
from comptoir.web.guard import Desk, Owner, Reader, UnderWay, Writer
from comptoir.web.render import go, page
from comptoir.web.scope import Chosen, Number, store_of
from comptoir.wiring import SIGNED_FOR

router = APIRouter(prefix="/connections")


@dataclass(frozen=True, slots=True)
class Card:
    """One connection as it is shown. `platform` is "" where this release does not know it.

    `company`: where a store is kept. `stores`: what is kept in a company.
    """

    record: ConnectionRecord
    platform: str
    condition: Condition
    company: ConnectionRecord | None
    stores: Sequence[ConnectionRecord]


def _card(desk: Desk, record: ConnectionRecord) -> Card:
    known, books = desk.app.connectables().get(record.platform), desk.app.books
    return Card(
        record=record,
        platform=known.manifest.name if known else "",
        condition=condition_of(record),
        company=books.connections.company_of(record) if record.role == STORE else None,
        stores=kept_in(books, record) if record.role == LEDGER else (),
    )


@router.get("")
def connections(
    request: Request, desk: Reader, under_way: UnderWay, done: Annotated[int, Query(ge=0, le=LARGEST)] = 0
) -> Response:
    """Every connection, and the platforms that can be connected. `done`: the one that was just connected."""
    under_way.clear()
    cards = [_card(desk, each) for each in desk.app.books.connections.all(desk.app.organization_id)]
    living = [each for each in cards if each.condition is not Condition.DISCONNECTED]
    return page(
        request,
        "connections.html",
        stores=[each for each in living if each.record.role == STORE],
        companies=[each for each in living if each.record.role == LEDGER],
        ended=[each for each in cards if each.condition is Condition.DISCONNECTED],
        platforms=desk.app.connectables().values(),
        done=next((each for each in living if each.record.id == done), None),
    )


@router.post("/{connection_id}/test")
def test(request: Request, desk: Writer, connection_id: Number) -> Response:
    """Ask the platform now whether it lets us in."""
    record = living_of(desk, connection_id)
    desk.app.look_at(record)
    return go(request, f"/connections#connection-{record.id}")


@router.get("/{connection_id}/disconnect")
def ask_to_disconnect(request: Request, desk: Owner, connection_id: Number) -> Response:
    """What will stop, and what stays."""
    record = living_of(desk, connection_id)
    signs = desk.app.connectables()[record.platform].signs_with
    days = SIGNED_FOR.days if desk.app.config(record).get(signs) else 0
    return page(request, "disconnect.html", card=_card(desk, record), signs_for=days)


@router.post("/{connection_id}/disconnect")
def disconnect(request: Request, desk: Owner, hand: MemberHand, connection_id: Number) -> Response:
    """End it: nothing runs by itself any more, and what lets us in is deleted."""
    record = living_of(desk, connection_id)
    return page(request, "disconnected.html", record=record, left=end(hand, record))


@router.get("/{connection_id}/company")
def companies(request: Request, desk: Owner, connection_id: Number) -> Response:
    """In which company a store is to be kept."""
    record = store_of(desk, connection_id)
    ledgers = desk.app.books.connections.connected(desk.app.organization_id, LEDGER)
    return page(request, "company.html", card=_card(desk, record), companies=ledgers)


@router.post("/{connection_id}/company")
def choose(request: Request, desk: Owner, hand: MemberHand, connection_id: Number, company: Chosen = 0) -> Response:
    """Keep a store in this company from now on. It runs by itself again when somebody switches that on again."""
    record = store_of(desk, connection_id)
    choose_company(hand, record, company)
    return go(request, f"/connections#connection-{record.id}")
