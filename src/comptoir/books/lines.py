"""The lines of a sale: what was sold, discounts, tenders that brought no money, and rounding (sections 1, 3, 6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from comptoir.books.company import fold
from comptoir.books.context import Context, Found, held
from comptoir.books.documents import DocumentLine, Known, LedgerId, Reference
from comptoir.books.drafts import UNTAXED_KINDS, Draft
from comptoir.books.facts import Order, OrderLine, TaxCollector, TaxLine, Tender
from comptoir.books.items import ItemFinder
from comptoir.books.money import Money, books_unit, total, zero
from comptoir.books.problems import Problem, distinct
from comptoir.books.specials import Special, TenderKind
from comptoir.books.taxes import TaxedLine, TaxPlan, merchant_taxes, plan_taxes
from comptoir.books.tenders import redeemed

NO_ITEM = Known(LedgerId(""))
TAXABLE_LINES = 750
"""Taxable lines that one document may have."""


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
    plan = plan_taxes(_taxed(drafts), order, context)
    if isinstance(plan, tuple):
        written.problems.extend(plan)
    elif not written.problems:
        _finish(written, drafts, plan, target.in_books(), order=order, items=items, context=context)
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


def _taxed(drafts: Iterable[Draft]) -> list[TaxedLine]:
    return [
        TaxedLine(place, draft.amount, draft.taxes, is_untaxed_kind=draft.is_untaxed_kind)
        for place, draft in enumerate(drafts)
    ]


def _finish(
    written: Written,
    drafts: list[Draft],
    plan: TaxPlan,
    target: Money,
    *,
    order: Order,
    items: ItemFinder,
    context: Context,
) -> None:
    """Write the planned lines and the rounding that is left, if it is small enough."""
    lines = _document_lines(drafts, plan)
    missing = target - _sum(lines, plan)
    if not missing.is_zero:
        rounding = _rounding(missing, plan, order=order, items=items, context=context)
        if isinstance(rounding, Problem):
            written.problems.append(rounding)
            return
        again = plan_taxes(_taxed([*drafts, rounding]), order, context)
        if isinstance(again, tuple):  # the same lines and an untaxed one: what could be planned still can
            raise AssertionError("a rounding line changed what the taxes are")
        plan, lines = again, _document_lines([*drafts, rounding], again)
        written.rounding = missing
    lines = _merged(lines, context)
    if _taxable(lines, context) > TAXABLE_LINES:
        written.problems.append(_too_many(order))
        return
    written.lines, written.plan = lines, plan


def _sum(lines: Iterable[DocumentLine], plan: TaxPlan) -> Money:
    net = total((line.amount for line in lines), plan.total.currency)
    return net if plan.inclusive else net + plan.total.in_books()


def _document_lines(drafts: list[Draft], plan: TaxPlan) -> list[DocumentLine]:
    """The drafts with their codes and amounts; discounts of one code are one line."""
    lines: list[DocumentLine] = []
    discounts: dict[LedgerId | None, int] = {}
    for draft, code, planned in zip(drafts, plan.codes, plan.amounts, strict=True):
        amount = planned.in_books()
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
                unit_price=_price(draft, amount),
                tax_code=code,
            )
        )
    return lines


def _description(line: OrderLine, *, discounted: bool) -> str:
    name = line.name or line.sku
    return f"{name} (discount {line.discount.rounded().amount})" if discounted else name


def _price(draft: Draft, amount: Money) -> Money | None:
    """The unit price where quantity x price rounds to the amount, else None (the ledger refuses a false product)."""
    price, quantity = draft.unit_price, draft.quantity
    if price is None or quantity is None:
        return None
    return price if (price * quantity).rounded().in_books() == amount else None


def _rounding(missing: Money, plan: TaxPlan, *, order: Order, items: ItemFinder, context: Context) -> Draft | Problem:
    """What the lines and the tax leave open, for the rounding item (O9); beyond its cap the order is held.

    At most one unit of the currency for each line and tax line, and at most the cap; of a currency with three
    decimals the books keep two, and the unit is theirs.
    """
    tax_lines = sum(len(merchant_taxes(line.taxes)) for line in order.lines)
    allowed = min(Decimal(len(order.lines) + tax_lines), context.resolved.settings.items.rounding_cap)
    if abs(missing.amount) > allowed * books_unit(order.currency):
        lines = total(plan.amounts, order.currency)
        return held(
            "total",
            order,
            "The lines of order {number} come to {lines} with {tax} tax (the store says {store_tax}), "
            "and its total to {total}.",
            "Look at the order in the store; where its total is right, enter the sale by hand.",
            field="total",
            lines=str(lines),
            tax=str(plan.total),
            store_tax=str(plan.total - plan.difference),
            total=str(order.total),
        )
    found = items.special(Special.ROUNDING)
    if isinstance(found, Problem):
        return found
    return Draft(found.reference, "Rounding", missing, is_untaxed_kind=True)


def _taxable(lines: Iterable[DocumentLine], context: Context) -> int:
    """How many lines bear a code that charges something."""
    charging = {code.id for code in context.company.tax_codes if code.rates} | {LedgerId("TAX")}
    return sum(line.tax_code in charging for line in lines)


def _merged(lines: list[DocumentLine], context: Context) -> list[DocumentLine]:
    """More taxable lines than a document may have: those of one item, price and tax code become one."""
    if _taxable(lines, context) <= TAXABLE_LINES:
        return lines
    merged: dict[object, DocumentLine] = {}
    for place, line in enumerate(lines):
        alike = line.quantity is not None and line.unit_price is not None
        key: object = (line.item, line.unit_price, line.tax_code) if alike else place
        first = merged.get(key)
        if first is None or first.quantity is None or line.quantity is None:
            merged[key] = line
            continue
        quantity, amount = first.quantity + line.quantity, first.amount + line.amount
        merged[key] = replace(first, quantity=quantity, amount=amount)
    return [_repriced(line) for line in merged.values()]


def _repriced(line: DocumentLine) -> DocumentLine:
    """A merged line keeps its price only where it still makes the amount."""
    if line.unit_price is None or line.quantity is None:
        return line
    product = (line.unit_price * line.quantity).rounded().in_books()
    return line if product == line.amount else replace(line, unit_price=None)


def _too_many(order: Order) -> Problem:
    return held(
        "too-many-lines",
        order,
        "Order {number} has more than {most} taxable lines, even with equal ones taken together.",
        "Enter this sale by hand as several documents.",
        field="lines",
        most=str(TAXABLE_LINES),
    )
