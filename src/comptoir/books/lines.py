"""The lines of a sale: what was sold, discounts, tenders that brought no money, and rounding (sections 1, 3, 6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, Decimal

from comptoir.books.company import fold
from comptoir.books.context import Context, Found, held
from comptoir.books.documents import DocumentLine, Known, LedgerId, Reference
from comptoir.books.drafts import UNTAXED_KINDS, Draft
from comptoir.books.facts import Order, OrderLine, TaxCollector, TaxLine, Tender
from comptoir.books.items import ItemFinder
from comptoir.books.money import Money, books_unit, total, zero
from comptoir.books.planning import TAX_ROUNDING, PlannedDrafts, plan_drafts, unit_price_of
from comptoir.books.problems import Problem, distinct
from comptoir.books.specials import Special, TenderKind
from comptoir.books.taxes import TaxPlan, merchant_taxes
from comptoir.books.tenders import redeemed

NO_ITEM = Known(LedgerId(""))


@dataclass(slots=True)
class Written:
    """Lines that are done with how their tax is told, and everything found wrong with them.

    `redeemed` are the tenders among the lines; `rounding` is what the rounding item carries, None where nothing.
    """

    lines: list[DocumentLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    plan: TaxPlan | None = None
    redeemed: tuple[Tender, ...] = ()
    rounding: Money | None = None


def write_sale_lines(order: Order, items: ItemFinder, context: Context) -> Written:
    """Lines that add up, with the tax, to the order's total less its tenders, to the minor unit; or why they do not."""
    written = Written()
    drafts = [*_sold(order, items, context, written), *_used(order, items, context, written)]
    target = order.total - total((tender.amount for tender in written.redeemed), order.currency)
    planned = plan_drafts(drafts, order, context)
    if isinstance(planned, tuple):
        written.problems.extend(planned)
    elif not written.problems:
        _finish(written, planned, target.in_books(), order=order, items=items, context=context)
    written.problems = list(distinct(written.problems))
    return written


def _sold(order: Order, items: ItemFinder, context: Context, written: Written) -> Iterable[Draft]:
    """What was sold, and the discounts apart where they have an item of their own: one line for taxes of one kind."""
    apart = bool(context.resolved.settings.items.discount)
    discounts: dict[tuple[object, ...], Draft] = {}
    for line in order.lines:
        found = items.for_line(kind=line.kind, sku=line.sku, name=line.name)
        own = apart and not line.discount.is_zero and all(tax.rate is not None for tax in merchant_taxes(line.taxes))
        taxes = _counting(line) if own else line.taxes
        amount = line.gross if own else line.net
        yield Draft(
            item=_reference(found, written),
            description=_description(line, discounted=not own and not line.discount.is_zero),
            amount=amount.in_books(),
            quantity=line.quantity,
            unit_price=line.unit_price,
            taxes=taxes,
            is_untaxed_kind=line.kind in UNTAXED_KINDS,
        )
        if own:
            _add_discount(discounts, line, taxes, items, written)
    yield from discounts.values()


def _reference(found: Found | Problem, written: Written) -> Reference:
    """The item of a line. One that is missing is told, and the line is drafted all the same: its taxes are checked."""
    if isinstance(found, Found):
        return found.reference
    written.problems.append(found)
    return NO_ITEM


def _counting(line: OrderLine) -> tuple[TaxLine, ...]:
    """The taxes of a line whose discount stands apart: where nothing is left to tax, neither line may be taxed."""
    if merchant_taxes(line.taxes):
        return line.taxes
    return tuple(tax for tax in line.taxes if tax.rate == 0 or tax.collector is TaxCollector.MARKETPLACE)


def _add_discount(
    discounts: dict[tuple[object, ...], Draft],
    line: OrderLine,
    taxes: tuple[TaxLine, ...],
    items: ItemFinder,
    written: Written,
) -> None:
    """Lower the discount of the goods that bear the same taxes; their tax stands on the goods."""
    found = items.special(Special.DISCOUNT)
    theirs = any(tax.collector is TaxCollector.MARKETPLACE and not tax.amount.is_zero for tax in taxes)
    untaxed = line.kind in UNTAXED_KINDS or (theirs and not merchant_taxes(taxes))
    key = (untaxed, *sorted((fold(tax.name), str(tax.rate), tax.collector.value) for tax in taxes))
    nothing = zero(line.gross.currency)
    known = discounts.get(key)
    discounts[key] = Draft(
        item=_reference(found, written),
        description="Discount",
        amount=(known.amount if known else nothing) - line.discount.in_books(),
        taxes=tuple(replace(tax, amount=nothing) for tax in taxes),
        is_untaxed_kind=untaxed,
    )


def _used(order: Order, items: ItemFinder, context: Context, written: Written) -> Iterable[Draft]:
    """Gift cards and store credit used: negative lines with what the shop owes; those used after the sale are none."""
    kinds = {
        TenderKind.GIFT_CARD: (Special.GIFT_CARD, "Gift card used"),
        TenderKind.STORE_CREDIT: (Special.STORE_CREDIT, "Store credit used"),
    }
    for kind, (special, words) in kinds.items():
        for tender in redeemed(order, context.resolved, kind):
            if context.redeemed is not None and tender.source_id not in context.redeemed:
                continue
            item = _reference(items.special(special), written)
            written.redeemed = (*written.redeemed, tender)
            yield Draft(item, words, -tender.amount.in_books(), is_untaxed_kind=True)


def _finish(
    written: Written,
    planned: PlannedDrafts,
    target: Money,
    *,
    order: Order,
    items: ItemFinder,
    context: Context,
) -> None:
    """Write the planned lines and the rounding that is left, if it is small enough."""
    plan, lines = planned.plan, _document_lines(planned)
    missing = target - _sum(lines, plan)
    if not missing.is_zero:
        rounding = _rounding(missing, plan, order=order, items=items, context=context)
        if isinstance(rounding, Problem):
            written.problems.append(rounding)
            return
        again = plan_drafts([*planned.drafts, rounding], order, context)
        if isinstance(again, tuple):  # the same lines and an untaxed one: what could be planned still can
            raise AssertionError("a rounding line changed what the taxes are")
        plan, lines = again.plan, _document_lines(again)
        written.rounding = missing
    written.lines, written.plan = lines, plan


def _sum(lines: Iterable[DocumentLine], plan: TaxPlan) -> Money:
    net = total((line.amount for line in lines), plan.total.currency)
    return net if plan.inclusive else net + plan.total.in_books()


def _document_lines(planned: PlannedDrafts) -> list[DocumentLine]:
    """The drafts with their codes and amounts; discounts of one code are one line."""
    lines: list[DocumentLine] = []
    discounts: dict[LedgerId | None, int] = {}
    plan = planned.plan
    for draft, code, meant in zip(planned.drafts, plan.codes, plan.amounts, strict=True):
        amount = meant.in_books()
        if draft.quantity is None and draft.description == "Discount" and code in discounts:
            at = discounts[code]
            lines[at] = replace(lines[at], amount=lines[at].amount + amount)
            continue
        if draft.quantity is None and draft.description == "Discount":
            discounts[code] = len(lines)
        lines.append(
            DocumentLine(
                item=draft.item,
                description=draft.description,
                amount=amount,
                quantity=draft.quantity,
                unit_price=unit_price_of(draft, amount),
                tax_code=code,
            )
        )
    return lines


def _description(line: OrderLine, *, discounted: bool) -> str:
    name = line.name or line.sku
    return f"{name} (discount {line.discount.rounded().amount})" if discounted else name


def _rounding(missing: Money, plan: TaxPlan, *, order: Order, items: ItemFinder, context: Context) -> Draft | Problem:
    """What the lines and the tax leave open, for the rounding item (O9); beyond its cap the order is held.

    At most one unit of the currency for each line and tax line, and at most the cap; of a currency with three
    decimals the books keep two, and the unit is theirs. What the tax differs from the store's, by the ledger's own
    arithmetic, has a bound of its own and is none of this (section 1).
    """
    by_tax = plan.difference.in_books()
    unexplained = abs((missing + by_tax).amount)
    unit, cap = books_unit(order.currency), context.resolved.settings.items.rounding_cap
    tax_lines = sum(len(merchant_taxes(line.taxes)) for line in order.lines)
    most = Decimal(len(order.lines) + tax_lines)
    if unexplained > min(most, cap) * unit:
        return _too_far(order, plan, None if unexplained > most * unit else unexplained / unit)
    found = items.special(Special.ROUNDING)
    if isinstance(found, Problem):
        return found
    words = TAX_ROUNDING if missing == -by_tax else "Rounding"
    return Draft(found.reference, words, missing, is_untaxed_kind=True)


def _too_far(order: Order, plan: TaxPlan, units: Decimal | None) -> Problem:
    """The lines do not come to the total; with `units`, a cap of so many minor units would let them."""
    values = {
        "lines": str(total(plan.amounts, order.currency)),
        "tax": str(plan.total),
        "store_tax": str(plan.total - plan.difference),
        "total": str(order.total),
    }
    if units is None:
        return held(
            "total",
            order,
            "The lines of order {number} come to {lines} with {tax} tax (the store says {store_tax}), "
            "and its total to {total}.",
            "Look at the order in the store; where its total is right, enter the sale by hand.",
            field="total",
            **values,
        )
    return held(
        "total",
        order,
        "The lines of order {number} come to {lines} with {tax} tax, and its total to {total}: further apart than the "
        "rounding that the settings allow.",
        "Look at the order in the store; where its total is right, set items.rounding_cap to {units} or more.",
        field="total",
        units=f"{units.to_integral_value(ROUND_CEILING):f}",
        **values,
    )
