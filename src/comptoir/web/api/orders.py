"""Orders: looked for, looked at, held, left out, let go on, or kept as the books have them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from comptoir.books.problems import Message
from comptoir.engine.preview import Previewer
from comptoir.engine.road import preview
from comptoir.engine.telling.order_view import order_view
from comptoir.engine.telling.searching import LONGEST_SEARCH, Filter, search
from comptoir.engine.telling.shapes.orders import (
    OrderPageShape,
    OrderShape,
    WhyShape,
    order_page_shape,
    order_shape,
    why_shape,
)
from comptoir.engine.telling.shapes.previews import OrderPreviewShape, order_preview_shape
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.facts import StoredFact
from comptoir.web.acting import Act, ProgramHand, act_on_order
from comptoir.web.api.parts import Reason, Saying, Source, api_router
from comptoir.web.api.trouble import ApiError
from comptoir.web.guard import Key, ReadingKey, WritingKey
from comptoir.web.scope import Number, fact_of

router = api_router()
ONE = "/connections/{connection_id}/orders/{source_id}"


@router.get("/orders")
def orders(
    key: ReadingKey,
    q: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
    state: Filter = Filter.EVERY,
    after: Annotated[str, Query(max_length=100)] = "",
) -> OrderPageShape:
    """The orders that fit, the latest first, a page at a time.

    `q` is a number, an amount or a part of a customer's name; `after` is what the page before answered.
    """
    return order_page_shape(search(key.app.books, key.app.organization_id, q, state, after))


@router.get(ONE)
def order(key: ReadingKey, say: Saying, connection_id: Number, source_id: Source) -> OrderShape:
    """One order as the store tells it, beside its documents with their lines and history."""
    return _shown(key, say, *fact_of(key, connection_id, source_id))


def _shown(key: Key, say: Saying, record: ConnectionRecord, fact: StoredFact) -> OrderShape:
    books = key.app.books
    owner = key.app.owner(record) if books.connections.company_of(record) else None
    view = order_view(books, key.app.store(record), owner, fact)
    return order_shape(view, {each.row.id: books.journal.history(each.row.id) for each in view.documents}, say)


@router.get(ONE + "/why")
def why(key: ReadingKey, say: Saying, connection_id: Number, source_id: Source) -> WhyShape:
    """Which rules apply to the order now, and what each document does to the accounts; asks the company."""
    record, fact = fact_of(key, connection_id, source_id)
    previewer = _previewer(key, record)
    return why_shape(previewer.rules(fact), previewer.one(fact), say)


@router.get(ONE + "/preview")
def in_full(key: ReadingKey, say: Saying, connection_id: Number, source_id: Source) -> OrderPreviewShape:
    """The documents that a run would post of the order now, in full, or what stands in their way; asks the company."""
    record, fact = fact_of(key, connection_id, source_id)
    previewer = _previewer(key, record)
    return order_preview_shape(previewer.one(fact), previewer, say)


def _previewer(key: Key, record: ConnectionRecord) -> Previewer:
    run = key.app.books.runs.of_connection(record.id)
    if run is None:
        raise ApiError(
            409,
            "never-synchronized",
            Message("That cannot be told yet"),
            Message("That can be told once the store was synchronized."),
        )
    return preview(key.app.work(record, run))


@router.post(ONE + "/{act}")
def act(
    key: WritingKey,
    hand: ProgramHand,
    say: Saying,
    connection_id: Number,
    source_id: Source,
    act: Act,
    reason: Reason | None = None,
) -> OrderShape:
    """Hold the order back, leave it out (skip), let it go on (retry), or keep it as the books have it (accept)."""
    record, fact = fact_of(key, connection_id, source_id)
    act_on_order(hand, record, fact, act, reason.reason if reason else "")
    return _shown(key, say, record, fact)
