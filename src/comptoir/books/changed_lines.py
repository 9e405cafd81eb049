"""The lines and taxes of what an edit changed: the sale as it would be written now, less what is in the books.

Where every form has its tax inside the prices and the ledger by itself comes to the change's tax, so has the change.
Else it is written net with its tax stated by rate, whatever form the documents of the sale have (posting rules,
section 2): net per code = gross - tax.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from comptoir.books.company import TaxRegime
from comptoir.books.context import Context
from comptoir.books.documents import DocumentLine, LedgerId, RateTax, Reference, RefundDocument, SaleDocument
from comptoir.books.items import ItemFinder
from comptoir.books.money import total, zero
from comptoir.books.refunds.lines import Planned, turned_line
from comptoir.books.taxes import TaxPlan
from comptoir.books.taxes.arithmetic import Taxable, added_tax, included_tax, may_be_stated, spread
from comptoir.books.taxes.united_states import TAXED

Form = SaleDocument | RefundDocument
Sides = Sequence[tuple[int, Form]]
"""The sale as it is now and what is in the books, each with how it counts in the difference."""


def changes_of(sale: SaleDocument, items: ItemFinder) -> Planned | None:
    """What the sale as it is now is more, or less, than what is in the books: line by line and rate by rate.

    None where its tax is further from what the ledger reckons on it than the ledger takes. Shipping and the like count
    under the items that the settings name now: a change of these is none of the sale.
    """
    context = items.context.as_of(sale.dated)
    posted = [_renamed(part.document, items) for part in context.posted]
    sides: Sides = [(1, sale), *((-1 if isinstance(form, SaleDocument) else 1, form) for form in posted)]
    return _with_tax_inside(sides, context) or _net(sides, context)


def _with_tax_inside(sides: Sides, context: Context) -> Planned | None:
    """The change with its tax inside; None where a form has it on top, or the ledger would reckon another one.

    A form without any tax is the same either way.
    """
    forms = [form for _, form in sides]
    if not any(form.prices_include_tax for form in forms):
        return None
    if not all(form.prices_include_tax or not _bears_tax(form, context) for form in forms):
        return None
    lines, meant = _changed_lines(sides), _changed_rates(sides, context)
    own = included_tax(_taxable(lines, _form_code(sides), context), forms[0].currency)
    if {rate: tax.amount for rate, tax in own.items() if not tax.amount.is_zero} != {
        rate: tax.amount for rate, tax in meant.items() if not tax.amount.is_zero
    }:
        return None
    return _planned(lines, sides, inclusive=True)


def _net(sides: Sides, context: Context) -> Planned | None:
    """The change with its tax on top, as the documents have it; None where the ledger would not take that."""
    sides = [(sign, _as_net(form, context)) for sign, form in sides]
    lines, meant = _changed_lines(sides), _changed_rates(sides, context)
    taxable = _taxable(lines, _form_code(sides), context)
    own = added_tax(taxable, sides[0][1].currency)
    moved = [each for each in meant.values() if not (each.amount.is_zero and each.base.is_zero)]
    rates = tuple(each for each in meant.values() if each.rate in own or each in moved)
    planned = _planned(lines, sides, rates=rates)
    if context.company.tax_regime is TaxRegime.GLOBAL and not _is_taken(planned.plan, taxable, own):
        return None
    return planned


def _is_taken(plan: TaxPlan, taxable: Sequence[Taxable], own: Mapping[LedgerId, RateTax]) -> bool:
    """Whether the ledger takes the taxes of the change: they come to its whole tax, and rounding explains them."""
    if total((each.amount for each in plan.rates), plan.total.currency) != plan.total:
        return False
    for each in plan.rates:
        bearing = sum(any(rate.id == each.rate for rate in line.rates) for line in taxable)
        if each.rate not in own or not may_be_stated(each.amount, own[each.rate].amount, bearing):
            return False
    return True


def _planned(
    lines: Sequence[DocumentLine], sides: Sides, *, rates: tuple[RateTax, ...] = (), inclusive: bool = False
) -> Planned:
    currency = sides[0][1].currency
    plan = TaxPlan(
        codes=tuple(line.tax_code for line in lines),
        amounts=tuple(line.amount for line in lines),
        inclusive=inclusive,
        form_code=_form_code(sides),
        rates=rates,
        total=total((form.tax * Decimal(sign) for sign, form in sides), currency),
        is_stated=not inclusive and (bool(rates) or any(form.tax_stated for _, form in sides)),
        difference=zero(currency),
    )
    return Planned(tuple(lines), plan)


def _form_code(sides: Sides) -> LedgerId | None:
    """The one code of a whole form (United States)."""
    return next((form.form_tax_code for _, form in sides if form.form_tax_code), None)


def _renamed(form: Form, items: ItemFinder) -> Form:
    return replace(form, lines=tuple(replace(line, item=items.as_named_now(line.item)) for line in form.lines))


def _changed_lines(sides: Sides) -> list[DocumentLine]:
    """What is left of each item under each code, once what is in the books is taken off."""
    found: dict[tuple[Reference, LedgerId | None], list[DocumentLine]] = defaultdict(list)
    for sign, form in sides:
        for line in form.lines:
            found[line.item, line.tax_code].append(line if sign > 0 else turned_line(line))
    return [line for line in map(_merged, found.values()) if not line.amount.is_zero]


def _merged(lines: list[DocumentLine]) -> DocumentLine:
    amount = total((line.amount for line in lines), lines[0].amount.currency)
    quantities = [line.quantity for line in lines]
    known = [quantity for quantity in quantities if quantity is not None]
    quantity = sum(known, start=Decimal(0)) if len(known) == len(quantities) else None
    price = lines[0].unit_price
    if not quantity or price is None or (price * quantity).in_books() != amount:
        price = None
    return replace(lines[0], amount=amount, quantity=quantity or None, unit_price=price)


def _changed_rates(sides: Sides, context: Context) -> dict[LedgerId, RateTax]:
    found: dict[LedgerId, RateTax] = {}
    for sign, form in sides:
        for each in _rates_of(form, context):
            known = found.get(each.rate, RateTax(each.rate, zero(form.currency), zero(form.currency)))
            amount, base = each.amount * Decimal(sign), each.base * Decimal(sign)
            found[each.rate] = RateTax(each.rate, known.amount + amount, known.base + base)
    return found


def _rates_of(form: Form, context: Context) -> Iterable[RateTax]:
    """The tax of a document by rate: as it was stated, else as the ledger reckons it."""
    if form.rates or (form.tax_stated and not form.prices_include_tax):
        return form.rates
    reckon = included_tax if form.prices_include_tax else added_tax
    return reckon(_taxable(form.lines, form.form_tax_code, context), form.currency).values()


def _as_net(form: Form, context: Context) -> Form:
    """The same form with its tax on top: each code's lines less its tax, which is spread over them."""
    if not form.prices_include_tax:
        return form
    amounts = [line.amount for line in form.lines]
    members: dict[LedgerId | None, list[int]] = defaultdict(list)
    for place, line in enumerate(form.lines):
        members[line.tax_code].append(place)
    for places in members.values():
        gross = _taxable([form.lines[place] for place in places], form.form_tax_code, context)
        tax = total((each.amount for each in included_tax(gross, form.currency).values()), form.currency)
        net = total((amounts[place] for place in places), form.currency) - tax
        for place, part in zip(places, spread(net, [amounts[at].amount for at in places], places), strict=True):
            amounts[place] = part
    lines = tuple(
        line if line.amount == amount else replace(line, amount=amount, unit_price=None)
        for line, amount in zip(form.lines, amounts, strict=True)
    )
    return replace(form, lines=lines, prices_include_tax=False, rates=tuple(_rates_of(form, context)), tax_stated=True)


def _bears_tax(form: Form, context: Context) -> bool:
    return any(line.rates for line in _taxable(form.lines, form.form_tax_code, context))


def _taxable(lines: Iterable[DocumentLine], form: LedgerId | None, context: Context) -> list[Taxable]:
    """The lines with the rates of their codes; a taxed line of a form with one code for all (US) has that one's."""
    rates = {code.id: code.rates for code in context.company.tax_codes}
    if form is not None:
        rates[TAXED] = rates.get(form, ())
    return [Taxable(line.amount, rates.get(line.tax_code, ()) if line.tax_code else ()) for line in lines]
