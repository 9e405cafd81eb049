"""The lines of a sale: products, shipping and the rest, discounts, and the rounding that is left (section 3)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from comptoir.books.company import TaxCode
from comptoir.books.context import Context, held
from comptoir.books.documents import DocumentLine, LedgerId
from comptoir.books.facts import Order, OrderLine
from comptoir.books.items import ItemFinder, Special
from comptoir.books.money import Money, minor_unit, total, zero
from comptoir.books.problems import Problem
from comptoir.books.taxes import code_for, ledger_tax, merchant_taxes


@dataclass(slots=True)
class Written:
    """Lines so far, and everything found wrong with them."""

    lines: list[DocumentLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def write_sale_lines(order: Order, items: ItemFinder, context: Context) -> Written:
    """Lines that add up, with the ledger's tax, to the order's total to the minor unit; or the reasons why not."""
    written = Written()
    as_lines = bool(context.resolved.settings.items.discount)
    discounts: dict[LedgerId | None, Money] = defaultdict(lambda: zero(order.currency))
    for line in order.lines:
        code = code_for(line.taxes, order, context)
        found = items.for_line(kind=line.kind, sku=line.sku, name=line.name)
        stopped = [each for each in (code, found) if isinstance(each, Problem)]
        written.problems.extend(stopped)
        if isinstance(code, Problem) or isinstance(found, Problem):
            continue
        code_id = code.id if code else None
        if as_lines:
            discounts[code_id] += line.discount
        written.lines.append(
            DocumentLine(
                item=found.reference,
                description=_description(line, discounted=not as_lines and not line.discount.is_zero),
                amount=line.gross if as_lines else line.net,
                quantity=line.quantity,
                unit_price=_price(line, line.gross if as_lines else line.net),
                tax_code=code_id,
            )
        )
    _write_discounts(written, discounts, items)
    if not written.problems:
        _write_rounding(written, order, items, context)
    return written


def _description(line: OrderLine, *, discounted: bool) -> str:
    name = line.name or line.sku
    return f"{name} (discount {line.discount.rounded().amount})" if discounted else name


def _price(line: OrderLine, amount: Money) -> Money | None:
    """The unit price where quantity x price rounds to the amount, else None (the ledger refuses a false product)."""
    price = line.unit_price
    return price if price is not None and (price * line.quantity).rounded() == amount.rounded() else None


def _write_discounts(written: Written, discounts: dict[LedgerId | None, Money], items: ItemFinder) -> None:
    """One negative line a tax code, so that each rate's base is what the store taxed."""
    for code_id, amount in discounts.items():
        if amount.is_zero:
            continue
        found = items.special(Special.DISCOUNT)
        if isinstance(found, Problem):
            written.problems.append(found)
            return
        written.lines.append(
            DocumentLine(item=found.reference, description="Discount", amount=-amount, tax_code=code_id)
        )


def _write_rounding(written: Written, order: Order, items: ItemFinder, context: Context) -> None:
    """What the lines and the tax leave open goes to the rounding item within its cap, else the order is held."""
    codes: list[TaxCode] = [*context.resolved.codes.values()]
    tax = ledger_tax(written.lines, codes, order.currency)
    lines = total((line.amount for line in written.lines), order.currency)
    store_tax = total((tax.amount for line in order.lines for tax in merchant_taxes(line.taxes)), order.currency)
    missing = order.total - lines - tax
    if missing.is_zero:
        return
    tax_lines = sum(len(merchant_taxes(line.taxes)) for line in order.lines)
    allowed = min(Decimal(len(order.lines) + tax_lines), context.resolved.settings.items.rounding_cap)
    if abs(missing.amount) > allowed * minor_unit(order.currency):
        written.problems.append(
            held(
                "total",
                order,
                "The lines of order {number} come to {lines} with {tax} tax (the store says {store_tax}), "
                "and its total to {total}.",
                "Look at the order in the store; where its total is right, enter the sale by hand.",
                field="total",
                lines=str(lines),
                tax=str(tax),
                store_tax=str(store_tax),
                total=str(order.total),
            )
        )
        return
    found = items.special(Special.ROUNDING)
    if isinstance(found, Problem):
        written.problems.append(found)
        return
    untaxed = context.resolved.untaxed
    written.lines.append(
        DocumentLine(
            item=found.reference,
            description="Rounding",
            amount=missing,
            tax_code=untaxed.id if untaxed else None,
        )
    )
