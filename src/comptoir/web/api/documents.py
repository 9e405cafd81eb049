"""An order's documents looked at closer: what was sent and answered, and what somebody changed in the books."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.engine.by_hand.choosing import postings_of
from comptoir.engine.telling.shapes.common import moment
from comptoir.engine.telling.shapes.strayed import BooksNowShape, books_now_shape
from comptoir.engine.telling.strayed import strayed_now
from comptoir.web.api.orders import ONE
from comptoir.web.api.parts import Saying, Source, api_router
from comptoir.web.guard import ReadingKey
from comptoir.web.scope import Number, company_of, fact_of
from comptoir.web.sent import sent_of

router = api_router()


@dataclass(frozen=True, slots=True)
class SentShape:
    """What was sent for a document and what was answered, as they came; None where nothing is kept of it."""

    sent: str | None
    answered: str | None
    at: str | None


@router.get(ONE + "/documents/{posting_id}")
def sent(key: ReadingKey, connection_id: Number, source_id: Source, posting_id: Number) -> SentShape:
    """What was sent to the company for one document of the order, and what was answered."""
    found = sent_of(key, connection_id, source_id, posting_id)
    return SentShape(found.asked or None, found.answer or None, moment(found.at))


@router.get(ONE + "/books")
def books_now(key: ReadingKey, say: Saying, connection_id: Number, source_id: Source) -> BooksNowShape:
    """What somebody changed of the order in the books: as it was left, and as it is now; asks the company."""
    record, fact = fact_of(key, connection_id, source_id)
    company = company_of(key, record)
    rows = postings_of(key.app.books, key.app.owner(record), [fact.source_id])
    return books_now_shape(strayed_now(key.app.books, key.app.ledger(company), rows), say)
