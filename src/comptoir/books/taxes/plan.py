"""The tax of a whole form, as the company's regime carries it (O14; posting rules, section 2). The store's amounts win.

Marketplace tax is left out everywhere: it is neither revenue nor tax payable of the merchant.
"""

from __future__ import annotations

from collections.abc import Sequence

from comptoir.books.company import TaxRegime
from comptoir.books.context import Context, held
from comptoir.books.facts import Order
from comptoir.books.money import zero
from comptoir.books.problems import Problem
from comptoir.books.taxes.mapping import charged
from comptoir.books.taxes.model import TaxedLine, TaxPlan
from comptoir.books.taxes.united_states import plan_automated, plan_manual
from comptoir.books.taxes.worldwide import plan_worldwide


def plan_taxes(lines: Sequence[TaxedLine], order: Order, context: Context) -> TaxPlan | tuple[Problem, ...]:
    """How the form carries the store's tax to the minor unit; or every reason, each once, why it cannot.

    The lines' amounts and taxes must be in the order's currency; `order` says whether its prices include tax.
    """
    match context.company.tax_regime:
        case TaxRegime.GLOBAL:
            return plan_worldwide(lines, order, context)
        case TaxRegime.US_AUTOMATED:
            return plan_automated(lines, order, context)
        case TaxRegime.US_MANUAL:
            return plan_manual(lines, order, context)
        case _:
            return _plan_without_tax(lines, order)


def _plan_without_tax(lines: Sequence[TaxedLine], order: Order) -> TaxPlan | tuple[Problem, ...]:
    """A company without sales tax stores neither codes nor tax (§15.1)."""
    if any(charged(line) for line in lines):
        return (
            held(
                "tax-off",
                order,
                "Order {number} has sales tax, and sales tax is switched off in the company.",
                "Switch sales tax on in the company, map the store's taxes to its codes, then retry.",
                field="taxes",
            ),
        )
    nothing = zero(order.currency)
    return TaxPlan(
        codes=(None,) * len(lines),
        amounts=tuple(line.amount for line in lines),
        inclusive=False,
        form_code=None,
        rates=(),
        total=nothing,
        is_stated=False,
        difference=nothing,
    )
