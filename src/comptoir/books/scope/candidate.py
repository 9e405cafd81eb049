"""An order of which it is not known yet whether it belongs into the books."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.books.context import Context
from comptoir.books.dates import sale_moment
from comptoir.books.facts import Order


@dataclass(frozen=True, slots=True)
class Candidate:
    """An order as it would be told in the books, and what is known of these."""

    order: Order
    context: Context

    @property
    def own_day(self) -> str:
        """The day that dates the sale, or that of the order where that has not come yet."""
        moment = sale_moment(self.order, self.context.resolved) or self.order.placed_at
        return self.context.local_date(moment).isoformat()

    @property
    def start(self) -> str:
        """The first day that is kept in the books."""
        return self.context.resolved.settings.start_date.isoformat()

    @property
    def is_posted(self) -> bool:
        """Whether its sale is in the books: it stays there, whatever becomes of the order."""
        return self.context.posted_form is not None
