"""Privacy: what people asked of their data, what was done about it; and forgetting by hand."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from comptoir.books.facts import SourceId
from comptoir.books.problems import Message
from comptoir.engine.privacy import PrivacyAsk, PrivacyKind, collected
from comptoir.storage.connections import STORE, ConnectionRecord
from comptoir.storage.privacy import PrivacyRequest
from comptoir.web.acting import MemberHand
from comptoir.web.guard import Desk, NotFoundError, Owner
from comptoir.web.render import go, page
from comptoir.web.scope import Chosen, Number, known_store_of

router = APIRouter(prefix="/settings/privacy")
BAD_REQUEST = 400
SHOWN = 200
KINDS: Mapping[PrivacyKind, Message] = {
    PrivacyKind.TELL: Message("A person asks what is kept of them"),
    PrivacyKind.FORGET: Message("A person asks to be forgotten"),
    PrivacyKind.FORGET_ALL: Message("Everybody of a store is to be forgotten"),
}
NO_SUCH_ORDER = Message("No order of this number was read from the store. Look at the number and try again.")
NOT_CONFIRMED = Message("Type the store's name exactly as it stands there. Nothing was changed.")
Text = Annotated[str, Form(max_length=1000)]


def _show(request: Request, desk: Desk, problem: Message | None = None, where: str = "") -> Response:
    stores = desk.app.books.connections.all(desk.app.organization_id, STORE)
    return page(
        request,
        "privacy.html",
        BAD_REQUEST if problem else 200,
        requests=desk.app.privacy.of(desk.app.organization_id, SHOWN),
        stores={each.id: each for each in stores},
        kinds=KINDS,
        problem=problem,
        where=where,
    )


@router.get("")
def privacy(request: Request, desk: Owner) -> Response:
    """What people asked, the latest first."""
    return _show(request, desk)


def _request_of(desk: Desk, request_id: int) -> PrivacyRequest:
    found = desk.app.privacy.find(desk.app.organization_id, request_id)
    if found is None or found.kind != PrivacyKind.TELL.value:
        raise NotFoundError
    return found


@router.get("/{request_id}/data")
def data(desk: Owner, request_id: Number) -> Response:
    """Everything that is kept of the person, as a file."""
    found = _request_of(desk, request_id)
    record = desk.app.books.connections.get(found.connection_id)
    told = collected(desk.app.books, record, PrivacyAsk(PrivacyKind.TELL, found.orders, found.person))
    text = json.dumps(told, ensure_ascii=False, indent=2)
    name = f'attachment; filename="person-{found.id}.json"'
    return Response(text, media_type="application/json", headers={"content-disposition": name})


@router.post("/{request_id}/done")
def done(request: Request, desk: Owner, hand: MemberHand, request_id: Number) -> Response:
    """The person was told: who it was is forgotten here."""
    found = _request_of(desk, request_id)
    with desk.app.books.database.write() as connection:
        desk.app.privacy.done(connection, found.id, len(found.orders))
    hand.note("privacy answered", str(found.id))
    return go(request, "/settings/privacy")


@router.post("/forget")
def forget_order(request: Request, desk: Owner, hand: MemberHand, store: Chosen, order: Text = "") -> Response:
    """Forget the person of one order."""
    record = known_store_of(desk, store)
    number = order.strip().lstrip("#")
    facts = desk.app.books.facts.find(desk.app.organization_id, number, record.id) if number.isprintable() else []
    if not facts:
        return _show(request, desk, NO_SUCH_ORDER, "order")
    _ask(desk, record, PrivacyKind.FORGET, tuple(each.source_id for each in facts))
    hand.note("person forgotten", number)
    return go(request, "/settings/privacy")


@router.post("/forget-all")
def forget_everybody(request: Request, desk: Owner, hand: MemberHand, store: Chosen, confirmed: Text = "") -> Response:
    """Forget everybody of a store, as its title typed once more confirms."""
    record = known_store_of(desk, store)
    if confirmed.strip() != record.title:
        return _show(request, desk, NOT_CONFIRMED, "all")
    _ask(desk, record, PrivacyKind.FORGET_ALL, ())
    hand.note("everybody forgotten", record.title)
    return go(request, "/settings/privacy")


def _ask(desk: Desk, record: ConnectionRecord, kind: PrivacyKind, orders: tuple[SourceId, ...]) -> None:
    """A request by hand goes the same way as a platform's."""
    with desk.app.books.database.write() as connection:
        desk.app.privacy.add(connection, record, f"by hand {uuid.uuid4()}", kind.value, orders, {})
    desk.app.act_on_privacy()
