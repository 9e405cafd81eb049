"""Our copy of QuickBooks' sales-tax arithmetic (quickbooks-online.md §15.2, §15.4): what it would make of a form.

Which of its figures are recorded and which are believed stands beside each function; the rules use it only to find out
whether the ledger by itself comes to the store's tax.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from comptoir.books.company import TaxBase, TaxRate
from comptoir.books.documents import LedgerId, RateTax
from comptoir.books.money import Money, minor_unit, total, zero

Rates = tuple[TaxRate, ...]
FEWEST_UNITS = 5
"""By how many minor units any form's tax may differ from the ledger's own."""


@dataclass(frozen=True, slots=True)
class Taxable:
    """A line as the ledger sees it: its amount (net or gross as the form says) and the rates of its code."""

    amount: Money
    rates: Rates


def contributions(rates: Sequence[TaxRate]) -> list[Decimal]:
    """What each rate adds for 1 of the net amount: the rate itself, and for a compound one what it is charged on."""
    found: list[Decimal] = []
    for rate in rates:
        found.append(rate.rate * _base(Decimal(1), sum(found, start=Decimal(0)), rate.on))
    return found


def effective_rate(rates: Sequence[TaxRate]) -> Decimal:
    """What all the rates together add for 1 of the net amount."""
    return sum(contributions(rates), start=Decimal(0))


def added_tax(lines: Iterable[Taxable], currency: str) -> Mapping[LedgerId, RateTax]:
    """Tax added to net amounts, by rate: on the sum of the form's lines, not line by line; half up [C].

    A compound rate is charged on the rounded taxes before it, since its base is shown to the cent [U].
    """
    bases: dict[LedgerId, Money] = defaultdict(lambda: zero(currency))
    fractions: dict[LedgerId, Decimal] = {}
    for rates, net in _sums(lines, currency).items():
        before = zero(currency)
        for rate in rates:
            base = Money(_base(net.amount, before.amount, rate.on), currency)
            bases[rate.id] += base
            fractions[rate.id] = rate.rate
            before += (base * rate.rate).rounded()
    return {rate: RateTax(rate, (base * fractions[rate]).rounded(), base) for rate, base in bases.items()}


def net_of(gross: Money, rates: Sequence[TaxRate]) -> Money:
    """The net part of one gross line, half up [R]; the amount itself where nothing is charged."""
    rate = effective_rate(rates)
    return Money(gross.amount / (1 + rate), gross.currency).rounded() if rate else gross


def included_tax(lines: Iterable[Taxable], currency: str) -> Mapping[LedgerId, RateTax]:
    """Tax inside gross amounts, by rate: what is left of the lines once each one's net is taken out [R].

    The rates of one code share it in proportion, half up, the last takes the rest [U].
    """
    taxable = list(lines)
    nets = _sums((Taxable(net_of(line.amount, line.rates), line.rates) for line in taxable), currency)
    found: dict[LedgerId, RateTax] = {}
    for rates, gross in _sums(taxable, currency).items():
        for rate, amount in zip(rates, _shared(gross - nets[rates], rates), strict=True):
            known = found.get(rate.id, RateTax(rate.id, zero(currency), zero(currency)))
            found[rate.id] = RateTax(rate.id, known.amount + amount, known.base + nets[rates])
    return found


def may_be_stated(meant: Money, own: Money, lines: int) -> bool:
    """Whether the ledger takes `meant` for a tax that it reckons as `own`, on a form with so many lines that bear it.

    It takes small differences ("cents") and refuses large ones (§15.4 [C]). How small is not known: a minor unit for
    each line that is sent, and five in all, is what we count on [U].
    """
    return abs((meant - own).amount) <= max(lines, FEWEST_UNITS) * minor_unit(own.currency)


def spread(amount: Money, weights: Sequence[Decimal], ties: Sequence[int]) -> list[Money]:
    """`amount` split in proportion to weights of either sign, by largest remainder; the parts add up to it.

    Equal remainders go by `ties`, so that the answer does not depend on the order of the parts. Without a
    weight that counts, the first by `ties` takes all.
    """
    unit = minor_unit(amount.currency)
    units = amount.rounded().amount / unit
    by_ties = sorted(range(len(weights)), key=lambda at: ties[at])
    whole = sum(weights, start=Decimal(0))
    if not whole:
        shares = [units if at == by_ties[0] else Decimal(0) for at in range(len(weights))]
    else:
        shares = [units * weight / whole for weight in weights]
    floors = [share.to_integral_value(rounding=ROUND_FLOOR) for share in shares]
    left = int(units - sum(floors, start=Decimal(0)))
    for at in sorted(by_ties, key=lambda at: floors[at] - shares[at])[:left]:
        floors[at] += 1
    return [Money(part * unit, amount.currency).rounded() for part in floors]


def _base(net: Decimal, before: Decimal, on: TaxBase) -> Decimal:
    """What a rate is charged on, given the taxes of the rates before it."""
    if on is TaxBase.TAX:
        return before
    return net + before if on is TaxBase.AMOUNT_PLUS_TAX else net


def _sums(lines: Iterable[Taxable], currency: str) -> dict[Rates, Money]:
    found: dict[Rates, Money] = defaultdict(lambda: zero(currency))
    for line in lines:
        found[line.rates] += line.amount
    return found


def _shared(tax: Money, rates: Rates) -> list[Money]:
    weights = contributions(rates)
    whole = sum(weights, start=Decimal(0))
    if not whole:
        return [zero(tax.currency) for _ in rates]
    parts = [Money(tax.amount * weight / whole, tax.currency).rounded() for weight in weights[:-1]]
    return [*parts, tax - total(parts, tax.currency)]
