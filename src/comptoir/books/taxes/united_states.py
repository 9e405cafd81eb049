"""The plans of companies with United States sales tax: lines always net, TAX or NON, one code a form (§15.2, §15.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from comptoir.books.company import Company, TaxCode, TaxRate, fold
from comptoir.books.context import Context, held
from comptoir.books.documents import LedgerId, RateTax
from comptoir.books.facts import Order, TaxLine
from comptoir.books.money import Money, total, zero
from comptoir.books.problems import Problem
from comptoir.books.taxes.amounts import net_amounts
from comptoir.books.taxes.arithmetic import Taxable, added_tax
from comptoir.books.taxes.mapping import by_rate, charged, code_of, find_code, once, store_tax
from comptoir.books.taxes.model import TaxedLine, TaxPlan

TAXED = LedgerId("TAX")
NOT_TAXED = LedgerId("NON")

Part = tuple[Sequence[TaxLine], TaxCode]
"""Taxes of a line and the code that stands for them."""


def plan_automated(lines: Sequence[TaxedLine], order: Order, context: Context) -> TaxPlan | tuple[Problem, ...]:
    """The store's total tax is stated, and the ledger spreads it over the rates of the place (§15.3).

    A mapped code becomes the form's own (the hybrid model); it must then stand for every tax of the order.
    """
    taxes = [charged(line) for line in lines]
    codes = {find_code(each, context.resolved.codes) for each in taxes if each}
    if len(codes) > 1:
        return (_several_codes(order),)
    form = next(iter(codes), None)
    groups = [tuple((fold(tax.name), tax.rate) for tax in each) or None for each in taxes]
    tax = store_tax(lines, order.currency).rounded()
    return TaxPlan(
        codes=tuple(TAXED if each else NOT_TAXED for each in taxes),
        amounts=net_amounts(lines, groups, order),
        inclusive=False,
        form_code=form.id if form else None,
        rates=(),
        total=tax,
        is_stated=any(taxes),
        difference=tax - store_tax(lines, order.currency),
    )


def plan_manual(lines: Sequence[TaxedLine], order: Order, context: Context) -> TaxPlan | tuple[Problem, ...]:
    """One code for the form that holds every rate on the order, with the store's amounts by rate (§15.2)."""
    found = [_parts(line, order, context) for line in lines]
    problems = [each for parts in found for each in parts if isinstance(each, Problem)]
    if problems:
        return once(problems)
    parts = [[each for each in line_parts if not isinstance(each, Problem)] for line_parts in found]
    rates = [frozenset(rate for _, code in line_parts for rate in code.rates) for line_parts in parts]
    needed = frozenset[TaxRate]().union(*rates)
    form = _form_code(context.company, {rate.id for rate in needed}) if needed else None
    if needed and form is None:
        return (_to_combine(needed, order),)
    amounts = net_amounts(lines, [each or None for each in rates], order)
    store = by_rate((part for line_parts in parts for part in line_parts), order.currency)
    bases = {
        rate.id: total((amount for amount, each in zip(amounts, rates, strict=True) if rate in each), order.currency)
        for rate in needed
    }
    stated = _stated(form, store, bases, [a for a, each in zip(amounts, rates, strict=True) if each], order.currency)
    tax = total(store.values(), order.currency)
    return TaxPlan(
        codes=tuple(TAXED if each else NOT_TAXED for each in rates),
        amounts=amounts,
        inclusive=False,
        form_code=form.id if form else None,
        rates=stated,
        total=tax,
        is_stated=bool(stated),
        difference=tax - store_tax(lines, order.currency),
    )


def _parts(line: TaxedLine, order: Order, context: Context) -> list[Part | Problem]:
    """A line's taxes with their codes: together where they are mapped together, else each by its own."""
    taxes = charged(line)
    together = bool(taxes) and find_code(taxes, context.resolved.codes) is not None
    parts: list[Part | Problem] = []
    for each in [taxes] if together else [[tax] for tax in taxes]:
        code = code_of(each, order, context)
        parts.append(code if isinstance(code, Problem) else (each, code))
    return parts


def _form_code(company: Company, needed: set[LedgerId]) -> TaxCode | None:
    """The code with every rate that is needed and the fewest others (those are stated as nothing)."""
    holding = [code for code in company.tax_codes if code.active and needed <= {rate.id for rate in code.rates}]
    return min(holding, key=lambda code: (len(code.rates), code.name, code.id), default=None)


def _stated(
    form: TaxCode | None,
    store: Mapping[LedgerId, Money],
    bases: Mapping[LedgerId, Money],
    taxed: Iterable[Money],
    currency: str,
) -> tuple[RateTax, ...]:
    """Amounts for every rate of the form's code; none where the ledger reckons just them on all taxed lines."""
    if form is None:
        return ()
    nothing = zero(currency)
    own = added_tax((Taxable(amount, form.rates) for amount in taxed), currency)
    if all(tax.amount == store.get(rate, nothing) for rate, tax in own.items()):
        return ()
    return tuple(RateTax(rate, store.get(rate, nothing), bases.get(rate, nothing)) for rate in sorted(own))


def _several_codes(order: Order) -> Problem:
    return held(
        "tax-several-codes",
        order,
        "The taxes of order {number} do not all have the same tax code, and a form of the company has only one.",
        "Map the taxes that meet on one order to one tax code, or map none of them.",
        field="taxes",
    )


def _to_combine(needed: Iterable[TaxRate], order: Order) -> Problem:
    names = sorted(f'"{rate.name}"' for rate in needed)
    return held(
        "tax-combine",
        order,
        "Order {number} is taxed at several rates, and the company has no tax code that holds them all: {rates}.",
        "Combine these rates in one tax code of the company: {rates}; then retry.",
        field="taxes",
        cause="tax-combine:" + ",".join(sorted(rate.id for rate in needed)),
        rates=", ".join(names),
    )
