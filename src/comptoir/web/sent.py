"""What went to the company for a document of an order, and what came back; as they were sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from comptoir.engine.by_hand.choosing import postings_of
from comptoir.web.guard import NotFoundError
from comptoir.web.scope import AtDesk, company_of, fact_of


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent for a document, and what was answered when; empty where nothing is kept of it."""

    asked: str = ""
    answer: str = ""
    at: datetime | None = None


def sent_of(desk: AtDesk, connection_id: int, source_id: str, posting_id: int) -> Sent:
    """What was sent to the company for one document of an order; NotFoundError where the order has no such one."""
    record, fact = fact_of(desk, connection_id, source_id)
    company = company_of(desk, record)
    rows = postings_of(desk.app.books, desk.app.owner(record), [fact.source_id])
    if all(each.id != posting_id for each in rows):
        raise NotFoundError
    found = desk.app.books.exchanges.of(desk.app.organization_id, posting_id)
    if found is None:
        return Sent()
    return Sent(desk.app.ledger(company).part(found.body, found.slot) if found.body else "", found.answer, found.at)
