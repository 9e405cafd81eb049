"""Which store taxes count on a line, and which tax codes stand for them (O14)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from comptoir.books.company import TaxCode, fold, tax_key
from comptoir.books.context import Context, held
from comptoir.books.documents import LedgerId
from comptoir.books.facts import Order, TaxCollector, TaxLine
from comptoir.books.money import Money, minor_unit, total, zero
from comptoir.books.problems import Problem
from comptoir.books.taxes.arithmetic import contributions, effective_rate, spread
from comptoir.books.taxes.model import TaxedLine

ANY_TEXT = "*"


def charged(line: TaxedLine) -> list[TaxLine]:
    """The merchant's taxes that the store charges on a line, by name.

    A rate counts without an amount only where it comes to less than a minor unit, or lowers what other lines owe.
    One that comes to more is not charged, whatever rate is named beside it.
    """
    unit = minor_unit(line.amount.currency)

    def counts(tax: TaxLine) -> bool:
        if not tax.amount.is_zero or not tax.rate or line.is_untaxed_kind:
            return not tax.amount.is_zero
        return (line.amount * tax.rate).amount < unit * line.pieces

    return sorted((tax for tax in _own(line) if counts(tax)), key=lambda tax: (fold(tax.name), str(tax.rate)))


def untaxed_code(line: TaxedLine, order: Order, context: Context) -> TaxCode | None:
    """The code of a line on which the merchant charges nothing (global model); the first rule that fits.

    1. Rounding, tenders, tips, ordinary gift cards, and what a marketplace taxed itself: out of scope.
    2. A tax of 0 % whose own name is mapped to a code that charges nothing: that code.
    3. A buyer whom the store marks as exempt: exempt.
    4. A tax of 0 %: zero-rated.
    5. Delivery (without a delivery address: billing) to another country than the company's: export.
    6. Else: out of scope.
    """
    resolved = context.resolved
    theirs = any(tax.collector is TaxCollector.MARKETPLACE and not tax.amount.is_zero for tax in line.taxes)
    if line.is_untaxed_kind or theirs:
        return resolved.untaxed
    nothing = [tax for tax in _own(line) if tax.rate == 0]
    named = find_code(nothing, resolved.codes) if nothing else None
    if named is not None and not named.rate:
        return named
    if order.tax_exempt:
        return resolved.exempt
    if nothing:
        return resolved.zero_rated
    return resolved.export if _goes_abroad(order, context) else resolved.untaxed


def code_of(taxes: Sequence[TaxLine], order: Order, context: Context) -> TaxCode | Problem:
    """The code that stands for these taxes, charged together on one line; never a code of another rate."""
    code = find_code(taxes, context.resolved.codes)
    key, name = tax_key(tax.name for tax in taxes), joined(taxes)
    if code is None:
        return held(
            "tax-unmapped",
            order,
            'The store\'s tax "{tax}" has no tax code.',
            'Add "{tax}" under taxes.codes in the settings, with the tax code of the company that stands for it.',
            field="taxes",
            cause=f"tax:{key}",
            tax=name,
        )
    if not _is_rate_of(code, taxes):
        return held(
            "tax-rate",
            order,
            'The store charges "{tax}" at {store_rate}, and the tax code "{code}" is at {code_rate}.',
            'Map "{tax}" to a tax code of the same rate, or "{tax_and_rate}" where its rate is not always the same.',
            field="taxes",
            cause=f"tax:{key}",
            tax=name,
            tax_and_rate=joined(taxes, with_rates=True),
            store_rate=_percent(_rate(taxes)),
            code=code.name,
            code_rate=_percent(code.rate),
        )
    return code


def find_code(taxes: Sequence[TaxLine], codes: Mapping[str, TaxCode]) -> TaxCode | None:
    """The mapped code, None where no mapping fits."""
    found = find_name(taxes, codes)
    return codes[found] if found is not None else None


def find_name(taxes: Sequence[TaxLine], codes: Collection[str]) -> str | None:
    """The mapped name: with the taxes' rates ("VAT 5%"), else their names, else the longest pattern that fits."""
    keys = [tax_key(_with_rate(tax) for tax in taxes), tax_key(tax.name for tax in taxes)]
    patterns = sorted((name for name in codes if ANY_TEXT in name), key=lambda name: (-len(name), name))
    fitting = (name for key in keys for name in patterns if _fits(key, name))
    return next((key for key in keys if key in codes), None) or next(fitting, None)


def pair_off(taxes: Sequence[TaxLine], code: TaxCode) -> dict[LedgerId, Money] | None:
    """The store's taxes as amounts of the code's rates, one each, by rate and then by name; None where they differ."""
    if len(taxes) != len(code.rates):
        return None
    rates = list(code.rates)
    pairs: dict[LedgerId, Money] = {}
    for tax in sorted(taxes, key=lambda tax: tax.rate is None):
        fitting = [rate for rate in rates if tax.rate in {None, rate.rate}]
        if not fitting:
            return None
        chosen = next((rate for rate in fitting if fold(tax.name) in fold(rate.name)), fitting[0])
        rates.remove(chosen)
        pairs[chosen.id] = tax.amount
    return pairs


def by_rate(parts: Iterable[tuple[Sequence[TaxLine], TaxCode]], currency: str) -> dict[LedgerId, Money]:
    """The store's taxes by the rates of their codes, to the minor unit.

    What does not pair off (one store tax, a code of two rates) is summed per code and split in proportion.
    """
    sums: dict[LedgerId, Money] = defaultdict(lambda: zero(currency))
    unpaired: dict[TaxCode, Money] = defaultdict(lambda: zero(currency))
    for taxes, code in parts:
        pairs = pair_off(taxes, code)
        for rate, amount in (pairs or {}).items():
            sums[rate] += amount
        if pairs is None:
            unpaired[code] += total((tax.amount for tax in taxes), currency)
    for code, owed in unpaired.items():
        ids = [rate.id for rate in code.rates]
        for rate, amount in zip(ids, spread(owed, contributions(code.rates), range(len(ids))), strict=True):
            sums[rate] += amount
    return {rate: amount.rounded() for rate, amount in sums.items()}


def store_tax(lines: Iterable[TaxedLine], currency: str) -> Money:
    """Everything the merchant charges on these lines, as finely as the store tells it."""
    return total((tax.amount for line in lines for tax in charged(line)), currency)


def once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem once: of lines that miss the same tax, whatever its letters, the first one speaks."""
    found: dict[tuple[str, str, str], Problem] = {}
    for problem in problems:
        found.setdefault(
            (problem.code, problem.cause, str(problem.what) if problem.cause == problem.code else ""), problem
        )
    return tuple(found.values())


def _fits(key: str, pattern: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split(ANY_TEXT))), key) is not None


def _own(line: TaxedLine) -> list[TaxLine]:
    return [tax for tax in line.taxes if tax.collector is TaxCollector.MERCHANT]


def _goes_abroad(order: Order, context: Context) -> bool:
    addresses = [address for address in (order.shipping, order.billing) if address is not None and address.country]
    return bool(addresses) and addresses[0].country != context.company.country


def _rate(taxes: Sequence[TaxLine]) -> Decimal | None:
    """The taxes' rates in sum; None where the store states not all of them."""
    rates = [tax.rate for tax in taxes]
    return None if None in rates else sum((rate for rate in rates if rate is not None), start=Decimal(0))


def _is_rate_of(code: TaxCode, taxes: Sequence[TaxLine]) -> bool:
    """Whether the code charges what the store does, plainly summed or with its compound rates' effect."""
    rate = _rate(taxes)
    return code.rate > 0 if rate is None else rate in {code.rate, effective_rate(code.rates)}


def joined(taxes: Sequence[TaxLine], *, with_rates: bool = False) -> str:
    """What several taxes of one line are called together, as `taxes.codes` names them."""
    names = [_with_rate(tax) if with_rates else " ".join(tax.name.split()) for tax in taxes]
    return " + ".join(dict.fromkeys(names))


def _with_rate(tax: TaxLine) -> str:
    name = " ".join(tax.name.split())
    return name if tax.rate is None else f"{name} {_percent(tax.rate)}"


def _percent(rate: Decimal | None) -> str:
    """A fraction as its owner writes it: 9.975%."""
    if rate is None:
        return "a rate that it does not state"
    percent = rate * 100
    whole = percent.to_integral_value()
    return f"{whole if percent == whole else percent.normalize():f}%"
