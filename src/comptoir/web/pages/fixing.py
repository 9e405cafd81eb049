"""To fix: what is held, by its cause, with the remedy; and what somebody changed in the books."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from comptoir.engine.telling.held import held_by_cause, page_of
from comptoir.storage.database import LARGEST
from comptoir.web.acting import Act, MemberHand, act_on_cause, go_on_all
from comptoir.web.guard import NotFoundError, Reader, Writer
from comptoir.web.pages.mending import CAUSES_SHOWN, show_to_fix
from comptoir.web.pages.orders import order_path
from comptoir.web.render import go, page
from comptoir.web.scope import Number, company_of, store_of

router = APIRouter(prefix="/to-fix")


@router.get("")
def to_fix(request: Request, desk: Reader, shown: Annotated[int, Query(ge=1, le=LARGEST)] = CAUSES_SHOWN) -> Response:
    """The causes of every store, the largest amount first."""
    return show_to_fix(request, desk, shown=shown)


@router.get("/{connection_id}/orders")
def orders_of_a_cause(
    request: Request,
    desk: Reader,
    connection_id: Number,
    cause: Annotated[str, Query(max_length=1000)],
    after: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
) -> Response:
    """Everything that a cause holds, a page at a time."""
    record = store_of(desk, connection_id)
    company_of(desk, record)
    found = page_of(desk.app.books, desk.app.owner(record), cause, after)
    if found is None:
        raise NotFoundError
    return page(request, "held.html", record=record, held=found.held, found=found, order_path=order_path)


@router.post("/{connection_id}/causes")
def all_of_a_cause(
    request: Request,
    desk: Writer,
    hand: MemberHand,
    connection_id: Number,
    cause: Annotated[str, Form(max_length=1000)],
    choice: Annotated[Act, Form()],
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Retry, hold back or leave out every order that a cause holds."""
    record = store_of(desk, connection_id)
    company_of(desk, record)
    held = held_by_cause(desk.app.books, desk.app.owner(record), cause)
    if held is None or choice is Act.ACCEPT:
        raise NotFoundError
    act_on_cause(hand, record, held, choice, reason)
    return go(request, "/" if choice is Act.RETRY else "/to-fix")


@router.post("/{connection_id}/everything")
def everything(request: Request, desk: Writer, hand: MemberHand, connection_id: Number) -> Response:
    """Try every order that is held once more, whatever holds it; what somebody holds back by hand stays."""
    record = store_of(desk, connection_id)
    company_of(desk, record)
    go_on_all(hand, record)
    return go(request, "/")
