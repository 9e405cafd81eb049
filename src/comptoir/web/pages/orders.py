"""Orders: found by number, customer, amount or state; and one order, the store's side beside the books'."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from comptoir.books.openings import SOURCE
from comptoir.books.problems import Message
from comptoir.engine.by_hand.choosing import postings_of
from comptoir.engine.by_hand.fate import Fate, fate_of_states
from comptoir.engine.errors import HouseError
from comptoir.engine.ports import Ledger
from comptoir.engine.road import preview as preview_road
from comptoir.engine.setup.steps.openings import OPENINGS_STEP
from comptoir.engine.telling.held import STRAYED
from comptoir.engine.telling.order_view import DocumentView, OrderView, order_view
from comptoir.engine.telling.searching import FILTERS, LONGEST_SEARCH, Filter, search
from comptoir.engine.telling.strayed import strayed_now
from comptoir.engine.work import SettingsProblemsError
from comptoir.storage.connections import STORE
from comptoir.storage.postings import IN_BOOKS, State
from comptoir.web.acting import Act, MemberHand, act_on_order
from comptoir.web.guard import Desk, Reader, Writer
from comptoir.web.render import go, is_part, page
from comptoir.web.scope import Number, company_of, fact_of
from comptoir.web.sent import sent_of

router = APIRouter(prefix="/orders")


@router.get("")
def orders(request: Request, desk: Reader, q: str = "", state: str = "", after: str = "") -> Response:
    """The orders that fit, the latest first, a page at a time."""
    chosen = Filter(state) if state in set(Filter) else Filter.EVERY
    words = q.strip()[:LONGEST_SEARCH]
    found = search(desk.app.books, desk.app.organization_id, words, chosen, after)
    stores = {each.id: each.title for each in desk.app.books.connections.all(desk.app.organization_id, STORE)}
    rows = [(row, fate_of_states(set(row.states)), bool(row.states & STRAYED)) for row in found.rows]
    more = f"/orders?{urlencode({'q': words, 'state': chosen.value, 'after': found.after})}" if found.after else ""
    template = "parts/order_rows.html" if after and is_part(request) else "orders.html"
    return page(
        request, template, rows=rows, stores=stores, q=words, chosen=chosen, filters=FILTERS, more=more, after=after
    )


def order_path(connection_id: int, source_id: str) -> str:
    """Where an order's page is; of opening balances, where their amounts are asked for."""
    if source_id == SOURCE:
        return f"/stores/{connection_id}/setup/{OPENINGS_STEP}"
    return f"/orders/{connection_id}/{quote(source_id, safe='')}"


@router.get("/{connection_id}/{source_id}")
def order(request: Request, desk: Reader, connection_id: Number, source_id: str) -> Response:
    """One order: left what the store says, right its documents."""
    return _show(request, desk, connection_id, source_id, None)


def _show(request: Request, desk: Desk, connection_id: int, source_id: str, problem: Message | None) -> Response:
    record, fact = fact_of(desk, connection_id, source_id)
    company = desk.app.books.connections.company_of(record)
    view = order_view(desk.app.books, desk.app.store(record), desk.app.owner(record) if company else None, fact)
    histories = {each.row.id: desk.app.books.journal.history(each.row.id) for each in view.documents}
    links = _links(desk.app.ledger(company), view.documents) if company else {}
    return page(
        request,
        "order.html",
        409 if problem else 200,
        view=view,
        record=record,
        company=company,
        here=order_path(record.id, fact.source_id),
        histories=histories,
        links=links,
        problem=problem,
        is_in_books=any(each.row.state in IN_BOOKS for each in view.documents),
        is_retriable=_is_retriable(view),
    )


def _is_retriable(view: OrderView) -> bool:
    """Whether another try would do something: what somebody changed in the books stays as it is there."""
    is_gone = any(each.row.state is State.GONE for each in view.documents)
    return view.fate in {Fate.HELD, Fate.TAKEN_OUT} or view.choice is not None or is_gone


def _links(ledger: Ledger, documents: Sequence[DocumentView]) -> dict[int, str]:
    """Where each document is in the company's own pages, by its posting; those that are nowhere left out."""
    there = [each.row for each in documents if each.row.state in IN_BOOKS and each.row.ledger_id]
    found = {row.id: ledger.link(*row.record) for row in there}
    return {identity: link for identity, link in found.items() if link}


@router.get("/{connection_id}/{source_id}/sent/{posting_id}")
def sent(request: Request, desk: Reader, connection_id: Number, source_id: str, posting_id: Number) -> Response:
    """What was sent to the company for one document of the order, and what was answered; as they came."""
    return page(request, "parts/sent.html", exchange=sent_of(desk, connection_id, source_id, posting_id))


@router.get("/{connection_id}/{source_id}/books")
def books_now(request: Request, desk: Reader, connection_id: Number, source_id: str) -> Response:
    """What somebody changed in the books: what we left beside what is there now; asks the company."""
    record, fact = fact_of(desk, connection_id, source_id)
    company = company_of(desk, record)
    rows = postings_of(desk.app.books, desk.app.owner(record), [fact.source_id])
    trouble: Message | None = None
    try:
        found = strayed_now(desk.app.books, desk.app.ledger(company), rows)
    except HouseError as error:
        found, trouble = [], error.message
    return page(request, "parts/books_now.html", found=found, trouble=trouble)


@router.get("/{connection_id}/{source_id}/why")
def why(request: Request, desk: Reader, connection_id: Number, source_id: str) -> Response:
    """Which rules apply to the order now, and what each document does to the accounts; asks the company."""
    record, fact = fact_of(desk, connection_id, source_id)
    run = desk.app.books.runs.of_connection(record.id)
    trouble: Message | None = None
    if run is None:
        trouble = Message("That can be told once the store was synchronized.")
        return page(request, "parts/why.html", trouble=trouble, rules=(), shown=())
    try:
        previewer = preview_road(desk.app.work(record, run))
        rules, shown = previewer.rules(fact), previewer.one(fact).shown
    except SettingsProblemsError:
        trouble, rules, shown = Message("The settings do not fit the company any more: see Health."), (), ()
    except HouseError as error:
        trouble, rules, shown = error.message, (), ()
    return page(request, "parts/why.html", trouble=trouble, rules=rules, shown=shown)


@router.post("/{connection_id}/{source_id}/act")
def act(
    request: Request,
    desk: Writer,
    hand: MemberHand,
    connection_id: Number,
    source_id: str,
    choice: Annotated[Act, Form()],
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Hold the order back, leave it out, let it go on, or keep it as the books have it."""
    record, fact = fact_of(desk, connection_id, source_id)
    try:
        act_on_order(hand, record, fact, choice, reason)
    except HouseError as error:
        return _show(request, desk, connection_id, source_id, error.message)
    return go(request, order_path(record.id, fact.source_id))
