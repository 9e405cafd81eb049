"""The arithmetic of sales tax: added, included, none (§15). Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.values import ZERO, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HUNDRED = Decimal(100)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Rate:
    """One rate of a code on the document's date."""

    id: str
    percent: Decimal
    factor: Decimal = ONE
    """What of the net amount is its base: more than all of it, or a part, where tax bears tax."""

    @property
    def share(self) -> Decimal:
        """The tax in percent of the net amount."""
        return self.percent * self.factor


ON_AMOUNT, ON_AMOUNT_AND_TAX, ON_TAX = "TaxOnAmount", "TaxOnAmountPlusTax", "TaxOnTax"


@dataclass(frozen=True, slots=True)
class Step:
    """One rate of a code as its list states it (§12.7)."""

    id: str
    percent: Decimal
    applies: str = ON_AMOUNT
    """TaxTypeApplicable."""
    order: int = 0
    """TaxOrder."""
    on: int | None = None
    """TaxOnTaxOrder: whose tax it is levied on; None for all before it."""


def in_order(steps: Sequence[Step]) -> list[Rate]:
    """A code's rates in order, each with its base: the amount, the amount and the taxes before, or those taxes."""
    rates: list[Rate] = []
    before: dict[int, Decimal] = {}
    for step in sorted(steps, key=lambda each: each.order):
        taxes = sum((share for order, share in before.items() if step.on in {None, order}), ZERO) / HUNDRED
        factor = {ON_AMOUNT_AND_TAX: ONE + taxes, ON_TAX: taxes}.get(step.applies, ONE)
        rates.append(Rate(step.id, step.percent, factor))
        before[step.order] = before.get(step.order, ZERO) + rates[-1].share
    return rates


@dataclass(frozen=True, slots=True)
class Taxed:
    """An amount under a code: gross when tax is included, else net."""

    code: str
    amount: Decimal


@dataclass(slots=True)
class TaxLine:
    """The document's tax at one rate."""

    rate: Rate
    base: Decimal = ZERO
    tax: Decimal = ZERO


@dataclass(slots=True)
class Taxes:
    """What the arithmetic found: net amounts beside the given ones, the discount's net part, tax per rate."""

    nets: list[Decimal] = field(default_factory=list)
    discount_net: Decimal = ZERO
    lines: dict[str, TaxLine] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        """Σ tax."""
        return sum((line.tax for line in self.lines.values()), ZERO)


def net_of(gross: Decimal, rates: Sequence[Rate]) -> Decimal:
    """The net part of a gross amount, half up to the cent."""
    percent = sum((rate.share for rate in rates), ZERO)
    return rounded(gross / (1 + percent / HUNDRED)) if percent else gross


def spread(discount: Decimal, totals: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The discount in proportion to the codes' totals; the last code takes the rest.

    With one code this is the recorded behaviour; with several its rounding is not evidenced (§15.4, §24).
    """
    whole = sum(totals.values(), ZERO)
    parts: dict[str, Decimal] = {}
    left = discount
    for position, (code, total) in enumerate(totals.items(), start=1):
        last = position == len(totals)
        parts[code] = left if last or not whole else rounded(discount * total / whole)
        left -= parts[code]
    return parts


def compute(
    *,
    included: bool,
    lines: Sequence[Taxed],
    shipping: Sequence[Taxed],
    discount: Decimal,
    discount_code: str | None,
    rates: Mapping[str, Sequence[Rate]],
    discount_first: bool = True,
) -> Taxes:
    """Tax of a document. `rates` holds every code used; amounts outside any code have the code "".

    The discount lowers the base of the goods, not of the shipping (§14); without `discount_first` it lowers no base
    (§15.2, ApplyTaxAfterDiscount false). `nets` follows lines, then shipping.
    """
    result = Taxes()
    goods: dict[str, Decimal] = {}
    for line in lines:
        goods[line.code] = goods.get(line.code, ZERO) + line.amount
    parts = {discount_code: discount} if discount_code is not None else spread(discount, goods)
    given: dict[str, Decimal] = dict(goods)
    nets: dict[str, Decimal] = {}
    for each in (*lines, *shipping):
        net = net_of(each.amount, rates[each.code]) if included else each.amount
        result.nets.append(net)
        nets[each.code] = nets.get(each.code, ZERO) + net
    for each in shipping:
        given[each.code] = given.get(each.code, ZERO) + each.amount
    if not discount_first:
        result.discount_net, parts = discount, {}
    for code, part in parts.items():
        net = net_of(part, rates[code]) if included else part
        result.discount_net += net
        nets[code] = nets.get(code, ZERO) - net
        given[code] = given.get(code, ZERO) - part
    _tax_lines(result, included=included, given=given, nets=nets, rates=rates)
    return result


def _tax_lines(
    result: Taxes,
    *,
    included: bool,
    given: Mapping[str, Decimal],
    nets: Mapping[str, Decimal],
    rates: Mapping[str, Sequence[Rate]],
) -> None:
    for code, net in nets.items():
        code_rates = rates[code]
        residual = given[code] - net
        percent = sum((rate.share for rate in code_rates), ZERO)
        for position, rate in enumerate(code_rates, start=1):
            line = result.lines.setdefault(rate.id, TaxLine(rate))
            line.base += net if rate.factor == ONE else rounded(net * rate.factor)
            if included:
                last = position == len(code_rates)
                share = residual if last or not percent else rounded((given[code] - net) * rate.share / percent)
                line.tax += share
                residual -= share
    if not included:
        # On the document's total per rate, not per line.
        for line in result.lines.values():
            line.tax = rounded(line.base * line.rate.percent / HUNDRED)


def apportion(total: Decimal, weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """A stated total in proportion to the weights, to the cent; the last one takes the rest.

    Without any weight the first one takes all. How the service spreads an overridden tax is not evidenced (§24).
    """
    whole = sum(weights.values(), ZERO)
    if not whole:
        return {identity: total if position == 0 else ZERO for position, identity in enumerate(weights)}
    left = total
    parts: dict[str, Decimal] = {}
    for position, (identity, weight) in enumerate(weights.items(), start=1):
        parts[identity] = left if position == len(weights) else rounded(total * weight / whole)
        left -= parts[identity]
    return parts
