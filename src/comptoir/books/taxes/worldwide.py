"""The plan of a company with the global tax model: a code on every line, tax added or included (§15.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from comptoir.books.company import TaxCode
from comptoir.books.context import Context, held
from comptoir.books.documents import LedgerId, RateTax
from comptoir.books.facts import Order, TaxLine
from comptoir.books.money import Money, minor_unit, total, zero
from comptoir.books.problems import Problem
from comptoir.books.taxes.amounts import net_amounts
from comptoir.books.taxes.arithmetic import Taxable, added_tax, effective_rate, included_tax, may_be_stated
from comptoir.books.taxes.mapping import by_rate, charged, code_of, once, store_tax, untaxed_code
from comptoir.books.taxes.model import TaxedLine, TaxPlan

HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class _Coded:
    """A line with its code and the store's taxes that the code stands for (none: the line is untaxed)."""

    line: TaxedLine
    code: TaxCode | None
    taxes: Sequence[TaxLine]

    def taxable(self, amount: Money) -> Taxable:
        return Taxable(amount, self.code.rates if self.code else ())


def plan_worldwide(lines: Sequence[TaxedLine], order: Order, context: Context) -> TaxPlan | tuple[Problem, ...]:
    """Tax included where the ledger's own arithmetic gives the store's tax exactly at every rate, else added."""
    coded: list[_Coded] = []
    problems: list[Problem] = []
    for line in lines:
        taxes = charged(line)
        code = code_of(taxes, order, context) if taxes else untaxed_code(line, order, context)
        if isinstance(code, Problem):
            problems.append(code)
        else:
            coded.append(_Coded(line, code, taxes))
    if problems:
        return once(problems)
    store = _store_tax(coded, order.currency)
    if order.prices_include_tax and any(each.taxes for each in coded):
        own = included_tax((each.taxable(each.line.amount) for each in coded), order.currency)
        if _amounts(own) == store:
            return _plan(coded, [each.line.amount for each in coded], store, (), order.currency, inclusive=True)
    groups = [each.code.id if each.taxes and each.code else None for each in coded]
    amounts = net_amounts(lines, groups, order)
    own = added_tax((each.taxable(amount) for each, amount in zip(coded, amounts, strict=True)), order.currency)
    if _amounts(own) == store:
        return _plan(coded, amounts, store, (), order.currency)
    beyond = _beyond_rounding(coded, own, store, order)
    if beyond:
        return once(beyond)
    taken = _taken(coded, own, store)
    stated = tuple(RateTax(rate, taken[rate], own[rate].base) for rate in sorted(own))
    return _plan(coded, amounts, taken, () if _amounts(own) == taken else stated, order.currency)


def _store_tax(coded: Sequence[_Coded], currency: str) -> dict[LedgerId, Money]:
    """The store's tax at every rate on the form; rates that cancel each other (reverse charge) are the ledger's own."""
    untaxed = (each.taxable(each.line.amount) for each in coded if not each.taxes)
    found = _amounts(added_tax(untaxed, currency))
    charges = ((each.taxes, each.code) for each in coded if each.taxes and each.code)
    for rate, amount in by_rate(charges, currency).items():
        found[rate] = found.get(rate, zero(currency)) + amount
    return found


def _taken(
    coded: Sequence[_Coded], own: Mapping[LedgerId, RateTax], store: Mapping[LedgerId, Money]
) -> dict[LedgerId, Money]:
    """The store's tax at each rate; the ledger's own where it takes no such difference on a form of these lines.

    The rest is tax rounding (posting rules, section 1): so many lines, each rounded by the store, on few of the form.
    """
    found: dict[LedgerId, Money] = {}
    for rate, tax in own.items():
        is_taken = may_be_stated(store[rate], tax.amount, len(_bearing(coded, rate)))
        found[rate] = store[rate] if is_taken else tax.amount
    return found


def _bearing(coded: Iterable[_Coded], rate: LedgerId) -> list[_Coded]:
    """The lines whose code has this rate."""
    return [each for each in coded if each.code and rate in {part.id for part in each.code.rates}]


def _amounts(own: Mapping[LedgerId, RateTax]) -> dict[LedgerId, Money]:
    return {rate: tax.amount for rate, tax in own.items()}


def _plan(
    coded: Sequence[_Coded],
    amounts: Sequence[Money],
    store: Mapping[LedgerId, Money],
    stated: tuple[RateTax, ...],
    currency: str,
    *,
    inclusive: bool = False,
) -> TaxPlan:
    tax = total(store.values(), currency)
    return TaxPlan(
        codes=tuple(each.code.id if each.code else None for each in coded),
        amounts=tuple(amounts),
        inclusive=inclusive,
        form_code=None,
        rates=stated,
        total=tax,
        is_stated=bool(stated),
        difference=tax - store_tax((each.line for each in coded), currency),
    )


def _beyond_rounding(
    coded: Sequence[_Coded], own: Mapping[LedgerId, RateTax], store: Mapping[LedgerId, Money], order: Order
) -> list[Problem]:
    """Rates at which rounding line by line does not explain the store's tax: something else is wrong with it.

    Half a minor unit a line and one for the form; where tax was taken out of the prices, also what each tax's own
    rounding did to the amount that is left.
    """
    problems = []
    names = {rate.id: rate.name for each in coded if each.code for rate in each.code.rates}
    for rate in sorted(own):
        bearing = _bearing(coded, rate)
        widest = max(len(each.code.rates) * effective_rate(each.code.rates) for each in bearing if each.code)
        widest = widest if order.prices_include_tax else Decimal(0)
        pieces = sum(each.line.pieces for each in bearing)
        allowed = (pieces * HALF * (1 + widest) + 1) * minor_unit(order.currency)
        if abs((own[rate].amount - store[rate]).amount) > allowed:
            problems.append(
                held(
                    "tax-amount",
                    order,
                    'The store\'s tax of order {number} comes to {store} at the rate "{rate}", '
                    "and this rate of {base} is {own}.",
                    "Look at the taxes of the order in the store; where they are right, enter the sale by hand.",
                    field="taxes",
                    rate=names[rate],
                    store=str(store[rate]),
                    base=str(own[rate].base),
                    own=str(own[rate].amount),
                )
            )
    return problems
