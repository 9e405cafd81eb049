"""A sale in the making: what its rules are asked of, and what each of them found for those after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from comptoir.books.context import Context, Found
from comptoir.books.dates import sale_moment
from comptoir.books.facts import Order
from comptoir.books.items import ItemFinder
from comptoir.books.lines import Drafted, Written
from comptoir.books.periods import book_date
from comptoir.books.planning import PlannedDrafts
from comptoir.books.sales.form import ChosenForm


@dataclass(slots=True)
class SaleDraft:
    """An order with the tenders that pay its sale; `context` has the tax rates of `dated`, the document's date.

    What has no value from the beginning is known once its rule was asked; None: it stands in the way.
    """

    order: Order
    context: Context
    moment: datetime
    dated: date
    items: ItemFinder
    number: str | None = field(init=False)
    drafted: Drafted = field(init=False)
    planned: PlannedDrafts | None = None
    written: Written | None = None
    customer: Found | None = None
    chosen: ChosenForm = field(init=False)


def begin_sale(order: Order, context: Context) -> SaleDraft:
    """The sale before its rules are asked."""
    moment = sale_moment(order, context.resolved) or order.placed_at
    dated = context.posted[0].document.dated if context.posted else book_date(moment, context)
    context = context.as_of(dated)
    return SaleDraft(order, context, moment, dated, ItemFinder(order, context, dated))
