"""Privacy: what people asked of their data, what was done about it; and forgetting by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from comptoir.books.problems import Message
from comptoir.engine.privacy import PrivacyKind
from comptoir.storage.connections import STORE
from comptoir.web.acting import MemberHand
from comptoir.web.forgetting import answered, forget_everybody, forget_order, kept_of, question_of
from comptoir.web.guard import Desk, Owner
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


@router.get("/{request_id}/data")
def data(desk: Owner, request_id: Number) -> Response:
    """Everything that is kept of the person, as a file."""
    found = question_of(desk, request_id)
    text = json.dumps(kept_of(desk, found), ensure_ascii=False, indent=2)
    name = f'attachment; filename="person-{found.id}.json"'
    return Response(text, media_type="application/json", headers={"content-disposition": name})


@router.post("/{request_id}/done")
def done(request: Request, desk: Owner, hand: MemberHand, request_id: Number) -> Response:
    """The person was told: who it was is forgotten here."""
    answered(hand, question_of(desk, request_id))
    return go(request, "/settings/privacy")


@router.post("/forget")
def forget_one(request: Request, desk: Owner, hand: MemberHand, store: Chosen, order: Text = "") -> Response:
    """Forget the person of one order."""
    if not forget_order(hand, known_store_of(desk, store), order):
        return _show(request, desk, NO_SUCH_ORDER, "order")
    return go(request, "/settings/privacy")


@router.post("/forget-all")
def forget_all(request: Request, desk: Owner, hand: MemberHand, store: Chosen, confirmed: Text = "") -> Response:
    """Forget everybody of a store, as its title typed once more confirms."""
    if not forget_everybody(hand, known_store_of(desk, store), confirmed):
        return _show(request, desk, NOT_CONFIRMED, "all")
    return go(request, "/settings/privacy")
