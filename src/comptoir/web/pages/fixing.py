"""To fix: what is held, by its cause, with the remedy; and what somebody changed in the books."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from comptoir.engine.by_hand.choosing import look_again
from comptoir.engine.telling.held import Standing, standing
from comptoir.storage.connections import ConnectionRecord
from comptoir.web.acting import RETRY, Act, MemberHand, act_on_cause
from comptoir.web.guard import Desk, NotFoundError, Reader, Writer
from comptoir.web.pages.mending import show_to_fix
from comptoir.web.render import go
from comptoir.web.scope import company_of, store_of

router = APIRouter(prefix="/to-fix")


@router.get("")
def to_fix(request: Request, desk: Reader) -> Response:
    """Every cause of every store, the largest amount first."""
    return show_to_fix(request, desk)


def _standing(desk: Desk, record: ConnectionRecord) -> Standing:
    return standing(desk.app.books, desk.app.owner(record))


@router.post("/{connection_id}/causes")
def all_of_a_cause(
    request: Request,
    desk: Writer,
    hand: MemberHand,
    connection_id: int,
    cause: Annotated[str, Form(max_length=1000)],
    choice: Annotated[Act, Form()],
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Retry, hold back or leave out every order that a cause holds."""
    record = store_of(desk, connection_id)
    company_of(desk, record)
    held = next((each for each in _standing(desk, record).causes if each.cause == cause), None)
    if held is None or choice is Act.ACCEPT:
        raise NotFoundError
    act_on_cause(hand, record, held, choice, reason)
    return go(request, "/" if choice is Act.RETRY else "/to-fix")


@router.post("/{connection_id}/everything")
def everything(request: Request, desk: Writer, hand: MemberHand, connection_id: int) -> Response:
    """Try every order that is held once more, whatever holds it; what somebody holds back by hand stays."""
    record = store_of(desk, connection_id)
    company_of(desk, record)
    orders = {source for each in _standing(desk, record).causes for source in each.orders}
    look_again(desk.app.books, desk.app.owner(record), sorted(orders))
    hand.doing.ask(desk.app, record, RETRY)
    hand.note(RETRY, record.title, orders=str(len(orders)))
    return go(request, "/")
