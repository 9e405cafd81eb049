"""Taking something out of the books again: an order, a run, a day or what was mapped wrongly; after a look at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from comptoir.books.problems import Message
from comptoir.engine.by_hand.taking_out import Named, What, scope_of
from comptoir.engine.errors import HouseError
from comptoir.engine.posting.undo import Undoing
from comptoir.engine.road import look_at_undo
from comptoir.storage.connections import ConnectionRecord
from comptoir.web.acting import MemberHand, take_out
from comptoir.web.guard import Desk, Writer
from comptoir.web.render import go, page
from comptoir.web.scope import Number, company_of, store_of

router = APIRouter(prefix="/undo")
SHOWN = 50
"""Documents that are told one by one; all are counted."""
LONGEST_NAME = 500
NOTHING_YET = Message("Nothing was synchronized yet, so nothing is in the books.")
Name = Annotated[str, Query(max_length=LONGEST_NAME)]


@dataclass(frozen=True, slots=True)
class Look:
    """What was named, and what would become of it. `stopped`: why that cannot be told."""

    named: Named
    undoing: Undoing
    stopped: Message | None = None


@router.get("/{connection_id}")
def look(request: Request, desk: Writer, connection_id: Number, what: What = What.ORDER, name: Name = "") -> Response:
    """What would leave the books, and what would stay and why; nothing is changed. Without a name it is asked for."""
    record = store_of(desk, connection_id)
    company_of(desk, record)
    named = _named(what, name)
    found = _look(desk, record, named) if named.name else None
    return page(request, "undo.html", record=record, named=named, found=found, most=SHOWN)


def _named(what: What, name: str) -> Named:
    return Named(what, name.replace("\x00", "").strip())


def _look(desk: Desk, record: ConnectionRecord, named: Named) -> Look:
    nothing = Undoing((), ())
    run = desk.app.books.runs.of_connection(record.id)
    if run is None:
        return Look(named, nothing, NOTHING_YET)
    work = desk.app.work(record, run)
    try:
        return Look(named, look_at_undo(work, scope_of(work, named)))
    except HouseError as error:
        return Look(named, nothing, error.message)


@router.post("/{connection_id}")
def carry_out(
    request: Request,
    desk: Writer,
    hand: MemberHand,
    connection_id: Number,
    what: Annotated[What, Form()],
    name: Annotated[str, Form(min_length=1, max_length=LONGEST_NAME)],
    repost: Annotated[bool, Form()] = False,
) -> Response:
    """Take it out of the books; followed like a run. `repost`: and post the orders again, under the settings of now."""
    record = store_of(desk, connection_id)
    company_of(desk, record)
    named = _named(what, name)
    take_out(hand, record, named, repost=repost)
    return go(request, "/")
