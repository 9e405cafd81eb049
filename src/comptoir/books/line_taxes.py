"""The code and tax of a line by itself: the narrower rules that `lines` and `sales` use (O14).

This release posts untaxed sales, and taxed ones whose prices exclude tax with one tax a line, in companies with the
global model (quickbooks-online.md §15.4). Everything else is held, never guessed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from comptoir.books.company import TaxCode, TaxRegime, fold
from comptoir.books.context import Context, held
from comptoir.books.documents import DocumentLine, LedgerId
from comptoir.books.facts import Order, TaxCollector, TaxLine
from comptoir.books.money import Money, total, zero
from comptoir.books.problems import Problem


def merchant_taxes(taxes: Sequence[TaxLine]) -> list[TaxLine]:
    """The taxes that the merchant owes: a marketplace's own never reach the books."""
    return [tax for tax in taxes if tax.collector is TaxCollector.MERCHANT and not tax.amount.is_zero]


def code_for(taxes: Sequence[TaxLine], order: Order, context: Context) -> TaxCode | Problem | None:
    """The tax code of a line with these taxes; None in a company without sales tax."""
    if any(tax.collector is TaxCollector.MARKETPLACE and not tax.amount.is_zero for tax in taxes):
        return held(
            "marketplace-tax",
            order,
            "A marketplace collected the tax of order {number} itself.",
            "Enter this order by hand: this release does not post orders with marketplace tax yet.",
            field="taxes",
        )
    owed = merchant_taxes(taxes)
    if not owed:
        return context.resolved.untaxed
    if context.company.tax_regime is not TaxRegime.GLOBAL:
        return held(
            "tax-off",
            order,
            "Order {number} has sales tax, and sales tax is switched off in the company.",
            "Switch sales tax on in the company, map the store's taxes to its codes, then retry.",
            field="taxes",
        )
    if order.prices_include_tax or len(owed) > 1:
        return held(
            "tax-form",
            order,
            "Order {number} has prices that include tax, or several taxes on one line.",
            "Enter this order by hand: this release does not post such taxes yet.",
            field="taxes",
        )
    return _mapped(owed[0], order, context)


def _mapped(tax: TaxLine, order: Order, context: Context) -> TaxCode | Problem:
    code = context.resolved.codes.get(fold(tax.name))
    if code is None:
        return held(
            "tax-unmapped",
            order,
            'The store\'s tax "{tax}" has no tax code.',
            'Add "{tax}" under taxes.codes in the settings, with the tax code of the company that stands for it.',
            field="taxes",
            cause=f"tax:{fold(tax.name)}",
            tax=tax.name,
        )
    if tax.rate is not None and code.rate != tax.rate:
        return held(
            "tax-rate",
            order,
            'The store charges "{tax}" at {store_rate}, and the tax code "{code}" is at {code_rate}.',
            'Map "{tax}" to a tax code of the same rate.',
            field="taxes",
            cause=f"tax:{fold(tax.name)}",
            tax=tax.name,
            store_rate=f"{tax.rate:.3%}",
            code=code.name,
            code_rate=f"{code.rate:.3%}",
        )
    return code


def ledger_tax(lines: Iterable[DocumentLine], codes: Iterable[TaxCode], currency: str) -> Money:
    """The tax as the ledger will reckon it: per rate on the sum of its lines, rounded half up."""
    by_code: dict[LedgerId | None, Money] = defaultdict(lambda: zero(currency))
    for line in lines:
        by_code[line.tax_code] += line.amount
    rates = {code.id: code.rates for code in codes}
    return total(
        ((base * rate.rate).rounded() for code, base in by_code.items() if code for rate in rates.get(code, ())),
        currency,
    )
