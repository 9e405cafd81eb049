"""Drafted lines with how their tax is told, gathered where a form may not have so many (posting rules, section 3)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

from comptoir.books.context import Context, held
from comptoir.books.documents import LedgerId
from comptoir.books.drafts import Draft
from comptoir.books.facts import Order, TaxLine
from comptoir.books.money import Money
from comptoir.books.problems import Problem
from comptoir.books.taxes import TaxedLine, TaxPlan, plan_taxes

MOST_LINES = 750
"""Lines that a taxable form may have (quickbooks-online.md §8)."""
TAX_ROUNDING = "Tax rounding"
"""What a line says that carries what the ledger's own arithmetic makes of the tax."""


@dataclass(frozen=True, slots=True)
class PlannedDrafts:
    """Drafts and, in their order, how the ledger is told their tax."""

    drafts: tuple[Draft, ...]
    plan: TaxPlan


def plan_drafts(drafts: Sequence[Draft], order: Order, context: Context) -> PlannedDrafts | tuple[Problem, ...]:
    """The drafts, those of one item, price and tax code as one where there are too many; or what stands in the way."""
    plan = plan_taxes(taxed_lines(drafts), order, context)
    if isinstance(plan, tuple) or not _are_too_many(plan.codes):
        return plan if isinstance(plan, tuple) else PlannedDrafts(tuple(drafts), plan)
    gathered = _gathered(drafts, plan.codes)
    again = plan_taxes(taxed_lines(gathered), order, context)
    if isinstance(again, tuple) or _are_too_many(again.codes):
        return again if isinstance(again, tuple) else (_too_many(order),)
    return PlannedDrafts(tuple(gathered), again)


def unit_price_of(draft: Draft, amount: Money) -> Money | None:
    """The unit price where quantity x price rounds to the amount, else None (the ledger refuses a false product)."""
    price, quantity = draft.unit_price, draft.quantity
    if price is None or quantity is None:
        return None
    return price if (price * quantity).rounded().in_books() == amount else None


def taxed_lines(drafts: Iterable[Draft]) -> list[TaxedLine]:
    """The drafts as what is to be taxed."""
    return [
        TaxedLine(place, draft.amount, draft.taxes, is_untaxed_kind=draft.is_untaxed_kind, pieces=draft.pieces)
        for place, draft in enumerate(drafts)
    ]


def _are_too_many(codes: Sequence[LedgerId | None]) -> bool:
    return len(codes) > MOST_LINES and any(code is not None for code in codes)


def _gathered(drafts: Iterable[Draft], codes: Sequence[LedgerId | None]) -> list[Draft]:
    found: dict[Hashable, Draft] = {}
    for place, (draft, code) in enumerate(zip(drafts, codes, strict=True)):
        is_priced = unit_price_of(draft, draft.amount) is not None
        key: Hashable = (draft.item, draft.unit_price, code) if is_priced else place
        found[key] = _joined(found[key], draft) if key in found else draft
    return list(found.values())


def _joined(first: Draft, second: Draft) -> Draft:
    quantities = [each.quantity for each in (first, second) if each.quantity is not None]
    return replace(
        first,
        amount=first.amount + second.amount,
        quantity=sum(quantities[1:], start=quantities[0]),
        taxes=_summed((*first.taxes, *second.taxes)),
        pieces=first.pieces + second.pieces,
    )


def _summed(taxes: Iterable[TaxLine]) -> tuple[TaxLine, ...]:
    """Taxes of one name, rate and collector as one."""
    found: dict[Hashable, TaxLine] = {}
    for tax in taxes:
        key = (tax.name, tax.rate, tax.collector)
        found[key] = replace(tax, amount=found[key].amount + tax.amount) if key in found else tax
    return tuple(found.values())


def _too_many(order: Order) -> Problem:
    return held(
        "too-many-lines",
        order,
        "Order {number} has more than {most} lines, even with equal ones taken together.",
        "Enter this sale by hand as several documents.",
        field="lines",
        most=str(MOST_LINES),
    )
